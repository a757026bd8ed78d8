"""The figures of the notes and the README, computed by the engine: `python -m layerlab.view.figures [--check]`.

Each figure is a function without arguments, so that two runs give the same bytes. `--check` writes nothing and
fails if a file is missing or stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from layerlab.engine.files.data import Pieces
from layerlab.engine.files.events import Event
from layerlab.engine.files.node import Dir, File, Node
from layerlab.engine.files.ops import Append, Op, Unlink
from layerlab.engine.files.overlay import Overlay, apply
from layerlab.engine.files.tree import find, put, split
from layerlab.view.commands import command
from layerlab.view.scene import Moment, Scene
from layerlab.view.stack import picture
from layerlab.view.svg import svg

HOME = Path(__file__).parents[2] / "img"


def layer(files: dict[str, int], opaque: tuple[str, ...] = ()) -> Dir:
    """A layer with files of these sizes; their bytes are holes, for only sizes are drawn."""
    root = Dir()
    for path in (*opaque, *files):
        parts = split(path)
        for depth in range(1, len(parts)):
            if find(root, "/" + "/".join(parts[:depth])) is None:
                root = put(root, parts[:depth], Dir())
        node: Node = Dir(opaque=True) if path in opaque else File(data=Pieces(files[path]))
        root = put(root, parts, node)
    return root


def played(scene: Scene, *moves: tuple[str, Op]) -> Scene:
    """`scene` after `moves`, each with the words to show for it (its own if empty)."""
    fs, moments = Overlay(scene.lowers), list(scene.moments)
    for words, op in moves:
        outcome = apply(fs, op)
        events: tuple[Event, ...] = outcome.events
        refused = outcome.error or None
        before, fs = fs.upper, outcome.after
        moments.append(Moment(words or command(op), (op,), events, before, fs.upper, refused))
    return replace(scene, moments=tuple(moments), at=len(moments))


def five_layers() -> str:
    """The Python application of the notes: what each of its five layers adds."""
    packages = {"/usr/bin/python3": 5_904_904, "/usr/bin/pip3": 367, "/usr/bin/curl": 239_848}
    layers = (
        layer({"/bin/bash": 1_183_448, "/etc/os-release": 382, "/usr/bin/apt-get": 43_424}),
        layer(packages),
        layer({"/app/requirements.txt": 87}),
        layer({"/usr/local/bin/flask": 211}),
        layer({"/app/app.py": 1_204, "/app/requirements.txt": 87}),
    )
    names = (
        "FROM ubuntu:20.04",
        "RUN apt-get install -y python3 python3-pip",
        "COPY requirements.txt .",
        "RUN pip install -r requirements.txt",
        "COPY . .",
    )
    paths = ("/bin/bash", "/usr/bin/apt-get", "/usr/bin/python3", "/usr/bin/pip3", "/app/requirements.txt")
    more = ("/usr/local/bin/flask", "/app/app.py")
    title = "The notes' Python application"
    return svg(picture(Scene(layers, names, title, paths=(*paths, *more), container=False)))


def opening() -> str:
    """The README's picture: nine bytes written, a whole file copied."""
    layers = (
        layer({"/bin/sh": 125_688, "/etc/motd": 286}),
        layer({"/etc/nginx.conf": 6_230, "/srv/site/50x.html": 497, "/srv/site/index.html": 615}),
        layer({}, opaque=("/srv/site",)),
        layer({"/srv/site/index.html": 1_902, "/srv/site/style.css": 3_088}),
    )
    names = (
        "FROM debian:12-slim",
        "RUN apt-get install -y nginx",
        "RUN rm -r /srv/site && mkdir /srv/site",
        "COPY site/ /srv/site/",
    )
    scene = Scene(layers, names, "Container web on image site:1.0")
    steps = (("", Unlink("/etc/motd")), ("", Append("/etc/nginx.conf", data=b"gzip on;\n")))
    return svg(picture(played(scene, *steps)))


FIGURES: dict[str, Callable[[], str]] = {"five_layers.svg": five_layers, "opening.svg": opening}


def stale(home: Path | None = None) -> list[str]:
    """The figures whose file is missing or differs from what the engine says now."""
    folder = home or HOME
    return [name for name, figure in FIGURES.items() if _read(folder / name) != figure()]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(words: list[str]) -> int:
    """Write the figures, or with `--check` say which are stale: exit code 1 if any is, 2 for wrong usage."""
    if words not in ([], ["--check"]):
        print("usage: python -m layerlab.view.figures [--check]", file=sys.stderr)
        return 2
    old = stale()
    if words:
        for name in old:
            print(f"{HOME.name}/{name} is stale: run python -m layerlab.view.figures", file=sys.stderr)
        return 1 if old else 0
    HOME.mkdir(exist_ok=True)
    for name in old:
        (HOME / name).write_text(FIGURES[name](), encoding="utf-8")
        print(f"{HOME.name}/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
