"""What counts as the same: results of two sides made comparable, and the first difference between them.

Left out, because it belongs to the backing file system or to the moment, not to the rules:

- the numbers of inodes and devices: they are replaced by the order in which a mount first showed them, so
  that which names share an inode, and whether it changes, is compared all the same;
- `st_blocks`, and the size of a directory: each file system counts its own way;
- what the clock says: times that somebody set are compared exactly, all others are "now" (or, where times are
  the matter, "now" with the number of changes that were seen);
- the link count of a whiteout: Linux may link whiteouts to each other;
- inode numbers of an unprivileged mount: without CAP_DAC_READ_SEARCH outside its namespace Linux does not
  follow its own notes on where a file came from, so that two links of one file show two numbers (and renaming
  one onto the other, which does nothing, answers ESTALE);
- the overlay's own notes in the upper (origin, impure, nlink): numbers of this mount only. What changes the
  merged tree (opaque, redirect) is compared, under one name for `trusted.` and `user.`.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Any

from twin.script import FIELDS, NO_HANDLE, Call, Result
from twin.walks import START

NOTES = {"origin", "impure", "nlink", "uuid", "upper", "protattr"}
SHOWN = [name for name in FIELDS if name not in {"blocks", "ctime", "atime"}]


class Side:
    """One side's results, made comparable; remembers the inode numbers seen on the present mount."""

    def __init__(self, user: bool = False, times: bool = False) -> None:
        self.inodes: dict[int, int] = {}
        self.devices: dict[int, int] = {}
        self.times = times
        self.clock: dict[tuple[int, str], list[float]] = {}
        self.shown = [name for name in SHOWN if not (user and name == "ino")]
        self.shown += ["ctime"] if times else []

    def plain(self, result: Result) -> Any:
        """A result without what may differ."""
        if isinstance(result, int) and result < 0:
            return "no handle" if result == NO_HANDLE else errno.errorcode.get(-result, str(-result))
        if isinstance(result, tuple) and result and result[0] == "stat":
            return self.stat(result)
        if isinstance(result, tuple) and result and result[0] == "picture":
            merged = self.picture(result[1])
            self.forget()
            upper = self.picture(result[2] or [])
            self.forget()
            return {"merged": merged, "upper": upper}
        return result

    def forget(self) -> None:
        """Another mount shows other numbers."""
        self.inodes, self.devices, self.clock = {}, {}, {}

    def stat(self, raw: tuple[Any, ...]) -> dict[str, Any]:
        """A stat result by names."""
        found = dict(zip(FIELDS, raw[1:], strict=True))
        if stat.S_ISCHR(found["mode"]) and not found["rdev"]:
            return {**dict.fromkeys(self.shown, 0), "mode": "whiteout"}
        found["ino"] = self.inodes.setdefault(found["ino"], len(self.inodes))
        found["dev"] = self.devices.setdefault(found["dev"], len(self.devices))
        for name in ("atime", "mtime", "ctime"):
            found[name] = self.moment(found["ino"], name, found[name])
        if stat.S_ISDIR(found["mode"]):
            found["size"] = 0
        shown = {name: found[name] for name in self.shown}
        return shown | {"mode": oct(found["mode"])}

    def moment(self, ino: int, name: str, seconds: float) -> str:
        """A time that a script has set, or "now"; with `times`, how often it has changed since first seen."""
        days, rest = divmod(seconds - START, 86400)
        if not rest and 0 <= days < 100:
            return f"day {days:g}"
        seen = self.clock.setdefault((ino, name), [])
        if not seen or seen[-1] != seconds:
            seen.append(seconds)
        return f"now {len(seen)}" if self.times else "now"

    def picture(self, entries: list[tuple[Any, ...]]) -> dict[str, Any]:
        """A tree's paths, each with all that is known of it."""
        seen = {}
        for path, raw, content, xattrs in entries:
            info = self.stat(raw)
            if info["mode"] != "whiteout":
                info |= {"content": content, "xattrs": own(xattrs)}
            seen[path] = info
        return seen


def own(xattrs: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """The attributes that count."""
    kept = {}
    for name, value in xattrs:
        space, _, rest = name.partition(".overlay.")
        if space in {"trusted", "user"} and rest:
            if rest not in NOTES:
                kept["overlay." + rest] = value
        else:
            kept[name] = value
    return kept


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Every place where two comparable results differ: `where: engine … | Linux …`."""
    if ours == theirs:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key in [*theirs, *(key for key in ours if key not in theirs)]:
            here = f"{where} {key}".strip()
            if key not in ours or key not in theirs:
                found.append(
                    f"{here}: {brief(ours.get(key, '(absent)'))} | {brief(theirs.get(key, '(absent)'))}"
                )
            else:
                found += differences(ours[key], theirs[key], here)
        return found
    return [f"{where}: {brief(ours)} | {brief(theirs)}".lstrip(": ")]


def brief(value: Any) -> str:
    """A value in one short line."""
    text = "ok" if value is None else str(value)
    return text if len(text) < 200 else text[:200] + "…"


def compare(
    ops: list[Call], ours: list[Result], theirs: list[Result], user: bool = False, times: bool = False
) -> tuple[int, list[str]] | None:
    """The first call whose results differ, with the differences; None if there is none."""
    us, them = Side(user, times), Side(user, times)
    for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        one, other = us.plain(a), them.plain(b)
        if user and ops[number:] and ops[number][0] == "rename" and other == "ESTALE":
            continue
        if one != other:
            return number, differences(one, other)
    return None


def spelled(call: Call) -> str:
    """A call as a reader would write it."""
    name, *args = call
    if name == "open":
        slot, path, flags, *mode = args
        return f"h{slot} = open({path!r}, {flag_names(flags)}, {oct(*mode) if mode else ''})"
    return f"{name}({', '.join(map(repr, args))})"


def flag_names(flags: int) -> str:
    """Open flags by name."""
    names = [["O_RDONLY", "O_WRONLY", "O_RDWR", "3"][flags & 3]]
    for name in ("CREAT", "EXCL", "TRUNC", "APPEND", "DIRECTORY", "NOFOLLOW", "PATH", "NONBLOCK"):
        bit = getattr(os, "O_" + name)
        if flags & bit:
            names.append("O_" + name)
    return "|".join(names)
