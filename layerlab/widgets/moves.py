"""A few shell commands as operations: what a learner types under the picture.

Only what can be said in operations is understood; there are no variables, pipes or patterns here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

from layerlab.engine.files import ops

KNOWN = "echo, printf, touch, mkdir, rmdir, rm, mv, ln, chmod, chown, truncate, cat, ls, stat, readlink"


class Shell:
    """Turns lines into operations; `exists` and `names` ask the merged view (names: None if no directory)."""

    def __init__(self, exists: Callable[[str], bool], names: Callable[[str], tuple[str, ...] | None]) -> None:
        self.exists, self.names = exists, names

    def read(self, line: str) -> tuple[ops.Op, ...]:
        """The operations of one command; ValueError says what was expected."""
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=">")
            lexer.whitespace_split = True
            lexer.commenters = ""
            words = list(lexer)
        except ValueError as problem:
            raise ValueError(f"{line}: {str(problem).lower()}") from None
        if not words:
            raise ValueError("type a command such as: rm /etc/motd")
        name, *rest = words
        known = getattr(self, f"_{name}", None)
        if known is None:
            raise ValueError(f"{name}: not known here. Known are {KNOWN}")
        made = tuple(known(rest))
        if not made:
            raise ValueError(f"{name}: nothing to do")
        return made

    def _echo(self, words: list[str]) -> Iterator[ops.Op]:
        yield from self._into("echo", words, "\n")

    def _printf(self, words: list[str]) -> Iterator[ops.Op]:
        yield from self._into("printf", words, "")

    def _into(self, name: str, words: list[str], end: str) -> Iterator[ops.Op]:
        """`echo TEXT > PATH` and `echo TEXT >> PATH`."""
        arrows = [at for at, word in enumerate(words) if word in (">", ">>")]
        if len(arrows) != 1 or arrows[0] != len(words) - 2:
            raise ValueError(f"{name}: expected {name} TEXT > /path or {name} TEXT >> /path")
        said = words[: arrows[0]]
        data = (" ".join(said) + end).encode("utf-8", "surrogateescape")
        path = absolute(name, words[-1])
        if not self.exists(path):
            yield ops.Create(path, data=data)
        elif words[arrows[0]] == ">>":
            yield ops.Append(path, data=data)
        else:
            yield ops.Truncate(path, size=0)
            yield ops.Write(path, data=data)

    def _touch(self, words: list[str]) -> Iterator[ops.Op]:
        for path in paths("touch", words):
            yield ops.Utime(path, mtime=0) if self.exists(path) else ops.Create(path)

    def _mkdir(self, words: list[str]) -> Iterator[ops.Op]:
        flags, rest = options("mkdir", words, "p")
        for path in paths("mkdir", rest):
            if "p" not in flags:
                yield ops.Mkdir(path)
                continue
            names = path.strip("/").split("/")
            steps = ["/" + "/".join(names[: at + 1]) for at in range(len(names))]
            yield from (ops.Mkdir(step) for step in steps if not self.exists(step))

    def _rmdir(self, words: list[str]) -> Iterator[ops.Op]:
        yield from (ops.Rmdir(path) for path in paths("rmdir", words))

    def _rm(self, words: list[str]) -> Iterator[ops.Op]:
        flags, rest = options("rm", words, "rf")
        for path in paths("rm", rest):
            if "f" not in flags or self.exists(path):
                yield from self._removal(path) if "r" in flags else [ops.Unlink(path)]

    def _removal(self, path: str) -> Iterator[ops.Op]:
        """What `rm -r` does: names first, then the directory that held them."""
        names = self.names(path)
        if names is None:
            yield ops.Unlink(path)
            return
        for name in names:
            yield from self._removal(f"{path.rstrip('/')}/{name}")
        yield ops.Rmdir(path)

    def _mv(self, words: list[str]) -> Iterator[ops.Op]:
        flags, rest = options("mv", words, "n")
        old, new = pair("mv", rest)
        yield ops.Rename(old, new=self._inside(old, new), flag="noreplace" if "n" in flags else "")

    def _ln(self, words: list[str]) -> Iterator[ops.Op]:
        flags, rest = options("ln", words, "s")
        if "s" in flags:
            if len(rest) != 2:
                raise ValueError("ln -s: expected ln -s TARGET /path")
            yield ops.MakeSymlink(absolute("ln", rest[1]), target=rest[0])
            return
        old, new = pair("ln", rest)
        yield ops.Link(old, new=self._inside(old, new))

    def _inside(self, old: str, new: str) -> str:
        """As mv and ln do: into `new` if it is a directory."""
        return (
            f"{new.rstrip('/')}/{old.rstrip('/').rpartition('/')[2]}" if self.names(new) is not None else new
        )

    def _chmod(self, words: list[str]) -> Iterator[ops.Op]:
        if len(words) < 2 or not words[0].isdigit() or set(words[0]) - set("01234567") or len(words[0]) > 4:
            raise ValueError("chmod: expected an octal mode and a path, such as chmod 600 /etc/motd")
        yield from (ops.Chmod(path, mode=int(words[0], 8)) for path in paths("chmod", words[1:]))

    def _chown(self, words: list[str]) -> Iterator[ops.Op]:
        uid, _, gid = words[0].partition(":") if words else ("", "", "")
        if len(words) < 2 or not uid.isdigit() or not (gid or uid).isdigit():
            raise ValueError("chown: expected numbers and a path, such as chown 1000:1000 /etc/motd")
        yield from (ops.Chown(path, uid=int(uid), gid=int(gid or uid)) for path in paths("chown", words[1:]))

    def _truncate(self, words: list[str]) -> Iterator[ops.Op]:
        if len(words) != 3 or words[0] != "-s" or not words[1].isdigit():
            raise ValueError("truncate: expected truncate -s SIZE /path")
        yield ops.Truncate(absolute("truncate", words[2]), size=int(words[1]))

    def _cat(self, words: list[str]) -> Iterator[ops.Op]:
        yield from (ops.Read(path) for path in paths("cat", words))

    def _ls(self, words: list[str]) -> Iterator[ops.Op]:
        yield from (ops.Listdir(path) for path in paths("ls", options("ls", words, "la")[1] or ["/"]))

    def _stat(self, words: list[str]) -> Iterator[ops.Op]:
        yield from (ops.Lstat(path) for path in paths("stat", words))

    def _readlink(self, words: list[str]) -> Iterator[ops.Op]:
        yield from (ops.Readlink(path) for path in paths("readlink", words))


def options(name: str, words: list[str], known: str) -> tuple[set[str], list[str]]:
    """The one-letter options before the first path, and the rest."""
    flags: set[str] = set()
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word, words = words[0], words[1:]
        if word == "--":
            break
        if unknown := set(word[1:]) - set(known):
            raise ValueError(f"{name}: option -{min(unknown)} is not known here, only -{', -'.join(known)}")
        flags |= set(word[1:])
    return flags, words


def absolute(name: str, path: str) -> str:
    """`path` if it starts at the root; there is no current directory here."""
    if not path.startswith("/"):
        raise ValueError(f"{name}: {path}: expected a path from the root, such as /etc/motd")
    return path


def paths(name: str, words: list[str]) -> list[str]:
    """At least one path from the root."""
    if not words:
        raise ValueError(f"{name}: expected a path, such as {name} /etc/motd")
    return [absolute(name, word) for word in words]


def pair(name: str, words: list[str]) -> tuple[str, str]:
    """Exactly two paths."""
    if len(words) != 2:
        raise ValueError(f"{name}: expected two paths: {name} /old /new")
    return absolute(name, words[0]), absolute(name, words[1])
