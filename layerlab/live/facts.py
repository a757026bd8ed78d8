"""What two trees are compared by: every path with the facts about it, in words, so that a difference reads
itself.

Compared are kind, mode, owner, size, bytes, target, device number, attributes, opaque, redirect, modification
time and which names are hard links of each other. Engine and kernel go by different clocks, so a time from
the beginning of the run on is "now". Not compared: sizes and link counts of directories, and inode numbers as
such. A whiteout is a whiteout: its mode, owner, time and links mean nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from layerlab.engine.files.data import STEP, Data, pieces_of
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Socket, Symlink, Whiteout
from layerlab.live.upperdir import Entry

Facts = dict[str, str]
"""What is known of one path, by the name of the field."""

View = dict[str, Facts]
"""All paths of a tree, each with its facts."""

SHORT = 40
"""Files of up to this many bytes are shown as they are, longer ones by a digest."""

NOW = "now"
"""The modification time of what changed during the run."""

BLOCK = 4096
ZEROS = bytes(BLOCK)

KINDS: dict[type[Node], str] = {
    File: "file",
    Dir: "directory",
    Symlink: "symlink",
    Device: "device",
    Fifo: "fifo",
    Socket: "socket",
    Whiteout: "whiteout",
}


def view(entries: Iterable[Entry], since: int, links: bool = True) -> View:
    """The facts about every path; the run began at `since` (ns), and hard links count only if `links`."""
    seen: View = {}
    names: dict[int, str] = {}
    for path, node in entries:
        seen[path] = facts(node, since)
        if links and node.ino and not isinstance(node, Dir | Whiteout):
            first = names.setdefault(node.ino, path)
            if first != path:
                seen[path]["link to"] = first
    return seen


def facts(node: Node, since: int) -> Facts:
    """The facts about one node."""
    kind = next(KINDS[cls] for cls in type(node).__mro__ if cls in KINDS)
    if kind == "whiteout":
        return {"kind": kind}
    time = NOW if node.mtime >= since else instant(node.mtime)
    told = {"kind": kind, "owner": f"{node.uid}:{node.gid}", "mtime": time}
    match node:
        case File(data=data):
            told |= {"size": f"{data.size} bytes", "bytes": content(data)}
        case Symlink(target=target):
            told["target"] = target
        case Device(major=major, minor=minor, block=block):
            told["device"] = f"{'block' if block else 'character'} {major}:{minor}"
        case Dir(opaque=opaque, redirect=redirect):
            told |= {"opaque": "yes"} if opaque else {}
            told |= {} if redirect is None else {"redirect": redirect}
        case _:
            pass
    if kind != "symlink":
        told["mode"] = f"{node.mode:04o}"
    return told | {name: repr(data) for name, data in node.xattrs}


def instant(time: int) -> str:
    """A moment, in nanoseconds since 1970."""
    return f"{time} ns"


def content(data: Data) -> str:
    """A file's bytes, as they are if few, else by a digest that passes over blocks of zeros, holes or not."""
    if data.size <= SHORT:
        return repr(data.read())
    digest = hashlib.sha256()
    last = -1
    for at, piece in pieces_of(data):
        for start in range(at // BLOCK * BLOCK, at + piece.size, STEP):
            start = max(start, last)
            raw = data.read(start, min(STEP, -(-(at + piece.size) // BLOCK) * BLOCK - start))
            for offset in range(0, len(raw), BLOCK):
                block = raw[offset : offset + BLOCK].rstrip(b"\0")
                if block:
                    digest.update(b"%d %d " % (start + offset, len(block)) + block)
            last = start + len(raw)
    return f"sha256 {digest.hexdigest()[:16]}"
