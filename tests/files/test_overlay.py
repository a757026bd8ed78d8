"""The overlay's laws, on values and through a mount; the kernel's own answers are in tests/twin."""

from __future__ import annotations

import errno
import os
import random

import pytest

from layerlab.engine.files import events, ops
from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Whiteout
from layerlab.engine.files.overlay import Options, Overlay, apply, show
from layerlab.engine.files.posix import FileSystem, mount
from layerlab.engine.files.tree import find, walk
from layerlab.engine.files.union import Verdict, look_up


def base():
    etc = Dir(children={"motd": File(data=Bytes(b"hello")), "sub": Dir(children={"x": File()})})
    return Dir(children={"etc": etc, "d": Dir(children={"y": File()})})


def run(fs, *moves):
    for op in moves:
        outcome = apply(fs, op)
        assert not outcome.error, (op, errno.errorcode[outcome.error])
        fs = outcome.after
    return fs


def test_reading_copies_nothing_up_and_writing_does():
    fs = Overlay((base(),))
    read = apply(fs, ops.Read("/etc/motd"))
    assert (read.result, read.after) == (b"hello", fs)
    assert read.after is fs
    wrote = apply(fs, ops.Append("/etc/motd", b"!"))
    copied = [(e.path, e.size, e.parent) for e in wrote.events if isinstance(e, events.CopiedUp)]
    assert copied == [("/etc", 0, True), ("/etc/motd", 5, False)]
    assert find(wrote.after.merged, "/etc/motd").data.read() == b"hello!"
    assert fs.upper == Dir()


def test_deleting_leaves_a_whiteout_and_a_new_directory_there_is_opaque():
    gone = run(Overlay((base(),)), ops.Unlink("/d/y"), ops.Rmdir("/d"))
    assert isinstance(find(gone.upper, "/d"), Whiteout)
    again = run(gone, ops.Mkdir("/d"))
    assert find(again.upper, "/d").opaque
    assert not find(run(gone, ops.Mkdir("/fresh")).upper, "/fresh").opaque


def test_a_directory_with_a_lower_part_moves_only_by_redirect():
    fs = Overlay((base(),))
    refused = apply(fs, ops.Rename("/etc", "/e"))
    assert refused.error == errno.EXDEV
    assert refused.after is fs
    moved = run(Overlay((base(),), Dir(), Options(redirect_dir=True)), ops.Rename("/etc", "/e"))
    assert find(moved.upper, "/e").redirect == "etc"
    inside = run(moved, ops.Rename("/e/sub", "/d/s"))
    assert find(inside.upper, "/d/s").redirect == "/etc/sub"
    assert find(inside.merged, "/d/s/x") is not None
    assert look_up(inside.layers, "/d/s/x").layer == 0


def test_a_pure_directory_that_comes_into_a_merged_one_is_opaque():
    fs = run(Overlay((base(),)), ops.Mkdir("/etc/a"), ops.Rename("/etc/a", "/etc/b"))
    assert find(fs.upper, "/etc/b").opaque


def test_a_reader_sees_what_was_written_after_the_copy_up():
    lower = FileSystem(base())
    fs = mount([lower], FileSystem())
    reader = fs.open("/etc/motd", os.O_RDONLY)
    before = fs.fstat(reader).st_ino
    writer = fs.open("/etc/motd", os.O_WRONLY)
    fs.write(writer, b"J")
    assert fs.read(reader, 9) == b"Jello"
    assert fs.fstat(reader).st_ino == before
    assert fs.fstat(reader).st_dev != lower.stat("/").st_dev


@pytest.mark.parametrize("index", [False, True])
def test_lower_hard_links(index):
    lower, upper = FileSystem(base()), FileSystem()
    lower.link("/etc/motd", "/d/motd")
    fs = mount([lower], upper, index=index)
    fs.truncate("/d/motd", 1)
    assert fs.stat("/etc/motd").st_size == (1 if index else 5)
    assert fs.stat("/d/motd").st_nlink == (2 if index else 1)
    fs.unlink("/d/motd")
    assert fs.stat("/etc/motd").st_nlink == (1 if index else 2)


