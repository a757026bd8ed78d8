"""The twin: the same operations in the engine and on a real overlay mount, and every difference between them.

Where nothing can be mounted, the kernel's side comes from a recording; where there is none either, the twin
says that it was not checked, and why. It never passes the engine off for the kernel.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from layerlab.engine.files.node import Dir, Node, replace
from layerlab.engine.files.ops import Chown, Mknod, Op, SetXattr
from layerlab.engine.files.tree import drop, find, put, split
from layerlab.live import recording
from layerlab.live.engine import in_engine
from layerlab.live.materialise import NODE, OWNER, LeftOut
from layerlab.live.mount import Mount, Refused, layers_of, mount
from layerlab.live.recording import Question, Recording
from layerlab.live.run import looks, on_mount
from layerlab.live.verdict import Counts, Difference, Step, Twin, compare, unchecked

__all__ = ["Counts", "Difference", "LeftOut", "Step", "Twin", "kernel", "twin"]


def twin(
    ops: Sequence[Op],
    lowers: Any,
    *,
    redirect_dir: bool = False,
    index: bool = False,
    user: bool | None = None,
) -> Twin:
    """Run `ops` in the engine and on a real mount over `lowers` (trees from base to top, or an image).

    The mount is made as root where that is allowed, else in a user namespace; `user` demands one or the
    other.
    """
    question = Question(tuple(ops), layers_of(lowers), redirect_dir, index)
    try:
        with mount(question.layers, redirect_dir=redirect_dir, index=index, user=user) as live:
            return _live(question, live)
    except Refused as refused:
        return _recorded(question, str(refused))


def _live(question: Question, live: Mount) -> Twin:
    """The twin on a real mount, which takes the layers as far as they could be made."""
    denied = [op for op in question.ops if live.user and needs_root(op)]
    if denied:
        raise Refused(f"unprivileged: the kernel keeps this for root: {denied[0]!r}")
    looking = looks(question.ops, question.layers)
    linux = on_mount(live, question.ops, looking)
    made = replace(question, layers=as_made(question.layers, live.left_out))
    engine = in_engine(made, looking, live.since, live.user)
    home = recording.wanted()
    if home is not None and not live.left_out:
        recording.save(Recording(question, kernel(), live.user, linux), home)
    return replace(compare(question.ops, engine, linux), kernel=kernel(), left_out=live.left_out)


def _recorded(question: Question, why: str) -> Twin:
    """The twin from a recording, or the admission that there is none."""
    found = recording.find(question)
    engine = in_engine(question, looks(question.ops, question.layers), user=bool(found and found.user))
    if found is None:
        return unchecked(question.ops, engine, f"{why}; and there is no recording of these operations")
    engine = recording.only(engine, question.touched())
    return replace(compare(question.ops, engine, found.run), kernel=found.kernel, recorded=True, why=why)


def kernel() -> str:
    """This machine's kernel as it is labelled: `Linux 6.18`."""
    system, _, release, *_ = os.uname()
    return f"{system} {'.'.join(release.split('.')[:2])}"


def needs_root(op: Op) -> bool:
    """Whether the kernel keeps this operation from an ordinary user, on an overlay or not."""
    match op:
        case Chown(uid=uid, gid=gid):
            return not {uid, gid} <= {0, -1}
        case Mknod(mode=mode):
            return mode & 0o170000 in (0o020000, 0o060000)
        case SetXattr(name=name):
            return name.startswith(("trusted.", "security."))
        case _:
            return False


def as_made(layers: tuple[Dir, ...], left_out: Sequence[LeftOut]) -> tuple[Dir, ...]:
    """The layers without what could not be put on disk."""
    trees = list(layers)
    for left in left_out:
        node = find(trees[left.layer], left.path)
        if node is not None:
            trees[left.layer] = _without(trees[left.layer], left, node)
    return tuple(trees)


def _without(tree: Dir, left: LeftOut, node: Node) -> Dir:
    """The tree without one thing that could not be made."""
    parts = split(left.path)
    if left.part == NODE:
        return drop(tree, parts)
    if left.part == OWNER:
        node = replace(node, uid=0, gid=0)
    node = replace(node, xattrs=tuple(pair for pair in node.xattrs if pair[0] != left.part))
    if parts:
        return put(tree, parts, node)
    assert isinstance(node, Dir)
    return node
