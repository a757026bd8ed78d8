"""What `pip install layerlab` brings: the built wheel and source archive, looked into and installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

ROOT = Path(__file__).parents[1]
LEFT_HOME = {"__pycache__", ".ipynb_checkpoints", ".layerlab"}


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A directory with the wheel and the source archive, as `python -m build` makes them."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    return out


@pytest.fixture(scope="session")
def wheel(built) -> Path:
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def names(wheel) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def expected(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and not LEFT_HOME & set(path.parts):
            yield path.relative_to(ROOT).as_posix()


def test_the_wheel_holds_the_whole_package(names):
    """Modules, front-end files, recordings, settings: whatever lies in the package."""
    package = set(expected("layerlab"))
    assert package - names == set()
    assert any(name.endswith(".js") for name in package)
    assert any(name.endswith(".css") for name in package)


def test_the_wheel_holds_the_lessons(names):
    lessons = {f"layerlab/{name}" for name in expected("notebooks")}
    assert "layerlab/notebooks/00_welcome.ipynb" in lessons
    assert lessons - names == set()


def test_the_wheel_holds_nothing_else(names):
    assert {name for name in names if LEFT_HOME & set(name.split("/"))} == set()
    assert {name.split("/")[0] for name in names} == {"layerlab", "layerlab-0.1.0.dist-info"}


def test_the_wheel_is_for_every_machine(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_source_archive_can_be_tested_and_built(built):
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "tools/setup", "pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= names
    assert set(expected("notebooks")) <= names


@pytest.fixture(scope="session")
def venv(tmp_path_factory) -> Path:
    """An empty environment: nothing but Python."""
    place = tmp_path_factory.mktemp("empty env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    return place / ("Scripts" if os.name == "nt" else "bin")


def install(venv: Path, *what: str) -> None:
    python = str(next(venv.glob("python*")))
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", *what], check=True)


def test_installed_alone_the_engine_works_and_the_command_says_what_it_needs(wheel, venv, tmp_path):
    install(venv, "--no-deps", "--no-index", str(wheel))
    ask = "import layerlab.engine.files.tree, layerlab; print(layerlab.__file__)"
    where = subprocess.run([venv / "python", "-I", "-c", ask], capture_output=True, text=True, cwd=tmp_path)
    assert where.returncode == 0, where.stderr
    assert str(venv.parent) in where.stdout
    bare = [venv / "layerlab", "lab"]
    ran = subprocess.run(bare, capture_output=True, text=True, cwd=tmp_path, env=clean())
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "pip install 'layerlab[lab]'" in ran.stderr


@pytest.mark.proof
def test_installed_with_its_extra_it_serves_the_first_lesson(wheel, venv, tmp_path, full):
    """As on a machine without make: pip install, `layerlab lab DIR`. In the sample with our own packages."""
    if full:
        install(venv, f"{wheel}[lab]")
    else:
        install(venv, "--no-deps", "--no-index", str(wheel))
        borrow_packages(venv)
    env = {**clean(), "HOME": str(tmp_path)}
    server = subprocess.Popen(
        [venv / "layerlab", "lab", "my lessons", "--no-browser", "--port=0"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    try:
        url = first_url(server)
        assert "/lab/tree/00_welcome.ipynb?token=" in url
        assert b"jupyter-config-data" in fetch(url)
        base, token = url.split("/lab/tree/00_welcome.ipynb?token=")
        assert b'"python3"' in fetch(f"{base}/api/contents/00_welcome.ipynb?token={token}")
    finally:
        server.terminate()
        server.wait(30)
    assert (tmp_path / "my lessons/00_welcome.ipynb").is_file()


def borrow_packages(venv: Path) -> None:
    """Let the environment see the packages that the tests run with, after its own."""
    import click

    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run(
        [venv / "python", "-c", ask], capture_output=True, text=True, check=True
    ).stdout.strip()
    (Path(own) / "borrowed.pth").write_text(str(Path(click.__file__).parents[1]) + "\n")


def clean() -> dict[str, str]:
    """Our environment, with nothing in it that lends the checkout's modules to another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def fetch(url: str) -> bytes:
    """What is at `url`; JupyterLab prints its address a moment before it listens there."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as page:
                return page.read()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def first_url(server: subprocess.Popen[str]) -> str:
    """The address that the server prints, waited for at most a minute; its output is read on to the end."""
    lines: Queue[str] = Queue()

    def read() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            lines.put(line)
        lines.put("")

    Thread(target=read, daemon=True).start()
    said = []
    while line := lines.get(timeout=60):
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line):
            return found[0]
    raise AssertionError("the server ended:\n" + "".join(said))
