"""environment.yml and pyproject.toml ask for the same packages within the same bounds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

PYPI_NAME = {"python-graphviz": "graphviz", "matplotlib-base": "matplotlib"}
"""Where conda-forge calls a package otherwise: its name → PyPI's."""
NOT_FROM_PYPI = {"python", "graphviz", "pip"}
"""Conda's own: the interpreter, the program `dot`, and pip for what conda-forge lacks."""


def by_conda() -> dict[str, SpecifierSet]:
    listed = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    [pip] = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    found = {}
    for entry in listed:
        name, _, bounds = entry.partition(" ")
        if name not in NOT_FROM_PYPI:
            found[normal(PYPI_NAME.get(name, name))] = SpecifierSet(bounds)
    return found | {normal(Requirement(entry).name): Requirement(entry).specifier for entry in pip}


def by_project() -> dict[str, SpecifierSet]:
    extras = PROJECT["optional-dependencies"]
    listed = [*PROJECT["dependencies"], *extras["lab"], *extras["zstd"]]
    return {normal(Requirement(entry).name): Requirement(entry).specifier for entry in listed}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_same_packages_and_bounds():
    assert by_conda() == by_project()


def test_same_python():
    [python] = [e for e in CONDA["dependencies"] if isinstance(e, str) and e.startswith("python ")]
    assert SpecifierSet(python.split(" ", 1)[1]) == SpecifierSet(PROJECT["requires-python"])


def test_the_project_itself_is_not_listed():
    """With `-e .` in it every commit would rebuild Binder's whole environment; postBuild installs it."""
    assert "-e" not in (ROOT / "environment.yml").read_text(encoding="utf-8").split()
    assert "pip install --no-deps" in (ROOT / "postBuild").read_text(encoding="utf-8")


def test_the_engine_asks_for_nothing():
    assert PROJECT["dependencies"] == []


def test_every_extra_is_explained():
    """Each package that we ask for has its reason in CONTRIBUTING.md."""
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = {Requirement(e).name for extra in PROJECT["optional-dependencies"].values() for e in extra} - {
        "layerlab"
    }
    assert [name for name in sorted(listed) if f"`{name}`" not in told] == []
