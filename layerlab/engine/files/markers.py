"""What an overlay leaves on disk: how Linux stores the whiteout, the opaque directory and the redirect.

Values have a `Whiteout` node and the fields `opaque` and `redirect`; on disk they are a character device 0:0
and extended attributes (Documentation/filesystems/overlayfs.rst). Only this module knows both.
"""

from __future__ import annotations

from stat import S_IFCHR
from typing import Protocol

from layerlab.engine.files.node import Dir, Xattrs

OWN, OWN_OF_USER = "trusted.overlay.", "user.overlay."
"""How the names of these attributes begin; the second shows to those who may not see trusted ones."""

OPAQUE = OWN + "opaque"
REDIRECT = OWN + "redirect"
NLINK = OWN + "nlink"


class Marked(Protocol):
    """What of an inode is looked at here."""

    mode: int
    rdev: int
    xattrs: dict[str, bytes]


def is_whiteout(inode: Marked) -> bool:
    """Whether this is a whiteout: a character device 0:0."""
    return inode.mode & 0o170000 == S_IFCHR and inode.rdev == 0


def is_opaque(inode: Marked) -> bool:
    """Whether this directory hides all lower ones of its name."""
    return inode.xattrs.get(OPAQUE) == b"y"


def set_opaque(inode: Marked) -> None:
    """Let this directory hide all lower ones of its name."""
    inode.xattrs[OPAQUE] = b"y"


def redirect_of(inode: Marked) -> str | None:
    """The lower directory that this one merges with instead of its namesake: absolute, or beside it."""
    raw = inode.xattrs.get(REDIRECT)
    return None if raw is None else raw.decode(errors="surrogateescape")


def set_redirect(inode: Marked, target: str) -> None:
    """Let this directory merge with `target`."""
    inode.xattrs[REDIRECT] = target.encode(errors="surrogateescape")


def to_xattrs(node: Dir) -> dict[str, bytes]:
    """The attributes that stand for the fields of a directory."""
    found = {}
    if node.opaque:
        found[OPAQUE] = b"y"
    if node.redirect is not None:
        found[REDIRECT] = node.redirect.encode(errors="surrogateescape")
    return found


def from_xattrs(xattrs: Xattrs) -> tuple[Xattrs, bool, str | None]:
    """Attributes that stand for themselves, and what the others say: `opaque`, `redirect`."""
    if not any(name.startswith(OWN) for name, _ in xattrs):
        return xattrs, False, None
    found = dict(xattrs)
    opaque = found.get(OPAQUE) == b"y"
    if opaque:
        del found[OPAQUE]
    found.pop(NLINK, None)
    redirect = found.pop(REDIRECT, None)
    target = None if redirect is None else redirect.decode(errors="surrogateescape")
    return tuple(sorted(found.items())), opaque, target


def stored(name: str, contained: bool) -> str:
    """Under which name an attribute is kept: the marks are all kept alike, whoever makes them."""
    return OWN + name.removeprefix(OWN_OF_USER) if contained and name.startswith(OWN_OF_USER) else name


def shown(name: str, contained: bool) -> str:
    """Under which name an attribute is seen."""
    return OWN_OF_USER + name.removeprefix(OWN) if contained and name.startswith(OWN) else name
