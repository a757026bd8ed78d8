"""One JupyterLab and one Chromium for all browser tests of widgets; a fresh page for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.notebook import CHROMIUM, FLAGS, ROOT, Lab, Watch, lab

WIDGET = "widget.ipynb"
CELLS = (
    """
from layerlab import Stack, layer
from layerlab.engine.files.node import Dir

base = layer({"/bin/sh": "x" * 125_700, "/etc/motd": "m" * 286, **{f"/bin/tool{n}": "t" for n in range(61)}})
nginx = layer({"/etc/nginx.conf": "n" * 6_200, "/srv/site/index.html": "i" * 615, "/srv/site/50x.html": "5" *
497})
empty = layer({"/srv/site": Dir(opaque=True)})
site = layer({"/srv/site/index.html": "I" * 1_900, "/srv/site/style.css": "s" * 3_100, "/var/log": ...})
names = ("FROM debian:12-slim", "RUN apt-get install -y nginx", "RUN rm -r /srv/site && mkdir /srv/site",
"COPY site/ /srv/site/")
stack = Stack((base, nginx, empty, site), names=names, title="Container web on image site:1.0")
""",
    """stack.do("echo GET / > /var/log/access.log", "rm /etc/motd", 'echo "gzip on;" >> /etc/nginx.conf')""",
)


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the lessons, and a notebook with the widget alone."""
    folder, home = tmp_path_factory.mktemp("lessons"), tmp_path_factory.mktemp("home")
    for path in sorted((ROOT / "notebooks").glob("**/*.ipynb")):
        place = folder / path.relative_to(ROOT / "notebooks")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / WIDGET)
    with lab(folder, home) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def installed(need: Any) -> None:
    """A browser is there."""
    need(ok=Path(CHROMIUM).exists(), why="Chromium is not installed (Debian: apt-get install chromium)")


@pytest.fixture
def watch() -> Watch:
    """What should not be seen on the test's page."""
    return Watch()


@pytest.fixture
def page(installed: None, chromium: Any, watch: Watch) -> Iterator[Any]:
    """A page of 1280 by 900 on which motion is little, watched."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    one = context.new_page()
    watch.on(one)
    yield one
    context.close()
