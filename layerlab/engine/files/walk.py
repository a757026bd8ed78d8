"""From a path to an inode: names one by one, `.` and `..`, symbolic links, and every limit on the way.

Follows fs/namei.c: each directory on the way must be searchable, a name that is not the last must lead to a
directory, at most 40 symbolic links are followed, and a slash behind the last name asks for a directory.
"""

from __future__ import annotations

import errno
import os
from stat import S_IFDIR, S_IFLNK
from typing import Any, Generic, NamedTuple, TypeVar

from layerlab.engine.files.inode import failure
from layerlab.engine.files.permission import ROOT, SEARCH, allowed
from layerlab.engine.files.volume import Found, Volume

NAME_MAX, PATH_MAX, LINKS_MAX = 255, 4096, 40

Path = str | bytes | os.PathLike[Any]
F = TypeVar("F", bound=Found)


class Spot(NamedTuple, Generic[F]):
    """Where a path has led: what is there (None: nothing), in which directory, under which name.

    `name` is `""` for the root, or `.` or `..` if the path ends so; `slash` tells whether slashes follow it.
    """

    directory: F
    name: str
    inode: F | None
    slash: bool

    @property
    def named(self) -> bool:
        """Whether the path ends in a proper name, one that could be made or removed."""
        return self.name not in DOTS


DOTS = ("", ".", "..")


def text(path: Path) -> str:
    """A path as text; bytes that are not UTF-8 become surrogates."""
    if path.__class__ is not str:
        path = os.fsdecode(path)
    if "\0" in path:
        raise ValueError("embedded null byte")
    return path


def longer(name: str, limit: int) -> bool:
    """Whether a name has more than `limit` bytes."""
    return len(name) > limit or (4 * len(name) > limit and len(os.fsencode(name)) > limit)


class Walk(Generic[F]):
    """Path walks over one volume, with the credential of the caller."""

    def __init__(self, volume: Volume[F]) -> None:
        self.volume = volume
        self.cred = ROOT

    def spot(self, path: Path, follow: bool, create: bool = False) -> Spot[F]:
        """Where `path` leads, through a symbolic link at its end if `follow` or if a slash comes behind it.

        With `create` the last name may be missing and a slash behind it asks for nothing (that is the
        caller's affair); a link with nothing behind it then leads to where its target would be made.
        """
        here, words, links = self.volume.root, text(path), 0
        if longer(words, PATH_MAX - 1):
            raise failure(errno.ENAMETOOLONG, path)
        want_directory = False
        while True:
            found, links = self.last(here, words, path, links)
            if not create:
                want_directory |= found.slash
            inode = found.inode
            if inode is None:
                if create:
                    return found
                raise failure(errno.ENOENT, path)
            if inode.mode & 0o170000 != S_IFLNK:
                break
            if not (follow or want_directory) or (create and found.slash):
                break
            links += 1
            if links > LINKS_MAX:
                raise failure(errno.ELOOP, path)
            here, words = found.directory, inode.real.target
        if want_directory and inode.mode & 0o170000 != S_IFDIR:
            raise failure(errno.ENOTDIR, path)
        return found

    def parent(self, path: Path) -> Spot[F]:
        """The last name of `path`, in its directory, not followed; for calls that make and remove names."""
        words = text(path)
        if longer(words, PATH_MAX - 1):
            raise failure(errno.ENAMETOOLONG, path)
        return self.last(self.volume.root, words, path, 0)[0]

    def last(self, here: F, words: str, path: object, links: int) -> tuple[Spot[F], int]:
        """Go through all names of `words` but the last, then look that one up; counts the links followed."""
        if not words:
            raise failure(errno.ENOENT, path)
        if words[0] == "/":
            here = self.volume.root
        names = [name for name in words.split("/") if name]
        if not names:
            return Spot(here, "", here, True), links
        final = names.pop()
        cred, lookup = self.cred, self.volume.lookup
        for name in names:
            if cred.uid and not allowed(here, cred, SEARCH):
                raise failure(errno.EACCES, path)
            if name == ".":
                continue
            if name == "..":
                here = here.parent
                continue
            if len(name) > 63 and longer(name, NAME_MAX):
                raise failure(errno.ENAMETOOLONG, path)
            found = lookup(here, name)
            if found is None:
                raise failure(errno.ENOENT, path)
            if found.mode & 0o170000 == S_IFLNK:
                found, links = self.through(here, found, path, links)
            if found.mode & 0o170000 != S_IFDIR:
                raise failure(errno.ENOTDIR, path)
            here = found
        if cred.uid and not allowed(here, cred, SEARCH):
            raise failure(errno.EACCES, path)
        slash = words[-1] == "/"
        if final == ".":
            return Spot(here, ".", here, slash), links
        if final == "..":
            return Spot(here, "..", here.parent, slash), links
        if len(final) > 63 and longer(final, NAME_MAX):
            raise failure(errno.ENAMETOOLONG, path)
        return Spot(here, final, lookup(here, final), slash), links

    def through(self, here: F, link: F, path: object, links: int) -> tuple[F, int]:
        """Where a symbolic link in the directory `here` leads."""
        inode = link
        while inode.mode & 0o170000 == S_IFLNK:
            links += 1
            if links > LINKS_MAX:
                raise failure(errno.ELOOP, path)
            found, links = self.last(here, inode.real.target, path, links)
            if found.inode is None:
                raise failure(errno.ENOENT, path)
            here, inode = found.directory, found.inode
        return inode, links
