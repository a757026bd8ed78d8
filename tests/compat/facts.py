"""What a root file system is, told the same way from a value, from a directory on disk and from an exported tar.

A fact is what every tool must agree on: kind, permission bits, owner, content or target, device number, extended
attributes, and which names are one file.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable
from typing import Any

from layerlab.engine.files.data import STEP, Data
from layerlab.engine.files.node import Device, Dir, File, Node, Symlink

Facts = dict[str, tuple[Any, ...]]

RUNTIME = (
    "/dev",
    "/proc",
    "/sys",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/mtab",
    "/.dockerenv",
    "/run",
)
"""Names that an engine puts into a container it makes; no image is judged by them."""


def digest(data: Data) -> str:
    """The SHA-256 of a file's bytes, a piece at a time."""
    hasher = hashlib.sha256()
    for at in range(0, data.size, STEP):
        hasher.update(data.read(at, STEP))
    return hasher.hexdigest()


def of_tree(walk: Iterable[tuple[str, Node]]) -> Facts:
    """The facts of a tree that layerlab holds."""
    facts: Facts = {}
    inodes: dict[int, list[str]] = {}
    for path, node in walk:
        what: object = None
        if isinstance(node, File):
            what = (node.data.size, digest(node.data))
        elif isinstance(node, Symlink):
            what = node.target
        elif isinstance(node, Device):
            what = (node.major, node.minor)
        facts[path] = (stat.filemode(node.kind | node.mode), node.uid, node.gid, what, tuple(node.xattrs))
        if node.ino and not isinstance(node, Dir):
            inodes.setdefault(node.ino, []).append(path)
    return _with_links(facts, inodes.values())


def of_directory(top: str, *, xattrs: bool = True) -> Facts:
    """The facts of a directory that a tool has unpacked."""
    facts: Facts = {}
    inodes: dict[int, list[str]] = {}
    for here, dirs, files in os.walk(top):
        for name in ["", *files, *(d for d in dirs if os.path.islink(os.path.join(here, d)))]:
            full = os.path.join(here, name) if name else here
            path = "/" + os.path.relpath(full, top) if full != top else "/"
            found = os.lstat(full)
            what: object = None
            if stat.S_ISREG(found.st_mode):
                with open(full, "rb") as file:
                    what = (found.st_size, hashlib.file_digest(file, "sha256").hexdigest())
            elif stat.S_ISLNK(found.st_mode):
                what = os.readlink(full)
            elif stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
                what = (os.major(found.st_rdev), os.minor(found.st_rdev))
            names = sorted(os.listxattr(full, follow_symlinks=False)) if xattrs else []
            attributes = tuple(
                (n, os.getxattr(full, n, follow_symlinks=False))
                for n in names
                if not n.startswith("trusted.")
            )
            facts[path] = (stat.filemode(found.st_mode), found.st_uid, found.st_gid, what, attributes)
            if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
                inodes.setdefault(found.st_ino, []).append(path)
    return _with_links(facts, inodes.values())


def of_tar(path: str) -> Facts:
    """The facts of a root file system that a tool has exported, as Python's own reader sees it."""
    kinds = {
        tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK, tarfile.CHRTYPE: stat.S_IFCHR,
        tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO,
    }  # fmt: skip
    facts: Facts = {}
    names: dict[str, list[str]] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = "/" + member.name.strip("/") if member.name.strip("./") else "/"
            if member.islnk():
                first = "/" + member.linkname.strip("/")
                facts[name] = facts[first]
                names.setdefault(first, [first]).append(name)
                continue
            what: object = None
            if member.isreg():
                file = tar.extractfile(member)
                assert file is not None
                what = (member.size, hashlib.sha256(file.read()).hexdigest())
            elif member.issym():
                what = member.linkname
            elif member.ischr() or member.isblk():
                what = (member.devmajor, member.devminor)
            prefix = "SCHILY.xattr."
            attributes = sorted(
                (key.removeprefix(prefix), text.encode("utf-8", "surrogateescape"))
                for key, text in member.pax_headers.items()
                if key.startswith(prefix)
            )
            mode = stat.filemode(kinds.get(member.type, stat.S_IFREG) | member.mode)
            facts[name] = (mode, member.uid, member.gid, what, tuple(attributes))
    return _with_links(facts, names.values())


def _with_links(facts: Facts, groups: Iterable[list[str]]) -> Facts:
    for paths in groups:
        if len(paths) > 1:
            for path in paths:
                facts[path] = (*facts[path], tuple(sorted(paths)))
    return facts


def without(facts: Facts, *paths: str) -> Facts:
    """`facts` without these paths and all below them."""
    return {p: f for p, f in facts.items() if not any(p == q or p.startswith(q + "/") for q in paths)}


def differences(ours: Facts, theirs: Facts) -> list[str]:
    """One line a path on which the two disagree."""
    return [
        f"{path!r}: ours {ours.get(path)}, theirs {theirs.get(path)}"
        for path in sorted(ours.keys() | theirs.keys())
        if ours.get(path) != theirs.get(path)
    ]
