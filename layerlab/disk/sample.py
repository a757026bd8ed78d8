"""A small real image, made on the spot from programs this machine already has.

No program is shipped with the project: the base layer takes busybox where it is installed, else the machine's own
`sh`, `ls` and `cat` with the libraries they need. Where neither can be had (Windows, macOS, whose programs need
more than files) the image has text files only, and its label says so. Made twice on one machine, it is the same
to the byte.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from layerlab.disk.save import save_image
from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Node, Symlink, Whiteout
from layerlab.engine.files.tree import find, join, put, split
from layerlab.engine.image.image import Image, image_from_layers

PROGRAMS = ("sh", "ls", "cat")
APPLETS = (
    "sh",
    "ls",
    "cat",
    "echo",
    "rm",
    "mkdir",
    "mv",
    "cp",
    "ln",
    "touch",
    "chmod",
    "stat",
    "sleep",
    "id",
    "true",
)


def programs() -> dict[str, bytes | str]:
    """The programs of the base layer by path: bytes of a file, or the target of a symbolic link.

    Empty where this machine has none that run from files alone.
    """
    if not sys.platform.startswith("linux"):
        return {}
    return _busybox() or _own()


def _busybox() -> dict[str, bytes | str]:
    """busybox and a link for each everyday applet, if it is there and needs no library."""
    found = shutil.which("busybox")
    if not found or _libraries(found):
        return {}
    return {"/bin/busybox": Path(found).read_bytes()} | {f"/bin/{name}": "busybox" for name in APPLETS}


def _own() -> dict[str, bytes | str]:
    """This machine's `sh`, `ls` and `cat`, and the libraries they ask for at the paths they ask for them."""
    files: dict[str, bytes | str] = {}
    for name in PROGRAMS:
        found = shutil.which(name)
        if not found:
            return {}
        files[f"/bin/{name}"] = Path(found).read_bytes()
        for library in _libraries(found):
            files[library] = Path(library).read_bytes()
    return files


def _libraries(program: str) -> list[str]:
    """The absolute paths of the shared libraries a program loads, its loader among them; ldd(1) knows."""
    try:
        told = subprocess.run(
            ["ldd", program], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False
        )
    except OSError:
        return []
    return sorted(set(_paths(told.stdout)))


def _paths(told: str) -> Iterator[str]:
    for line in told.splitlines():
        if match := re.search(r"(?:=>\s*)?(/\S+)\s+\(0x", line):
            yield match[1]


def sample_image() -> Image:
    """Four layers that teach: a base, files above it, a replaced directory, and a deleted name."""
    found = programs()
    base: dict[str, Node] = {
        path: Symlink(target=what) if isinstance(what, str) else File(mode=0o755, data=Bytes(what))
        for path, what in found.items()
    }
    base["/etc/motd"] = _text("Welcome to the base layer.\n")
    base["/etc/os-release"] = _text('ID=layerlab\nPRETTY_NAME="layerlab sample"\n')
    base["/etc/passwd"] = _text("root:x:0:0:root:/root:/bin/sh\n")
    base["/tmp"] = Dir(mode=0o1777)
    page = File(data=Bytes(b"<h1>hello</h1>\n"), ino=1)
    site: dict[str, Node] = {
        "/srv/site/index.html": page,
        "/srv/site/home.html": page,
        "/srv/site/old.html": _text("<p>old</p>\n"),
        "/srv/current": Symlink(target="site"),
    }
    fresh: dict[str, Node] = {"/srv/site": Dir(opaque=True), "/srv/site/index.html": _text("<h1>new</h1>\n")}
    gone: dict[str, Node] = {"/etc/motd": Whiteout()}
    return image_from_layers(
        [_layer(base), _layer(site), _layer(fresh), _layer(gone)],
        {
            "Cmd": ["/bin/sh"] if found else [],
            "Env": ["PATH=/bin"],
            "Labels": {
                "layerlab.programs": "yes"
                if found
                else "none: this machine has none that run from files alone"
            },
        },
        [
            "COPY base /",
            "COPY site/ /srv/site/",
            "RUN rm -r /srv/site && mkdir /srv/site",
            "RUN rm /etc/motd",
        ],
        names=("layerlab/sample:latest",),
    )


def make_sample_image(path: str | os.PathLike[str] | None = None) -> str:
    """Write the sample image as an OCI layout and give its path; without `path` it is removed when Python ends."""
    if path is None:
        home = tempfile.mkdtemp(prefix="layerlab-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        path = Path(home) / "sample"
    save_image(sample_image(), path)
    return os.fspath(path)


def _text(words: str) -> File:
    return File(data=Bytes(words.encode()))


def _layer(files: dict[str, Node]) -> Dir:
    """A layer of these paths; directories on the way are made."""
    root = Dir()
    for path, node in files.items():
        parts = split(path)
        for depth in range(1, len(parts)):
            if find(root, join(parts[:depth])) is None:
                root = put(root, parts[:depth], Dir())
        root = put(root, parts, node)
    return root