def test_an_index_survives_in_values():
    shared = File(data=Bytes(b"one"), ino=7)
    fs = Overlay((Dir(children={"a": shared, "b": shared}),), Dir(), Options(index=True))
    fs = run(fs, ops.Write("/a", b"two"), ops.Unlink("/a"))
    assert apply(fs, ops.Read("/b")).result == b"two"
    assert find(fs.merged, "/b").data.read() == b"two"


def test_on_disk_the_marks_are_what_linux_writes():
    upper = FileSystem()
    fs = mount([FileSystem(base())], upper)
    fs.unlink("/d/y")
    fs.rmdir("/d")
    fs.mkdir("/d")
    fs.unlink("/etc/motd")
    assert fs.listxattr("/d") == []
    fs.umount()
    assert upper.getxattr("/d", "trusted.overlay.opaque") == b"y"
    info = upper.lstat("/etc/motd")
    assert (info.st_mode & 0o170000, info.st_rdev) == (0o020000, 0)
    assert isinstance(find(upper.tree, "/etc/motd"), Whiteout)


def test_an_upper_can_become_a_lower_again_and_again():
    layers = [FileSystem(base())]
    for number in range(20):
        upper = FileSystem()
        fs = mount(layers, upper)
        fs.mkdir(f"/etc/n{number}")
        if number:
            fs.rmdir(f"/etc/n{number - 1}")
        assert fs.listdir("/etc") == ["motd", f"n{number}", "sub"]
        fs.umount()
        layers.append(upper)


NAMES = [f"/{a}{b}" for a in ("etc", "d", "q") for b in ("", "/a", "/b", "/sub", "/sub/x")]


def wander(seed, options):
    """A random way through an overlay of two layers."""
    dice, top = (
        random.Random(seed),
        run(Overlay((base(),), Dir(), options), ops.Mkdir("/q"), ops.Unlink("/d/y")),
    )
    fs = Overlay((base(), top.upper), Dir(), options)
    for _ in range(30):
        a, b = dice.choice(NAMES), dice.choice(NAMES)
        kinds = (
            ops.Mkdir(a),
            ops.Rmdir(a),
            ops.Unlink(a),
            ops.Rename(a, b),
            ops.Create(a, b"x"),
            ops.Append(a, b"y"),
        )
        fs = apply(fs, dice.choice(kinds)).after
    return fs


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("redirect", [False, True])
def test_look_up_stack_and_mount_tell_the_same(seed, redirect):
    fs = wander(seed, Options(redirect_dir=redirect))
    shown = show(fs.union())
    for path in NAMES:
        found, node = look_up(fs.layers, path), find(shown, path)
        assert (found.node is None) == (node is None), path
        if node is not None:
            assert (found.node.kind, found.node.mtime) == (node.kind, node.mtime), path
    if not any(isinstance(n, Dir) and n.redirect for layer in fs.layers for _, n in walk(layer)):
        assert fs.merged == shown


def test_the_probes_say_what_stopped_the_search():
    lower, upper = base(), Dir(children={"etc": Whiteout(), "d": Dir(opaque=True)})
    hidden = look_up((lower, upper), "/etc/motd")
    assert [(p.verdict, p.marker) for p in hidden.probes] == [
        (Verdict.WHITEOUT, "/etc"),
        (Verdict.HIDDEN, None),
    ]
    assert [p.verdict for p in look_up((lower, upper), "/d/y").probes] == [Verdict.OPAQUE, Verdict.HIDDEN]
    found = look_up((lower, Dir(), lower), "/etc")
    assert [p.verdict for p in found.probes] == [Verdict.MERGED, Verdict.ABSENT, Verdict.MERGED]
    assert found.layer == 2
