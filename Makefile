# `make lab` opens the first lesson; `make test` passes the tests. Each sets up everything it needs in .venv.
# ARGS is passed on: make lab ARGS="--no-browser --port 8899", make test ARGS="tests/engine -x".

SHELL := /bin/sh
PY := .venv/bin/python
ARGS ?=
DIR ?= layerlab-lessons

.PHONY: help lab demo test proof check bench figures record clean setup

help:
	@sed -n 's/^## //p' Makefile

## make lab      everything set up, the first lesson open in JupyterLab
lab:
	@sh tools/setup lab
	@exec $(PY) -m layerlab lab "$(DIR)" $(ARGS)

## make test     everything set up, the code checked, the tests passed
test: check
	$(PY) -m pytest -n 2 --dist loadfile --durations=15 $(ARGS)

## make proof    every outside proof in full: the real kernel, real tools, real Docker
proof:
	@sh tools/setup dev
	$(PY) -m pytest -m proof --full -n 2 --dist loadfile --durations=15 $(ARGS)

## make check    format, lint, types
check:
	@sh tools/setup dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

## make bench    what was promised about speed and memory, measured
bench:
	@sh tools/setup dev
	$(PY) -m tests.bench $(ARGS)

## make figures  the pictures in img/, drawn by the engine
figures:
	@sh tools/setup dev
	$(PY) -m layerlab.view.figures $(ARGS)

## make clean    away with .venv and everything that was made
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	find . -name __pycache__ -prune -exec rm -rf {} +
