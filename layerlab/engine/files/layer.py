"""A layer is a tree that says what changed: new and changed nodes, whiteouts, opaque directories.

`stack` lays one on a tree and `diff` finds the one that leads from a tree to another, so that

    stack(before, diff(before, after)) == after

Both share every subtree they do not change. Source: OCI image specification, layer.md "Applying Changesets".
"""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.engine.files.links import apart, complete_links, link_doubts
from layerlab.engine.files.node import Dir, Node, Passage, Symlink, Whiteout, replace
from layerlab.engine.files.tree import find
from layerlab.engine.files.walking import resolve

Detour = tuple[tuple[str, ...], Dir]
"""Names that a layer adds under a directory which below is a symbolic link: where, and what."""

UNCHANGED = Passage()
"""The layer that changes nothing."""


def stack(lower: Dir | None, upper: Dir) -> Dir:
    """What `merged` shows when `upper` lies on `lower`; it has no whiteouts, opaque directories or redirects.

    Where the layer only passes through a name (`Passage`) that is a symbolic link to a directory below, its
    files go where the link leads, inside the tree, as they do when a layer is unpacked over the one below.
    """
    if lower is None:
        return _settled(upper, Dir())
    upper = apart(lower, upper)
    detours: list[Detour] = []
    merged = _merge(lower, upper, lower, (), detours)
    for path, below in detours:
        end = resolve(merged, path)
        at = end if end is not None else path
        merged = stack(merged, _lead(at, below if end is not None else replace(below, opaque=True)))
    return merged


def stack_all(layers: Iterable[Dir]) -> Dir:
    """What these layers, base to top, show together."""
    merged: Dir | None = None
    for layer in layers:
        merged = stack(merged, layer)
    return merged if merged is not None else Dir()


def diff(before: Dir, after: Dir) -> Dir:
    """The layer that makes `after` of `before`: whiteouts for what is gone, whole nodes for what is new or changed.

    Directories on the way to a change come with their metadata. If one name of a hard linked file is in the
    layer all its names are, since a link cannot reach below its layer.
    """
    if before is after:
        return UNCHANGED
    doubts: set[int] = set()
    layer = _changes(before, after, doubts)
    if doubts:
        layer = complete_links(before, after, layer, doubts)
    return UNCHANGED if layer is None else layer


def same_metadata(one: Node, other: Node) -> bool:
    """Whether two nodes are of one kind and agree in mode, owner, time and attributes."""
    return (
        one.kind == other.kind
        and one.mode == other.mode
        and one.uid == other.uid
        and one.gid == other.gid
        and one.mtime == other.mtime
        and one.xattrs == other.xattrs
    )


def _merge(below: Node | None, upper: Dir, root: Dir, path: tuple[str, ...], detours: list[Detour]) -> Dir:
    """`upper` over what lies below it; `root` is the whole lower tree, for redirects."""
    if upper.redirect is not None and upper.redirect.startswith("/"):
        below = find(root, upper.redirect)
    if upper.opaque or not isinstance(below, Dir):
        return _settled(upper, root)
    base, seen = below.children, dict(below.children)
    for name, node in upper.children.items():
        if isinstance(node, Whiteout):
            seen.pop(name, None)
        elif isinstance(node, Passage) and not node.opaque and isinstance(base.get(name), Symlink):
            detours.append(((*path, name), node))
        elif isinstance(node, Dir):
            # A redirect without a slash names a directory beside it, in the lower parent.
            seen[name] = _merge(base.get(node.redirect or name), node, root, (*path, name), detours)
        else:
            seen[name] = node
    if not isinstance(upper, Passage):
        return replace(upper, children=seen, opaque=False, redirect=None)
    unchanged = len(seen) == len(base) and all(
        seen[name] is base.get(name) for name in upper.children if name in seen
    )
    return below if unchanged else replace(below, children=seen)


def _settled(upper: Dir, root: Dir) -> Dir:
    """`upper` with nothing below it: without markers, and itself where it has none.

    A directory further down may still be redirected to one of `root`, the whole lower tree.
    """
    children: dict[str, Node] | None = None
    for name, node in upper.children.items():
        if isinstance(node, Whiteout):
            children = dict(upper.children) if children is None else children
            del children[name]
        elif isinstance(node, Dir):
            redirected = node.redirect is not None and node.redirect.startswith("/")
            plain = _merge(None, node, root, (), []) if redirected else _settled(node, root)
            if plain is not node:
                children = dict(upper.children) if children is None else children
                children[name] = plain
    if isinstance(upper, Passage):
        return Dir(mode=upper.mode, children=upper.children if children is None else children)
    if children is None and not upper.opaque and upper.redirect is None:
        return upper
    return replace(
        upper, children=upper.children if children is None else children, opaque=False, redirect=None
    )


def _lead(path: tuple[str, ...], node: Dir) -> Dir:
    """A layer that only passes through the directories on the way to `node`."""
    for name in reversed(path):
        node = Passage(children={name: node})
    return node


def _changes(before: Dir, after: Dir, doubts: set[int]) -> Dir | None:
    """What a layer must hold of `after`, or None; `doubts` gathers inodes whose links may have changed."""
    old_names, new_names = before.children, after.children
    changed: dict[str, Node] = {name: Whiteout() for name in old_names if name not in new_names}
    for name, node in new_names.items():
        old = old_names.get(name)
        if old is node:
            continue
        if isinstance(old, Dir) and isinstance(node, Dir):
            below = _changes(old, node, doubts)
            if below is not None:
                changed[name] = below
            continue
        if old is None or old.ino != node.ino or isinstance(node, Dir):
            link_doubts(old, node, doubts)
        if old is None or old != node:
            changed[name] = node
    if changed or not same_metadata(before, after):
        return Dir(
            after.mode,
            after.uid,
            after.gid,
            after.mtime,
            after.xattrs,
            after.ino,
            after.atime,
            after.ctime,
            changed,
        )
    return None
