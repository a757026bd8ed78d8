"""Wrong beliefs as rules: a mutant foretells what a move leaves in the upper, but wrongly.

A learner whose answer is a mutant's answer can be told which belief it came from. A mutant that foretells
what really happens says nothing, so it is left out of the question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Node, Whiteout, replace
from layerlab.engine.files.ops import (
    Append,
    Chmod,
    Chown,
    Lstat,
    Mkdir,
    Op,
    Read,
    Rename,
    Rmdir,
    Unlink,
    Utime,
    Write,
)
from layerlab.engine.files.tree import drop, find, put, split
from layerlab.teach.play import Played

Rule = Callable[[Played, Op, Played], Dir | None]
"""From the state before, the move and the true state after: the upper that the belief foretells, or None."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong belief in the learner's words, the truth to tell them, and the rule the belief amounts to."""

    name: str
    belief: str
    truth: str
    rule: Rule


def place(root: Dir, path: str, node: Node) -> Dir:
    """`root` with `node` at `path`, plain directories made on the way."""
    parts = split(path)
    for depth in range(1, len(parts)):
        if not isinstance(find(root, "/" + "/".join(parts[:depth])), Dir):
            root = put(root, parts[:depth], Dir())
    return put(root, parts, node)


def remove(root: Dir, path: str) -> Dir:
    """`root` without `path`, if it is there."""
    return drop(root, split(path)) if find(root, path) is not None else root


def pruned(root: Dir) -> Dir:
    """`root` without plain directories that hold nothing, such as are left where a name was taken out."""
    kept = {name: pruned(node) if isinstance(node, Dir) else node for name, node in root.children.items()}
    empty = {
        name for name, node in kept.items() if isinstance(node, Dir) and not (node.children or node.opaque)
    }
    return replace(root, children={name: node for name, node in kept.items() if name not in empty})


def _opaque_for_whiteout(before: Played, op: Op, after: Played) -> Dir | None:
    if isinstance(op, Rmdir) and isinstance(find(after.upper, op.path), Whiteout):
        return place(after.upper, op.path, Dir(opaque=True))
    return None


def _nothing_kept(before: Played, op: Op, after: Played) -> Dir | None:
    if isinstance(op, Unlink | Rmdir) and isinstance(find(after.upper, op.path), Whiteout):
        return pruned(remove(before.upper, op.path))
    return None


def _plain_again(before: Played, op: Op, after: Played) -> Dir | None:
    made = find(after.upper, op.path)
    if isinstance(op, Mkdir) and isinstance(made, Dir) and made.opaque:
        return place(after.upper, op.path, replace(made, opaque=False))
    return None


def _whiteouts_inside(before: Played, op: Op, after: Played) -> Dir | None:
    made = find(after.upper, op.path)
    if not (isinstance(op, Mkdir) and isinstance(made, Dir) and made.opaque):
        return None
    hidden = [find(layer, op.path) for layer in before.layers]
    names = {name for node in hidden if isinstance(node, Dir) for name in node.children}
    return (
        place(after.upper, op.path, Dir(children={name: Whiteout() for name in sorted(names)}))
        if names
        else None
    )


def _metadata_alone(before: Played, op: Op, after: Played) -> Dir | None:
    copied = find(after.upper, op.path)
    if (
        isinstance(op, Chmod | Chown | Utime)
        and isinstance(copied, File)
        and find(before.upper, op.path) is None
    ):
        return place(after.upper, op.path, replace(copied, data=Bytes(b"")))
    return None


def _nothing_copied(before: Played, op: Op, after: Played) -> Dir | None:
    if isinstance(op, Chmod | Chown | Utime) and find(before.upper, op.path) is None:
        return before.upper
    return None


def _changed_bytes(before: Played, op: Op, after: Played) -> Dir | None:
    copied = find(after.upper, op.path)
    if isinstance(op, Write | Append) and isinstance(copied, File) and find(before.upper, op.path) is None:
        return place(after.upper, op.path, replace(copied, data=Bytes(op.data)))
    return None


def _in_the_image(before: Played, op: Op, after: Played) -> Dir | None:
    return before.upper if isinstance(op, Write | Append) and find(before.upper, op.path) is None else None


def _rename_always(before: Played, op: Op, after: Played) -> Dir | None:
    moved = find(before.merged, op.path)
    if isinstance(op, Rename) and isinstance(moved, Dir) and after.steps[-1].error == "EXDEV":
        return place(place(before.upper, op.new, moved), op.path, Whiteout())
    return None


def _rename_leaves_none(before: Played, op: Op, after: Played) -> Dir | None:
    moved = find(after.upper, op.new) if isinstance(op, Rename) else None
    if moved is not None and isinstance(find(after.upper, op.path), Whiteout):
        return remove(after.upper, op.path)
    return None


def _reading_copies(before: Played, op: Op, after: Played) -> Dir | None:
    seen = find(before.merged, op.path)
    if isinstance(op, Read | Lstat) and isinstance(seen, File) and find(before.upper, op.path) is None:
        return place(before.upper, op.path, seen)
    return None


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "rm-makes-opaque",
        "Deleting a directory makes it opaque.",
        "Deleting leaves a whiteout. Only a directory made again over a whiteout is opaque.",
        _opaque_for_whiteout,
    ),
    Mutant(
        "rm-leaves-nothing",
        "Deleting takes the name out of the layer below.",
        "Lower layers never change. A whiteout in the upper hides the name.",
        _nothing_kept,
    ),
    Mutant(
        "mkdir-is-plain",
        "A directory made again is like any new directory.",
        "Then the old files would show through it. So it is made opaque.",
        _plain_again,
    ),
    Mutant(
        "mkdir-hides-one-by-one",
        "Each old name in a directory made again gets a whiteout of its own.",
        "One mark on the directory hides them all: it is opaque.",
        _whiteouts_inside,
    ),
    Mutant(
        "chmod-copies-metadata",
        "chmod copies the mode and leaves the bytes below.",
        "Copy-up takes the whole file, bytes and all.",
        _metadata_alone,
    ),
    Mutant(
        "chmod-copies-nothing",
        "chmod copies nothing, since no byte changes.",
        "The mode belongs to the file, and the lower file cannot change. So it is copied up.",
        _nothing_copied,
    ),
    Mutant(
        "only-changed-bytes",
        "A write stores only the bytes that changed.",
        "overlayfs knows whole files only. The first write copies all of it.",
        _changed_bytes,
    ),
    Mutant(
        "write-goes-below",
        "A write changes the file where it lies, in the image.",
        "The image stays as it is. The file is copied up and changed there.",
        _in_the_image,
    ),
    Mutant(
        "rename-always-works",
        "A directory can always be renamed.",
        "A directory with a lower part cannot move: the kernel answers EXDEV.",
        _rename_always,
    ),
    Mutant(
        "rename-leaves-nothing",
        "A renamed file leaves nothing behind.",
        "Its old name is still in the layer below. A whiteout hides it.",
        _rename_leaves_none,
    ),
    Mutant(
        "reading-copies-up",
        "Reading a file copies it up.",
        "Reading copies nothing. Only a change does.",
        _reading_copies,
    ),
)
