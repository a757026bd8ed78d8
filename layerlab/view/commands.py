"""An operation as the shell command that makes it: what stands under each dot of the time line."""

from __future__ import annotations

import shlex
import stat

from layerlab.engine.files import ops
from layerlab.view.units import octal

LONGEST = 24
"""Data longer than this is cut, with an ellipsis, when it is shown."""

KINDS = {stat.S_IFIFO: "p", stat.S_IFCHR: "c", stat.S_IFBLK: "b"}


def command(op: ops.Op) -> str:
    """`op` in the words of a shell.

    >>> command(ops.Append("/etc/motd", data=b"hello\\n"))
    'echo hello >> /etc/motd'
    """
    path = shown(op.path)
    match op:
        case ops.Create() | ops.Append() | ops.Write():
            return _writing(op, path)
        case ops.Truncate():
            return f"truncate -s {op.size} {path}"
        case ops.Rename():
            option = {"": "", "noreplace": "-n ", "exchange": "--exchange "}[op.flag]
            return f"mv {option}{path} {shown(op.new)}"
        case ops.Link():
            return f"ln {path} {shown(op.new)}"
        case ops.MakeSymlink():
            return f"ln -s {shown(op.target)} {path}"
        case ops.Mknod():
            return _mknod(op, path)
        case ops.Chmod():
            return f"chmod {octal(op.mode)} {path}"
        case ops.Chown():
            return f"chown -h {op.uid}:{op.gid} {path}"
        case ops.Utime():
            return f"touch -h -d @{op.mtime // 10**9} {path}"
        case ops.SetXattr():
            return f"setfattr -n {op.name} -v {text(op.data)} {path}"
        case ops.RemoveXattr():
            return f"setfattr -x {op.name} {path}"
        case _:
            return f"{SIMPLE.get(type(op), type(op).__name__.lower())} {path}"


SIMPLE: dict[type[ops.Op], str] = {
    ops.Read: "cat",
    ops.Lstat: "stat",
    ops.Listdir: "ls",
    ops.Readlink: "readlink",
    ops.Mkdir: "mkdir",
    ops.Rmdir: "rmdir",
    ops.Unlink: "rm",
}


def shown(path: str) -> str:
    """`path` as a shell word that can be printed: quoted if need be, odd bytes escaped."""
    return shlex.quote(path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def text(data: bytes) -> str:
    """`data` as one shell word, cut if it is long.

    >>> text(b"gzip on;"), text(b"x" * 30)
    ("'gzip on;'", "'xxxxxxxxxxxxxxxxxxxxxxx…'")
    """
    plain = data.decode("utf-8", "backslashreplace")
    escaped = plain.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in plain else plain
    return shlex.quote(escaped if len(escaped) <= LONGEST else escaped[: LONGEST - 1] + "…")


def _writing(op: ops.Create | ops.Append | ops.Write, path: str) -> str:
    """`echo` where the data is a line, `printf` where it is not; `1<>` writes in place, as Write does."""
    arrow = {ops.Create: ">", ops.Append: ">>", ops.Write: "1<>"}[type(op)]
    if isinstance(op, ops.Create) and not op.data:
        return f"touch {path}"
    if isinstance(op, ops.Write) and op.offset:
        return f"printf {text(op.data)} | dd of={path} seek={op.offset}"
    line = op.data[:-1]
    if op.data.endswith(b"\n") and b"\n" not in line and line:
        return f"echo {text(line)} {arrow} {path}"
    return f"printf {text(op.data)} {arrow} {path}"


def _mknod(op: ops.Mknod, path: str) -> str:
    """A fifo, a device, or a socket (which a shell cannot make, `nc -lU` comes nearest)."""
    letter = KINDS.get(stat.S_IFMT(op.mode))
    if letter is None:
        return f"nc -lU {path}"
    numbers = "" if letter == "p" else f" {op.device[0]} {op.device[1]}"
    return f"mknod {path} {letter}{numbers}"
