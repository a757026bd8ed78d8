"""Disk to layer and back."""

from __future__ import annotations

import os
import random
import subprocess

import pytest

from layerlab.engine.files.data import Bytes, Pieces
from layerlab.engine.files.node import Device, Dir, Fifo, File, Node, Socket, Symlink, Whiteout, replace
from layerlab.engine.files.tree import walk
from layerlab.live.materialise import materialise
from layerlab.live.upperdir import read

KINDS = (File, Dir, Symlink, Device, Fifo, Socket, Whiteout)


@pytest.fixture(autouse=True)
def root(need):
    need(ok=os.geteuid() == 0, why="owners, devices and trusted attributes need root")


def tree(dice: random.Random, depth: int = 3) -> Dir:
    """Some tree with every kind of node and hard names."""
    names = [b"a", "ü".encode(), b"\xff\xfe", b"new\nline", b" ", b"x" * 255, b"-rf", b".wh.a", b"b", b"c"]
    children = {os.fsdecode(name): node(dice, depth) for name in dice.sample(names, dice.randrange(6))}
    return Dir(children=children, opaque=dice.random() < 0.3, **meta(dice, Dir))


def meta(dice: random.Random, kind: type[Node]) -> dict[str, object]:
    """Some metadata that Linux lets this kind have."""
    found = {"uid": dice.choice((0, 7)), "gid": dice.choice((0, 1000)), "mtime": dice.randrange(2 * 10**18)}
    if kind is not Symlink:
        found["mode"] = dice.choice((0o644, 0o755, 0o4755, 0o1777, 0, 0o2070))
    xattrs = (("trusted.t", b"\0"),) + ((("user.u", b"v"),) if kind in (File, Dir) else ())
    return found | ({"xattrs": xattrs} if dice.random() < 0.3 else {})


def node(dice: random.Random, depth: int) -> Node:
    """Some node."""
    kind = dice.choice(KINDS if depth else (File,))
    some = meta(dice, kind)
    if kind is Dir:
        return tree(dice, depth - 1)
    if kind is File:
        data = dice.choice((Bytes(b""), Bytes(b"bytes"), Pieces(1 << 33, ((1 << 20, Bytes(b"x" * 4096)),))))
        return File(data=data, ino=dice.choice((0, 0, 0)), **some)
    if kind is Symlink:
        return Symlink(target=dice.choice(("a", "/etc/motd", "\udcff")), **some)
    if kind is Device:
        return Device(
            major=dice.choice((1, 8, 4000)), minor=dice.choice((1, 300)), block=dice.random() < 0.5, **some
        )
    return kind(**(some if kind is not Whiteout else {"mode": 0}))


@pytest.mark.parametrize("seed", range(40))
def test_what_is_put_on_disk_is_read_back(seed, tmp_path):
    before = tree(random.Random(seed))
    assert materialise(before, str(tmp_path)) == ()
    after = read(str(tmp_path))
    for (path, left), (other, right) in zip(walk(before), walk(after), strict=True):
        assert path == other
        if isinstance(left, Whiteout):
            assert isinstance(right, Whiteout)
        elif isinstance(left, Dir):
            assert replace(left, children={}) == replace(right, children={}), path
        elif isinstance(left, File) and left.data.size > 1 << 30:
            assert (left.data.size, left.data.stored()) == (right.data.size, right.data.stored())
            assert right.data.read((1 << 20) - 1, 4098) == left.data.read((1 << 20) - 1, 4098)
        else:
            assert left == right, path


def test_names_of_one_file_are_names_of_one_file(tmp_path):
    one, other = File(data=Bytes(b"x"), ino=3), File(data=Bytes(b"x"), ino=4)
    before = Dir(children={"a": one, "b": Dir(children={"c": one}), "d": other})
    materialise(before, str(tmp_path))
    assert (tmp_path / "a").samefile(tmp_path / "b/c")
    assert not (tmp_path / "a").samefile(tmp_path / "d")
    after = read(str(tmp_path))
    assert after.children["a"].ino == after.children["b"].children["c"].ino != after.children["d"].ino


@pytest.mark.parametrize("marker", ["trusted.overlay.", "user.overlay."])
def test_markers_of_both_kinds(tmp_path, marker):
    before = Dir(children={"o": Dir(opaque=True), "r": Dir(redirect="/elsewhere"), "w": Whiteout()})
    materialise(before, str(tmp_path), marker=marker)
    assert os.getxattr(tmp_path / "o", f"{marker}opaque") == b"y"
    assert os.getxattr(tmp_path / "r", f"{marker}redirect") == b"/elsewhere"
    assert os.lstat(tmp_path / "w").st_rdev == 0
    after = read(str(tmp_path))
    assert after.children["o"].opaque
    assert after.children["r"].redirect == "/elsewhere"
    assert isinstance(after.children["w"], Whiteout)
    assert all(node.xattrs == () for _, node in walk(after))


def test_a_whiteout_that_is_an_empty_file_with_an_attribute(tmp_path):
    (tmp_path / "gone").touch()
    os.setxattr(tmp_path / "gone", "trusted.overlay.whiteout", b"y")
    assert isinstance(read(str(tmp_path)).children["gone"], Whiteout)


def test_what_other_programs_left(tmp_path):
    subprocess.run(
        ["sh", "-ec", "mkfifo p; mknod w c 0 0; ln -s x l; printf hi > f; ln f g; chmod 4711 f"], cwd=tmp_path
    )
    found = read(str(tmp_path)).children
    assert {name: type(node) for name, node in found.items()} == {
        "p": Fifo, "w": Whiteout, "l": Symlink, "f": File, "g": File,
    }  # fmt: skip
    assert (found["f"].mode, found["f"].data, found["f"].ino) == (0o4711, Bytes(b"hi"), found["g"].ino)


def test_what_is_not_a_directory_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        read(str(tmp_path / "file"))
    with pytest.raises(FileNotFoundError):
        read(str(tmp_path / "no"))


def test_deep_trees(tmp_path):
    before = Dir()
    for _ in range(200):
        before = Dir(children={"d": before})
    materialise(before, str(tmp_path))
    assert sum(1 for _ in walk(read(str(tmp_path)))) == 201
