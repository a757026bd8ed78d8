"""The parts of one step, in the order in which they happen: look up, parents, copy, act."""

from __future__ import annotations

from layerlab.engine.files import events as ev
from layerlab.engine.files import ops
from layerlab.engine.files.union import Lookup, look_up
from layerlab.view.picture import Phase
from layerlab.view.plain import layer_words, printable, short
from layerlab.view.scene import Moment, Scene
from layerlab.view.units import many, octal, size

VERBS: dict[type[ops.Op], str] = {
    ops.Create: "Make",
    ops.Write: "Write",
    ops.Append: "Write",
    ops.Truncate: "Cut",
    ops.Read: "Read",
    ops.Lstat: "Look at it",
    ops.Listdir: "List",
    ops.Readlink: "Read link",
    ops.Mkdir: "Make",
    ops.Rmdir: "Remove",
    ops.Unlink: "Remove",
    ops.Rename: "Rename",
    ops.Link: "Link",
    ops.MakeSymlink: "Make",
    ops.Mknod: "Make",
    ops.Chmod: "Change",
    ops.Chown: "Change",
    ops.Utime: "Change",
    ops.SetXattr: "Change",
    ops.RemoveXattr: "Change",
}


def phases(scene: Scene) -> tuple[Phase, ...]:
    """The phases of the shown step; none at the start, and none while the learner looks for a path."""
    moment = scene.moment
    if moment is None or scene.look:
        return ()
    made = [Phase("look", "Look up", _looked(scene, moment))]
    copied = moment.copied
    if copied or moment.parents:
        made.append(Phase("parents", "Parents", _parents(moment)))
    if copied:
        note = size(copied.size) if copied.kind == "file" else f"a {copied.kind}, no bytes"
        made.append(
            Phase("copy", "Copy bytes" if copied.size else "Copy the name", note, costs=copied.size > 0)
        )
    title = "Refused" if moment.error else VERBS.get(type(moment.op), type(moment.op).__name__)
    made.append(Phase("act", title, moment.error or done(moment), costs=bool(moment.error)))
    return tuple(made)


def _looked(scene: Scene, moment: Moment) -> str:
    found: Lookup = look_up(scene.earlier, moment.op.path)
    return f"found in {layer_words(scene, found.layer)}" if found.layer is not None else "no such name"


def _parents(moment: Moment) -> str:
    """Which directories had to be copied up first."""
    if len(moment.parents) == 1:
        return f"{printable(moment.parents[0])} copied up"
    if moment.parents:
        return f"{many(len(moment.parents), 'directory', 'directories')} copied up"
    folder = moment.op.path.rpartition("/")[0] or "/"
    return f"{printable(folder)} is up already"


def done(moment: Moment) -> str:
    """What the step did in the upper, in a few words."""
    said = [words for words in map(_said, moment.events) if words]
    if isinstance(moment.op, ops.Append) and said:
        return f"{many(len(moment.op.data), 'byte')}, at the end"
    return ", ".join(dict.fromkeys(said[-2:])) or "nothing changed"


def _said(event: ev.Event) -> str:
    match event:
        case ev.Written():
            return (
                f"{many(event.size, 'byte')}, at byte {event.offset}"
                if event.offset
                else many(event.size, "byte")
            )
        case ev.Changed():
            return f"{event.field} changed"
        case ev.Made():
            return f"{event.kind} made"
        case ev.Removed():
            return f"{short(event.path)} removed"
        case ev.WhiteoutMade():
            return "whiteout made"
        case ev.MadeOpaque():
            return "made opaque"
        case ev.Redirected():
            return f"redirect to {printable(event.target)}"
        case ev.Linked():
            return f"also named {short(event.new)}"
        case ev.Renamed():
            return f"now {short(event.new)}"
    return ""


def mode_words(op: ops.Chmod) -> str:
    """The permission bits that a chmod sets."""
    return octal(op.mode)
