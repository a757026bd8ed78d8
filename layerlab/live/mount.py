"""A real overlay mount to try things on, in a helper's private namespace, so that nobody else ever sees it.

with mount([base, top]) as live:
    live.apply(Unlink("/etc/motd"))
    live.upper        # what the kernel left in upperdir, as a tree
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from layerlab.engine.files.layer import diff, stack
from layerlab.engine.files.node import Dir, Passage
from layerlab.engine.files.ops import Op
from layerlab.engine.files.tree import walk
from layerlab.live.helper import Helper
from layerlab.live.materialise import LeftOut, entries
from layerlab.live.namespace import Refused
from layerlab.live.options import Options
from layerlab.live.upperdir import Entry, gather

__all__ = ["LeftOut", "Mount", "Options", "Refused", "layers_of", "mount"]

NO_MOUNT = "LAYERLAB_NO_MOUNT"
"""Set this environment variable to anything, and nothing is mounted, as if the kernel had refused."""


class Mount:
    """A mounted overlay; `options` are the effective ones, `left_out` what of the layers could not be made.

    `user` tells that it lies in a user namespace, `since` is the time of mounting by the file system's clock
    (ns). `close` (or the end of `with`) takes everything away.
    """

    def __init__(self, helper: Helper, user: bool, layers: Sequence[Dir], options: Options) -> None:
        self._helper, self.user = helper, user
        left_out: list[LeftOut] = []
        for number, tree in enumerate(layers):
            left_out += helper.pour("layer", (number,), entries(tree))
        self.left_out = tuple(left_out)
        self.options: Options
        self.options, self.since = helper.ask("mount", len(layers), options)
        ignored = options.ignored(self.options)
        if ignored:
            raise Refused(f"the kernel mounted without {' and '.join(ignored)}")

    def apply(self, op: Op) -> Any:
        """Do one operation; gives what a program would see, or raises the kernel's `OSError`."""
        errno, result = self.attempt(op)
        if errno:
            raise OSError(errno, os.strerror(errno), op.path)
        return result

    def attempt(self, op: Op) -> tuple[int, Any]:
        """Do one operation; gives the errno (0 if it succeeded) and the result."""
        answer: tuple[int, Any] = self._helper.ask("do", op)
        return answer

    def walk(self, name: str) -> Iterator[Entry]:
        """Every path and node of `merged` or `upper`, directories without their children."""
        yield from self._helper.stream("tree", name)

    @property
    def merged(self) -> Dir:
        """What the mount shows now."""
        return gather(self.walk("merged"))

    @property
    def upper(self) -> Dir:
        """What is in the upper directory now, whiteouts, opaque directories and redirects as nodes."""
        return gather(self.walk("upper"))

    def close(self) -> None:
        """End the helper process; the mount and everything on it end with it."""
        self._helper.close()

    def __enter__(self) -> Mount:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = "in a user namespace" if self.user else "as root"
        return f"an overlay mount {where}"


def mount(
    lowers: Any,
    *,
    redirect_dir: bool = False,
    index: bool = False,
    metacopy: bool = False,
    user: bool | None = None,
    scratch: str | None = None,
) -> Mount:
    """An overlay over `lowers`: trees from base to top, or an image. `Refused` if the kernel says no.

    It is mounted as root where that is allowed, else in a user namespace; `user` demands one or the other.
    The layers lie in memory, or for large images in a directory that is made under `scratch` and removed at
    the end.
    """
    why = forbidden()
    if why:
        raise Refused(why)
    layers, refusals = layers_of(lowers), []
    for in_user in ways(user):
        helper = Helper()
        try:
            helper.ask("enter", in_user, scratch)
            return Mount(helper, in_user, layers, Options(redirect_dir, index, in_user, metacopy))
        except Refused as refused:
            helper.close()
            refusals.append(f"{'unprivileged' if in_user else 'as root'}: {refused}")
        except BaseException:
            helper.close()
            raise
    raise Refused("; ".join(refusals))


def forbidden() -> str:
    """Why nothing can be mounted here at all; empty if it can be tried."""
    if sys.platform != "linux":
        return f"overlay mounts need Linux, this is {sys.platform}"
    return f"{NO_MOUNT} is set" if os.environ.get(NO_MOUNT) else ""


def ways(user: bool | None) -> tuple[bool, ...]:
    """Whether to try in a user namespace, in the order of trying."""
    if user is not None:
        return (user,)
    return (False, True) if os.geteuid() == 0 else (True,)


def layers_of(lowers: Any) -> tuple[Dir, ...]:
    """The layers' trees from base to top: given as such, as one tree, or as an image's `.layers`.

    A directory that a layer only passes through gets the metadata it is then seen with.
    """
    if isinstance(lowers, Dir):
        lowers = (lowers,)
    layers: Iterable[Any] = getattr(lowers, "layers", lowers)
    merged, trees = None, list[Dir]()
    for layer in layers:
        tree = layer if isinstance(layer, Dir) else layer.tree
        below, merged = merged or Dir(), stack(merged, tree)
        passes = any(isinstance(node, Passage) for _, node in walk(tree))
        trees.append(diff(below, merged) if passes else tree)
    return tuple(trees) or (Dir(),)  # the kernel wants at least one
