"""Recordings: found where nothing can be mounted, true to the kernel, never mistaken for another."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from layerlab.engine.files import ops as vocabulary
from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Device, Dir, Fifo, File, Socket, Symlink, Whiteout, replace
from layerlab.engine.files.ops import (
    Append,
    Chmod,
    Create,
    Link,
    Listdir,
    MakeSymlink,
    Mkdir,
    Mknod,
    Op,
    Read,
    Rename,
    Rmdir,
    Unlink,
    Utime,
    Write,
)
from layerlab.live import record, recording, twin
from layerlab.live.codec import decode, encode
from layerlab.live.mount import NO_MOUNT, Refused, mount
from layerlab.live.recording import HOME, RECORD, Question, load
from layerlab.live.touched import Touched
from live.dice import layer, operation

RUN = (Append("/link", b"you\n"), Unlink("/etc/motd"), Mkdir("/etc/motd"), Rmdir("/etc"), Utime("/etc", 5))


@pytest.fixture
def home(outside, tmp_path, monkeypatch, need) -> Path:
    """A place for recordings, and a machine that can make them."""
    try:
        mount(()).close()
    except Refused as refused:
        need(ok=False, why=str(refused))
    monkeypatch.setattr(recording, "HOME", tmp_path / "kept")
    return tmp_path / "kept"


def recorded(
    monkeypatch: pytest.MonkeyPatch, home: Path, run: tuple[Op, ...], layers: list[Dir], **options: bool
):
    """Record a run, then ask for it where nothing can be mounted."""
    monkeypatch.setenv(RECORD, str(home))
    live = twin(run, layers, **options)
    monkeypatch.delenv(RECORD)
    monkeypatch.setenv(NO_MOUNT, "1")
    return live, twin(run, layers, **options)


def test_the_same_call_gives_the_recorded_run(base, home, monkeypatch):
    live, again = recorded(monkeypatch, home, RUN, [base])
    assert repr(live) == repr(again) == "the kernel agrees: 5 operations"
    assert (live.recorded, again.recorded) == (False, True)
    assert again.why == "LAYERLAB_NO_MOUNT is set"
    assert live.kernel == again.kernel
    assert [step.linux for step in live.steps] == [step.linux for step in again.steps]
    assert live.counts.whiteouts == again.counts.whiteouts


def test_without_a_recording_nothing_is_claimed(base, home, monkeypatch):
    monkeypatch.setenv(NO_MOUNT, "1")
    found = twin(RUN, [base])
    assert found.agrees is None
    assert repr(found) == "not checked: 5 operations"
    assert found.why == "LAYERLAB_NO_MOUNT is set; and there is no recording of these operations"
    assert (found.kernel, found.recorded, found.differences) == ("", False, ())
    assert [step.linux for step in found.steps] == [""] * 5
    assert {step.agrees for step in found.steps} == {None}


def test_other_options_operations_or_layers_are_another_question(base, home, monkeypatch):
    recorded(monkeypatch, home, RUN, [base])
    changed = replace(base, children=base.children | {"etc": replace(base.children["etc"], mode=0o700)})
    assert twin(RUN, [base]).agrees
    assert twin(RUN, [base], index=True).agrees is None
    assert twin(RUN[1:], [base]).agrees is None
    assert twin(RUN, [base, Dir()]).agrees is None
    assert twin(RUN, [changed]).agrees is None


def test_what_is_not_touched_may_differ_from_machine_to_machine(base, home, monkeypatch):
    recorded(monkeypatch, home, RUN, [base])
    theirs = {
        "bin": Dir(children={"busybox": File(data=Bytes(b"theirs"))}),
        "link": replace(base.children["link"], mtime=7),
    }
    found = twin(RUN, [replace(base, children=base.children | theirs)])
    assert found.agrees
    assert found.recorded


def test_a_recording_that_says_otherwise_is_a_difference(base, home, monkeypatch):
    recorded(monkeypatch, home, RUN, [base])
    (path,) = home.iterdir()
    told = json.loads(path.read_text())
    told["run"][3]["errno"] = "EPERM"
    path.write_text(json.dumps(told))
    found = twin(RUN, [base])
    assert [str(one) for one in found.differences] == ["step 3, errno of /etc: engine ENOTEMPTY, Linux EPERM"]


def test_recordings_are_the_same_every_time(base, home, monkeypatch, tmp_path):
    recorded(monkeypatch, home, RUN, [base])
    monkeypatch.delenv(NO_MOUNT)
    recorded(monkeypatch, tmp_path / "again", RUN, [base])
    first, second = (next(place.iterdir()) for place in (home, tmp_path / "again"))
    assert (first.name, first.read_text()) == (second.name, second.read_text())


def test_too_much_is_not_recorded(home, monkeypatch):
    large = Dir(children={"large": File(data=Bytes(bytes(2 << 20)))})
    _, again = recorded(monkeypatch, home, (Append("/large", b"x"),), [large])
    assert again.agrees is None


EVERY = [
    File(mode=0o4711, uid=1, gid=2, xattrs=(("user.a", b"\xff"),), ino=7, data=Bytes(b"\0\xff")),
    Dir(
        mode=0o700, children={"\udcff": Symlink(target="\udcfe"), "w": Whiteout()}, opaque=True, redirect="/r"
    ),
    Device(major=8, minor=300, block=True),
    Fifo(),
    Socket(mode=0o600),
    Create("/a", b"\xff", 0o600),
    Mknod("/d", 0o020600, (1, 3)),
    Rename("/a", "/b", "exchange"),
]


@pytest.mark.parametrize("thing", EVERY, ids=lambda thing: type(thing).__name__)
def test_values_survive_json(thing):
    assert decode(json.loads(json.dumps(encode(thing)))) == thing


def test_every_operation_survives_json():
    for thing in vars(vocabulary).values():
        if isinstance(thing, type) and issubclass(thing, Op):
            assert decode(encode(thing("/x"))) == thing("/x")


TREE = Dir(
    children={
        "bin": Symlink(target="usr/bin"),
        "etc": Dir(children={"motd": File(), "deep": Dir(children={"f": File()})}),
        "usr": Dir(children={"bin": Dir(children={"sh": File()}), "lib": Dir()}),
        "loop": Symlink(target="loop/x"),
        "up": Symlink(target="../etc/deep"),
    }
)

TOUCHES = [
    ((Unlink("/etc/motd"),), ["/etc/motd", "/etc"], ["/etc/deep", "/usr"]),
    ((Append("/bin/sh"),), ["/bin", "/usr/bin/sh", "/usr/bin"], ["/usr/lib", "/etc"]),
    ((Read("/up/f"),), ["/up", "/etc/deep/f"], ["/etc/motd"]),
    ((Rename("/etc", "/conf"), Write("/conf/motd")), ["/etc/deep/f", "/conf/motd", "/etc/motd"], ["/usr"]),
    ((Rmdir("/usr"),), ["/usr/bin/sh"], ["/etc"]),
    ((Chmod("/usr"),), ["/usr"], ["/usr/bin"]),
    ((MakeSymlink("/s", "etc"), Read("/s/motd")), ["/etc/motd"], ["/usr"]),
    ((Link("/etc/motd", "/m"), Read("/m")), ["/m", "/etc/motd"], ["/usr"]),
    ((Rename("/etc", "/usr", "exchange"), Read("/usr/motd")), ["/etc/motd", "/usr/bin/sh"], ["/bin"]),
    ((Read("/loop"),), ["/loop"], []),
    ((Read("/etc/../usr//./bin"),), ["/usr/bin"], ["/usr/lib"]),
]


@pytest.mark.parametrize(("run", "inside", "beyond"), TOUCHES)
def test_the_touched_part(run, inside, beyond):
    touched = Touched(run, [TREE])
    assert [path for path in inside if not touched.covers(path)] == []
    assert [path for path in beyond if touched.covers(path)] == []


def test_all_names_of_a_touched_file_are_touched():
    shared = File(ino=4)
    tree = Dir(children={"a": shared, "d": Dir(children={"b": shared, "c": File(ino=5)}), "e": File(ino=5)})
    touched = Touched((Chmod("/a"),), [tree])
    assert touched.covers("/d/b")
    assert not touched.covers("/d/c")


def test_of_what_is_listed_the_names_matter():
    asked = Question((Listdir("/etc"),), (TREE,), False, False)
    more = replace(TREE.children["etc"], children=TREE.children["etc"].children | {"new": File()})
    bigger = replace(
        TREE.children["etc"], children=TREE.children["etc"].children | {"motd": File(data=Bytes(b"x"))}
    )
    digests = [
        recording.digest(
            replace(asked, layers=(replace(TREE, children=TREE.children | {"etc": etc}),)).encode()
        )
        for etc in (TREE.children["etc"], bigger, more)
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.proof
def test_the_touched_part_is_enough(home, full):
    """What the kernel does on the touched part of the layers alone is what it does there on all of them."""
    for seed in range(100 if full else 6):
        dice = random.Random(seed)
        layers = (layer(dice, top=False), layer(dice, top=True))
        run = tuple(operation(dice) for _ in range(dice.randrange(1, 6)))
        asked = Question(run, layers, False, False)
        assert replay_of(asked, asked) == replay_of(
            asked, replace(asked, layers=tuple(map(asked.touched().prune, layers)))
        )


def replay_of(asked: Question, made: Question) -> recording.Run:
    """What the kernel does with the layers of `made`, as far as `asked` touches them."""
    from layerlab.live.run import on_mount

    with mount(made.layers) as live:
        return recording.only(on_mount(live, made.ops, [True] * len(made.ops)), asked.touched())


@pytest.mark.parametrize("path", sorted(HOME.glob("*.json")), ids=lambda path: path.stem[:8])
def test_this_kernel_still_says_what_was_recorded(path, home):
    assert record.replay(load(path)) == ()
    assert recording.digest(load(path).question.encode()) == path.stem


def test_the_command(base, home, tmp_path):
    (tmp_path / "moves.py").write_text(
        "from layerlab.engine.files.node import Dir, File\n"
        "from layerlab.engine.files.ops import Unlink\n"
        "from layerlab.live import twin\n"
        'print(twin([Unlink("/f")], [Dir(children={"f": File()})]))\n'
    )
    line = [sys.executable, "-m", "layerlab.live.record", "--into", str(home)]
    made = subprocess.run([*line, str(tmp_path / "moves.py")], capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == "running moves.py\nthe kernel agrees: 1 operation\n1 new recordings in kept\n"
    again = subprocess.run([*line, "--check"], capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (0, "1 recordings, 0 differ\n")
    (path,) = home.iterdir()
    path.write_text(path.read_text().replace('"errno": ""', '"errno": "EIO"'))
    wrong = subprocess.run([*line, "--check"], capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "errno of /f: recorded EIO, Linux success" in wrong.stdout
    missing = subprocess.run([*line, "no.ipynb"], capture_output=True, text=True)
    assert (missing.returncode, missing.stderr) == (2, "no such file: no.ipynb\n")
