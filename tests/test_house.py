"""The house rules that can be held by a machine: what a stranger finds first, and what must not be found."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = {".py", ".md", ".toml", ".yml", ".json", ".js", ".css", ".ipynb", ".svg", ".cfg", ""}
LONGEST = 400
"""Lines in a module; where it grows past 250 it usually holds two ideas."""


@pytest.fixture
def tracked(need) -> list[Path]:
    need("git")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    need(ok=listed.returncode == 0, why=f"not a git checkout: {listed.stderr.strip()}")
    names = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in names if path.is_file() and path.suffix in TEXT]


def found(paths: list[Path], pattern: str) -> list[str]:
    """Where `pattern` stands, as file:line, this file apart."""
    sought = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if sought.search(line)
    ]


def test_no_machine_paths(tracked):
    assert (
        found(
            tracked, r"(/home/(?!learner|user|you)[a-z]+/|/root/\.|/tmp/tmp[a-z0-9_]{6,}|(^|[\s\"'(])/work/)"
        )
        == []
    )


def test_nothing_is_left_unfinished(tracked):
    package = [path for path in tracked if path.suffix == ".py"]
    assert found(package, r"\b(TODO|FIXME|XXX|NotImplementedError)\b") == []


def test_no_test_skips_in_silence(tracked):
    """`need` skips with a reason on a learner's machine and fails in CI; nothing else may skip."""
    tests = [p for p in tracked if p.is_relative_to(ROOT / "tests") and p != ROOT / "tests/conftest.py"]
    assert found(tests, r"pytest\.skip\(|importorskip|mark\.(skip|xfail)|@unittest\.skip") == []


def test_modules_fit_in_a_head(tracked):
    lines = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked if path.suffix == ".py"
    }
    long = {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > LONGEST}
    assert {name for name in long if name.startswith("layerlab/")} == set()


def test_the_two_commands_are_first_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_block = re.search(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    assert first_block is not None
    commands = [line.split("#")[0].strip() for line in first_block[1].splitlines() if line.strip()]
    assert commands == ["make lab", "make test"]
    assert len(text[: first_block.start()].splitlines()) <= 6
    assert text.index("pip install") > first_block.end()


def test_links_in_the_documents_lead_somewhere():
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", text)
        for target in filter(None, (one or two for one, two in targets)):
            assert target.startswith("http") or (ROOT / target).exists(), f"{document}: {target}"


def test_the_map_in_contributing_is_the_territory():
    """Every module of the package is on the map, and the map names none that is not there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {
        path.relative_to(ROOT / "layerlab").parts[0]
        for path in (ROOT / "layerlab").iterdir()
        if not path.name.startswith(("__pycache__", ".")) and path.name not in {"py.typed", "__init__.py"}
    }
    for room in rooms:
        assert re.search(rf"(?<![\w.]){re.escape(room)}\b", text), f"{room} is not on the map"


def test_what_is_run_can_be_run():
    for script in (".ci/run", "postBuild"):
        assert os.access(ROOT / script, os.X_OK), script
    for script, shell in ((".ci/run", "bash"), ("postBuild", "bash"), ("tools/setup", "sh")):
        subprocess.run([shell, "-n", str(ROOT / script)], check=True)
