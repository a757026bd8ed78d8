"""A real JupyterLab, a real Chromium, and what must never be seen in them: errors, and requests off the machine."""

from __future__ import annotations

import re
import secrets
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from layerlab.jupyter import lab_command

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about|chrome):")
IDLE = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]"
WAIT = 45_000
"""Milliseconds until something must have come up on a small machine under load."""


@dataclass
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path

    def url(self, name: str) -> str:
        """Where one notebook opens, with nothing else on the screen."""
        return f"{self.address}doc/tree/{quote(name)}?token={self.token}"


@contextmanager
def lab(folder: Path, home: Path) -> Iterator[Lab]:
    """JupyterLab over `folder` as `layerlab lab` starts it, in a home directory of its own."""
    token, log = secrets.token_hex(8), home / "log"
    options = ["--no-browser", "--ServerApp.port=0", f"--IdentityProvider.token={token}"]
    command = lab_command(folder, [*options, "--LabApp.expose_app_in_browser=True"])
    env = {
        key: value
        for key, value in command.env.items()
        if key not in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    }
    env |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        server = subprocess.Popen(command.argv, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=folder)
    try:
        yield Lab(address(server, log), token, folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server listens, once it answers."""
    for _ in range(600):
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text(errors="replace"))
        if found and answers(found[0]):
            return found[0]
        try:
            server.wait(0.15)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"no JupyterLab:\n{log.read_text(errors='replace')}")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}api", timeout=5).close()
    except (OSError, urllib.error.URLError):
        return False
    return True


@dataclass
class Watch:
    """What was seen on a page that should not be there."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def on(self, page: Any) -> None:
        """Note errors, and stop and note every request that would leave the machine."""
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        page.on("websocket", lambda socket: self.request(socket.url))
        page.route(lambda url: not LOCAL.match(url), self.stop)

    def console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def stop(self, route: Any) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def request(self, url: str) -> None:
        if not LOCAL.match(url):
            self.outside.append(url)

    def clean(self) -> None:
        """Nothing went wrong, and nothing left the machine."""
        assert self.errors == []
        assert self.outside == []


def open_notebook(page: Any, lab: Lab, name: str) -> None:
    """Open a notebook and wait until its kernel answers."""
    page.goto(lab.url(name))
    page.wait_for_selector(f"{IDLE}", state="attached", timeout=WAIT)
    page.evaluate(
        """async () => {
          const { context } = jupyterapp.shell.currentWidget;
          await context.ready;
          await context.sessionContext.ready;
          const { kernel } = context.sessionContext.session;
          await kernel.info;
          await kernel.requestExecute({ code: "0", silent: true }).done;
        }"""
    )


def run_all(page: Any) -> None:
    """Run every cell; each must have been run."""
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    waiting = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
      .filter((cell) => cell.type === 'code' && cell.executionCount === null && cell.sharedModel.source.trim()).length"""
    page.wait_for_function(f"({waiting})() === 0", timeout=WAIT)
    page.wait_for_selector(IDLE, state="attached", timeout=WAIT)


def settle(page: Any) -> None:
    """Wait until two frames in a row show the same picture of the widget."""
    page.wait_for_function(
        """() => new Promise((done) => {
             const look = () => document.querySelector('.ll')?.outerHTML;
             const before = look();
             setTimeout(() => done(before !== undefined && before === look()), 150);
           })""",
        timeout=WAIT,
    )
