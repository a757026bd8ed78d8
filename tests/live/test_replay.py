"""The twin: engine and kernel agree, here and on random runs, and it would tell if they did not."""

from __future__ import annotations

import os
import random

import pytest

from layerlab.engine.files import overlay
from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Device, Dir, File, Whiteout, replace
from layerlab.engine.files.ops import (
    Append,
    Chmod,
    Chown,
    Create,
    Listdir,
    Lstat,
    Mkdir,
    Mknod,
    Read,
    Rename,
    Rmdir,
    SetXattr,
    Unlink,
    Utime,
)
from layerlab.live import Twin, twin
from layerlab.live.replay import Counts
from live.dice import layer, operation

OPTIONS = [
    (user, redirect, index) for user in (False, True) for redirect in (False, True) for index in (False, True)
]
POSSIBLE = [option for option in OPTIONS if option in ((True, False, False),) or not option[0]]


@pytest.fixture(
    params=POSSIBLE, ids=lambda it: f"{'user' if it[0] else 'root'}-redirect{it[1]:d}-index{it[2]:d}"
)
def options(request, need, outside) -> dict[str, bool]:
    """Every combination of options that Linux can mount."""
    user, redirect_dir, index = request.param
    need(ok=user or os.geteuid() == 0, why="mounting as root needs root")
    return {"user": user, "redirect_dir": redirect_dir, "index": index}


RUN = (
    Read("/link"),
    Append("/link", b"you\n"),
    Unlink("/etc/motd"),
    Mkdir("/etc/motd"),
    Rename("/empty", "/full"),
    Chmod("/etc", 0o700),
    Utime("/etc", 5 * 10**17),
    Listdir("/"),
    Lstat("/etc"),
    Rmdir("/etc"),
)


def test_agreement(base, options):
    found = twin(RUN, [base], **options)
    assert found.agrees is True
    assert found.differences == ()
    assert repr(found) == "the kernel agrees: 10 operations"
    assert found.kernel.startswith("Linux ")
    assert (found.recorded, found.why, found.left_out) == (False, "", ())
    moved = options["redirect_dir"]
    assert [step.linux for step in found.steps] == [
        "",
        "",
        "",
        "",
        "" if moved else "EXDEV",
        "",
        "",
        "",
        "",
        "ENOTEMPTY",
    ]
    assert found.counts == Counts(10, 1 if moved else 2, 5, 5 if moved else 3, 1 if moved else 0)
    assert [step.counts.whiteouts for step in found.steps[:4]] == [0, 0, 1, 0]


def test_no_operations_and_no_layers(outside):
    assert repr(twin([], [])) == "the kernel agrees: 0 operations"
    assert repr(twin([Create("/f")], ())) == "the kernel agrees: 1 operation"


def test_a_large_tree_is_looked_at_in_the_end(outside):
    many = Dir(children={f"{number}": File(data=Bytes(b"x")) for number in range(1100)})
    found = twin([Unlink("/7"), Create("/new", b"")], [many])
    assert found.agrees
    assert [step.counts for step in found.steps] == [None, Counts(2, 0, 1101, 3, 1)]


LIES = [
    ("errno", lambda out, op: replace(out, error=0) if isinstance(op, Rmdir) else out),
    ("result", lambda out, op: replace(out, result=b"no") if isinstance(op, Read) else out),
    ("upper", lambda out, op: replace(out, after=without(out.after))),
]


def without(fs: overlay.Overlay) -> overlay.Overlay:
    """The state with an upper that has lost its whiteouts."""

    def clean(tree: Dir) -> Dir:
        kept = {name: node for name, node in tree.children.items() if not isinstance(node, Whiteout)}
        return replace(tree, children={n: clean(c) if isinstance(c, Dir) else c for n, c in kept.items()})

    return overlay.Overlay(fs.lowers, clean(fs.upper), fs.options, fs.time)


@pytest.mark.parametrize(("field", "lie"), LIES, ids=[field for field, _ in LIES])
def test_an_engine_that_lies_is_caught(base, outside, monkeypatch, field, lie):
    true = overlay.apply
    monkeypatch.setattr(overlay, "apply", lambda fs, op: lie(true(fs, op), op))
    found = twin([Read("/etc/motd"), Unlink("/etc/motd"), Rmdir("/no")], [base])
    assert found.agrees is False
    assert field in {difference.field for difference in found.differences}
    assert repr(found).startswith("the kernel differs: ")
    assert [step.agrees for step in found.steps].count(False) >= 1
    worst = next(difference for difference in found.differences if difference.field == field)
    assert {
        "errno": "step 2, errno of /no: engine success, Linux ENOENT",
        "result": "step 0, result of /etc/motd: engine b'no', Linux b'hello\\n'",
        "upper": "step 1, upper of /etc/motd: engine nothing, Linux whiteout",
    }[field] == str(worst)


def test_what_only_root_may_make_is_left_out_on_both_sides(outside):
    tree = Dir(children={"null": Device(major=1, minor=3), "his": File(uid=7, gid=8), "d": Dir(uid=3)})
    found = twin([Lstat("/his"), Lstat("/null"), Chmod("/d", 0o711)], [tree], user=True)
    assert found.agrees
    assert {left.path for left in found.left_out} == {"/null", "/his", "/d"}
    assert found.steps[1].linux == "ENOENT"


@pytest.mark.parametrize(
    "op", [Chown("/f", 5, 5), Mknod("/n", 0o020600, (1, 3)), SetXattr("/f", "trusted.a", b"")]
)
def test_what_only_root_may_do_is_not_called_a_difference(op, outside):
    found = twin([op], [Dir(children={"f": File()})], user=True)
    assert found.agrees is None
    assert found.why.startswith("unprivileged: the kernel keeps this for root: ")


def test_values_do_not_depend_on_the_machine(base, outside):
    first, second = (twin(RUN, [base]) for _ in range(2))
    assert first == second
    assert "0x" not in f"{first!r}{first.steps!r}{first.counts!r}{first.differences!r}"
    assert isinstance(first, Twin)


@pytest.mark.proof
def test_random_runs(options, full):
    """Seeded runs of 40 operations on two random layers, each looked at after every operation."""
    for seed in range(200 if full else 8):
        dice = random.Random(seed)
        layers = [layer(dice, top=False), layer(dice, top=True)]
        found = twin([operation(dice) for _ in range(40)], layers, **options)
        assert found.agrees, (seed, [str(difference) for difference in found.differences])
