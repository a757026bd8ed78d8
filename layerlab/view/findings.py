"""The headline: what a step, or a look-up, showed, with its number, in at most twelve words."""

from __future__ import annotations

from layerlab.engine.files import events as ev
from layerlab.engine.files import ops
from layerlab.engine.files.node import Dir, File, Whiteout
from layerlab.engine.files.tree import find
from layerlab.engine.files.union import Lookup, Verdict, look_up
from layerlab.view.phases import phases
from layerlab.view.plain import layer_words, short
from layerlab.view.scene import Moment, Scene
from layerlab.view.units import many, size

WHYS = {
    "EXDEV": "part of it lies in a layer below",
    "ENOENT": "no such name",
    "EEXIST": "the name is taken",
    "ENOTEMPTY": "the directory is not empty",
    "ENOTDIR": "something on the way is no directory",
    "EISDIR": "it is a directory",
    "EACCES": "the permission bits forbid it",
    "EPERM": "only root may do that",
    "ELOOP": "too many symbolic links",
    "ENAMETOOLONG": "the name is too long",
    "EINVAL": "that makes no sense here",
    "EBUSY": "it is in use",
    "ENODATA": "there is no such attribute",
}


def headline(scene: Scene) -> str:
    """The finding of the picture."""
    if scene.look:
        return _looked(scene, look_up(scene.layers, scene.look))
    moment = scene.moment
    if moment is None:
        return _start(scene)
    if moment.error:
        why = WHYS.get(moment.error)
        return f"Linux refuses with {moment.error}" + (f": {why}" if why else "")
    if moment.copied and not _only_hides(moment):
        return _copied(moment, moment.copied)
    return _rest(scene, moment)


def status(scene: Scene) -> str:
    """What a screen reader hears when the picture changes."""
    step = f"Step {scene.at + 1} of {len(scene.moments) + 1}. {headline(scene)}."
    parts = "; ".join(f"{phase.title}: {phase.note}" for phase in phases(scene))
    return f"{step} {parts}." if parts and not scene.look else step


def _start(scene: Scene) -> str:
    layers = many(len(scene.lowers), "layer")
    return f"{layers}, one view, nothing copied yet" if scene.container else f"{layers} make one view"


def _looked(scene: Scene, found: Lookup) -> str:
    asked = sum(probe.verdict is not Verdict.HIDDEN for probe in found.probes)
    if found.layer is not None:
        where = layer_words(scene, found.layer)
        return (
            f"{where[0].upper()}{where[1:]} answers for {short(found.path)}, after {many(asked, 'question')}"
        )
    last = next((p for p in found.probes if p.verdict in (Verdict.WHITEOUT, Verdict.OPAQUE)), None)
    if last is None:
        return f"No layer has {short(found.path)}: {many(asked, 'layer')} asked"
    what = "A whiteout" if last.verdict is Verdict.WHITEOUT else "An opaque directory"
    return f"{what} in {layer_words(scene, last.layer)} stops the search for {short(found.path)}"


def _copied(moment: Moment, copied: ev.CopiedUp) -> str:
    """A copy-up is the price of a change; say the change, then the price."""
    price = (
        f"copies {size(copied.size)} first" if copied.kind == "file" else f"copies the {copied.kind} up first"
    )
    match moment.op:
        case ops.Write() | ops.Append():
            return f"To write {many(len(moment.op.data), 'byte')}, the container {price}"
        case ops.Truncate():
            return f"To make it {size(moment.op.size)} long, the container {price}"
        case ops.Rename():
            return f"To rename {short(moment.op.path)}, the container {price}"
        case ops.Link():
            return f"To add a second name, the container {price}"
        case ops.Chmod():
            return f"To change 12 permission bits, the container {price}"
        case ops.Chown():
            return f"To change the owner, the container {price}"
        case ops.Utime():
            return f"To change a time stamp, the container {price}"
        case _:
            return f"To change {short(moment.op.path)}, the container {price}"


def _only_hides(moment: Moment) -> bool:
    return isinstance(moment.op, (ops.Unlink, ops.Rmdir))


def _rest(scene: Scene, moment: Moment) -> str:
    """Steps that copied no bytes of their own."""
    name = short(moment.op.path)
    match moment.op:
        case ops.Unlink() | ops.Rmdir():
            return _removed(scene, moment)
        case ops.Read() | ops.Lstat() | ops.Listdir() | ops.Readlink():
            found = look_up(scene.layers, moment.op.path)
            where = layer_words(scene, found.layer) if found.layer is not None else "nobody"
            return f"Reading {name} copies nothing: {where} answers"
        case ops.Mkdir():
            if any(isinstance(event, ev.MadeOpaque) for event in moment.events):
                return f"{name} is new and opaque: nothing below shows through"
            return _new(scene, name)
        case ops.Create() | ops.MakeSymlink() | ops.Mknod():
            return _new(scene, name)
        case ops.Write() | ops.Append():
            wrote = many(len(moment.op.data), "byte")
            return f"{wrote} written, none copied: {name} is up already"
        case ops.Rename():
            return f"{name} moves to {short(moment.op.new)}, nothing is copied"
        case _:
            return f"{name} changes, nothing is copied: it is up already"


def _new(scene: Scene, name: str) -> str:
    """A new name; the layers below may have one like it that stays hidden."""
    path = scene.moment.op.path if scene.moment else ""
    old = next((at for at in reversed(range(len(scene.lowers))) if _there(scene.lowers[at], path)), None)
    if old is None:
        return f"{name} is new, in the container layer alone"
    return f"{name} is new; the old one in layer {old + 1} stays hidden"


def _there(layer: Dir, path: str) -> bool:
    node = find(layer, path)
    return node is not None and not isinstance(node, Whiteout)


def _removed(scene: Scene, moment: Moment) -> str:
    """Deleting frees what the container itself had written, never what a layer holds."""
    name = short(moment.op.path)
    gone = find(moment.before, moment.op.path)
    hidden = any(isinstance(event, ev.WhiteoutMade) for event in moment.events)
    freed = gone.data.size if isinstance(gone, File) else 0
    if not hidden:
        return f"{name} is really gone: no layer below has it"
    if gone is None or isinstance(gone, Dir) or not freed:
        return f"Deleting {name} frees 0 bytes: a whiteout hides it"
    return f"Deleting {name} frees {size(freed)}; a whiteout hides the lower one"
