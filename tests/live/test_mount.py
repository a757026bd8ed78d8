"""An overlay mount: what it shows, what it leaves in upper, and what it tells about itself."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Device, Dir, Fifo, File, Socket, Symlink, Whiteout, replace
from layerlab.engine.files.ops import (
    Append,
    Chmod,
    Create,
    Listdir,
    Lstat,
    Mkdir,
    Mknod,
    Op,
    Read,
    Readlink,
    Rename,
    Rmdir,
    SetXattr,
    Unlink,
    Utime,
)
from layerlab.live.mount import Refused, mount


def test_reads_and_copies_up(base, user, outside):
    with mount([base], user=user) as live:
        assert live.user is user
        assert live.apply(Read("/link")) == b"hello\n"
        assert live.upper.children == {}
        live.apply(Append("/link", b"you\n"))
        assert live.upper.children["etc"].children["motd"].data == Bytes(b"hello\nyou\n")
        assert live.apply(Read("/etc/motd")) == b"hello\nyou\n"
        assert live.apply(Readlink("/link")) == "/etc/motd"
        assert live.apply(Listdir("/")) == ("empty", "etc", "link")
        assert sorted(live.merged.children) == ["empty", "etc", "link"]


def test_whiteouts_opaque_directories_and_errnos(base, user, outside):
    with mount([base], user=user) as live:
        live.apply(Unlink("/etc/motd"))
        assert live.upper.children["etc"].children == {"motd": live.upper.children["etc"].children["motd"]}
        assert isinstance(live.upper.children["etc"].children["motd"], Whiteout)
        with pytest.raises(FileNotFoundError) as error:
            live.apply(Unlink("/etc/motd"))
        assert error.value.filename == "/etc/motd"
        live.apply(Rmdir("/etc"))
        live.apply(Mkdir("/etc"))
        assert live.upper.children["etc"].opaque
        assert not live.merged.children["etc"].opaque
        assert live.attempt(Rename("/empty", "/full")) == (errno.EXDEV, None)


def test_redirect_dir_is_read_back_from_the_disk(base, outside, need):
    need(ok=os.geteuid() == 0, why="redirect_dir needs root")
    with mount([base], redirect_dir=True, user=False) as live:
        assert live.options.redirect_dir
        live.apply(Rename("/etc", "/conf"))
        upper = live.upper
        assert upper.children["conf"].redirect == "etc"
        assert isinstance(upper.children["etc"], Whiteout)


def test_the_effective_options_are_asked_from_the_kernel(base, outside):
    with pytest.raises(Refused, match="EINVAL"):
        mount([base], redirect_dir=True, user=True)
    with pytest.raises(Refused, match="without index"):
        mount([base], index=True, user=True)


def test_layers_lie_base_first_and_may_hold_every_marker(user, outside):
    lower = Dir(children={"d": Dir(children={"old": File()}), "gone": File(), "f": File(data=Bytes(b"1"))})
    middle = Dir(children={"d": Dir(opaque=True, children={"new": File()}), "gone": Whiteout()})
    top = Dir(children={"f": File(data=Bytes(b"2")), "pipe": Fifo(mode=0o600), "plug": Socket()})
    with mount([lower, middle, top], user=user) as live:
        assert live.left_out == ()
        merged = live.merged
    assert sorted(merged.children) == ["d", "f", "pipe", "plug"]
    assert list(merged.children["d"].children) == ["new"]
    assert merged.children["f"].data == Bytes(b"2")
    assert type(merged.children["pipe"]) is Fifo


def test_what_an_ordinary_user_cannot_make_is_told(outside):
    tree = Dir(children={"null": Device(major=1, minor=3), "his": File(uid=7, gid=8, mode=0o4755)})
    with mount([tree], user=True) as live:
        told = {(left.path, left.part) for left in live.left_out}
        assert told == {("/null", "the node itself"), ("/his", "its owner")}
        assert all(left.words.startswith(("EPERM", "EINVAL")) for left in live.left_out)
        assert live.merged.children["his"].mode == 0o4755
        assert "null" not in live.merged.children


def test_owners_devices_and_attributes_as_root(outside, need):
    need(ok=os.geteuid() == 0, why="owners and devices need root")
    tree = Dir(
        mode=0o711,
        children={
            "null": Device(major=1, minor=3, mode=0o666),
            "disk": Device(major=8, minor=300, block=True),
            "his": File(uid=7, gid=8, mode=0o6755, xattrs=(("user.note", b"\0x"),), mtime=123),
            "link": Symlink(target="null", uid=9, mtime=77),
        },
    )
    with mount([tree], user=False) as live:
        assert live.left_out == ()
        merged = live.merged
        assert live.attempt(Read("/null")) == (errno.EACCES, None)  # devices stay closed
    plain = {name: replace(node, mode=node.mode) for name, node in merged.children.items()}
    assert plain == tree.children


def test_hard_links_and_holes_survive(user, outside):
    shared = File(data=Bytes(b"one"), ino=5)
    with mount([Dir(children={"a": shared, "b": shared, "c": File(data=Bytes(b"one"))})], user=user) as live:
        found = live.merged.children
        assert found["a"].ino == found["b"].ino != found["c"].ino
        assert live.apply(Lstat("/a")).st_nlink == 2
        live.apply(Create("/big", b"x"))
        from layerlab.engine.files.ops import Truncate, Write

        live.apply(Truncate("/big", 1 << 40))
        live.apply(Write("/big", b"end", (1 << 40) - 3))
        big = live.upper.children["big"].data
        assert big.size == 1 << 40
        assert big.stored() < 1 << 20
        assert big.read((1 << 40) - 4) == b"\0end"


def test_many_layers(user, outside):
    layers = [Dir(children={f"f{number}": File(data=Bytes(b"%d" % number))}) for number in range(127)]
    with mount(layers, user=user) as live:
        assert len(live.apply(Listdir("/"))) == 127


def test_nothing_of_it_is_seen_outside(base, user, outside):
    before = Path("/proc/self/mountinfo").read_text()
    with mount([base], user=user) as live:
        live.apply(Create("/new", b"x"))
        (pid,) = outside.helpers()
        assert outside.namespace(pid) != os.readlink("/proc/self/ns/mnt")
        assert " - overlay layerlab " in Path(f"/proc/{pid}/mountinfo").read_text()
        assert Path("/proc/self/mountinfo").read_text() == before
        shared = [
            line for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines() if "shared:" in line
        ]
        assert shared == []
    assert outside.gone(1)


def test_a_large_image_may_lie_on_disk(base, outside, tmp_path):
    with mount([base], user=None, scratch=str(tmp_path)) as live:
        live.apply(Unlink("/etc/motd"))
        assert len(list(tmp_path.glob("layerlab*"))) == 1
        assert isinstance(live.upper.children["etc"].children["motd"], Whiteout)
    assert list(tmp_path.iterdir()) == []


def test_all_operations_reach_the_kernel(user, outside):
    for op, field in _EACH:
        with mount([Dir(children={"f": File(data=Bytes(b"12345")), "d": Dir()})], user=user) as live:
            live.apply(op)
            node = live.upper.children["f"]
            assert field(node), op


_EACH: list[tuple[Op, object]] = [
    (Chmod("/f", 0o600), lambda node: node.mode == 0o600),
    (Utime("/f", 1234567890123456789), lambda node: node.mtime == 1234567890123456789),
    (SetXattr("/f", "user.a", b"b"), lambda node: node.xattrs == (("user.a", b"b"),)),
    (Append("/f", b"6"), lambda node: node.data == Bytes(b"123456")),
    (Rename("/f", "/d/f", "noreplace"), lambda node: isinstance(node, Whiteout)),
]


def test_a_fifo_does_not_hold_anybody_up(user, outside):
    with mount([Dir()], user=user) as live:
        live.apply(Mknod("/pipe"))
        assert live.attempt(Append("/pipe", b"x")) == (errno.ENXIO, None)
        assert live.attempt(Read("/pipe")) == (0, b"")
