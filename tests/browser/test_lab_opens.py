"""`layerlab lab` and `layerlab demo` in a real browser: the lesson is there, with no question in the way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
WAIT = 60_000
"""Milliseconds; a small machine under load starts JupyterLab and a kernel in ten seconds."""

IDLE = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]"
SLIDES = "body[data-jp-deck-mode=presenting]"
STRAY = {
    "argv": ["/nowhere/python", "-m", "ipykernel_launcher"],
    "display_name": "Stray",
    "language": "python",
}


@pytest.fixture
def home(tmp_path) -> Path:
    """A home directory whose owner has Jupyter already, with a dead kernel that is called python3, too."""
    spec = tmp_path / "home/.local/share/jupyter/kernels/python3/kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps(STRAY))
    config = tmp_path / "home/.jupyter/jupyter_server_config.json"
    config.parent.mkdir()
    config.write_text("{}")
    return tmp_path / "home"


@contextmanager
def served(home: Path, *args: str) -> Iterator[str]:
    """The address that `layerlab …` prints, served until the block ends."""
    log = home.parent / "log"
    command = [sys.executable, "-m", "layerlab", *args, "--no-browser", "--port=0"]
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=home.parent, stdout=out, stderr=out, env=env)
    try:
        yield address(server, log)
    finally:
        server.terminate()
        server.wait(30)


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log.read_text(errors="replace")):
            return found[0]
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"no address from the server:\n{log.read_text(errors='replace')}")


@contextmanager
def opened(chromium, url: str):
    """A new page at `url`, with the requests and errors seen on it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    page.wait_for_selector(IDLE, state="attached", timeout=WAIT)
    page.wait_for_timeout(2_000)  # a dialog or a notice would come up by itself, after the kernel
    yield page, requests, errors
    context.close()


def nothing_in_the_way(page, requests, errors) -> None:
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").all_inner_texts() == []
    assert errors == []
    assert [
        url for url in requests if "//127.0.0.1:" not in url and not url.startswith(("data:", "blob:"))
    ] == []


def test_the_first_lesson_opens_with_no_question_in_the_way(installed, chromium, home, tmp_path):
    before = {path: path.read_bytes() for path in (home / ".jupyter").rglob("*") if path.is_file()}
    with (
        served(home, "lab", str(tmp_path / "my lessons")) as url,
        opened(chromium, url) as (page, requests, errors),
    ):
        nothing_in_the_way(page, requests, errors)
        assert page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").all_inner_texts() == ["00_welcome.ipynb"]
        assert page.locator(".jp-Toolbar-kernelName").inner_text().startswith("Python 3")
        page.keyboard.press("Escape")
        page.locator(".jp-Cell").last.click(position={"x": 60, "y": 5})
        page.keyboard.press("Escape")
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        page.keyboard.type("import sys; print('kernel:', sys.prefix)")
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(f"text=kernel: {sys.prefix}", timeout=WAIT)
    kept = {path: path.read_bytes() for path in (home / ".jupyter").rglob("*.json") if path in before}
    assert kept == before


def test_the_demo_opens_as_slides_again_and_again(installed, chromium, home, tmp_path):
    for _ in range(2):
        started = served(home, "demo", "kernel_twin", str(tmp_path / "mine"))
        with started as url, opened(chromium, url) as (page, requests, errors):
            nothing_in_the_way(page, requests, errors)
            page.wait_for_selector(SLIDES, state="attached", timeout=WAIT)
            page.locator(
                ".jp-deck-mod-stop"
            ).click()  # the presenter leaves the slides; next time they are back
            page.wait_for_selector(SLIDES, state="detached", timeout=WAIT)
            page.wait_for_timeout(1_000)  # JupyterLab writes the setting
