"""The probe: what it says is what the machine does, and it leaves nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from layerlab.live import trials
from layerlab.live.namespace import Refused
from layerlab.live.probe import Answer, Probe, probe


def loops() -> set[str]:
    """The loop devices in use."""
    return {place.parent.name for place in Path("/sys/block").glob("loop*/loop")}


def test_answers_and_leaves_nothing(outside):
    before, used = Path("/proc/self/mountinfo").read_text(), loops()
    found = probe()
    assert found.kernel == f"Linux {platform.release()}"
    assert Path("/proc/self/mountinfo").read_text() == before
    assert loops() <= used
    assert found["overlay unprivileged"].able is found["user namespace"].able
    assert found["overlay unprivileged, redirect_dir"].words == (
        "unprivileged: an overlay mount: EINVAL: Invalid argument"
    )
    assert "without index" in found["overlay unprivileged, index"].words


def test_effective_options_are_told(outside, need):
    found = probe()
    need(ok=found["overlay as root"].able, why=found["overlay as root"].words)
    assert "redirect_dir off, index off, metacopy off" in found["overlay as root"].words
    assert "redirect_dir on" in found["overlay as root, redirect_dir"].words
    assert "index on" in found["overlay as root, index"].words
    assert "metacopy on" in found["overlay as root, metacopy"].words
    assert "userxattr" in found["overlay unprivileged"].words


def test_what_is_not_installed_is_named(outside, monkeypatch):
    monkeypatch.setitem(trials.TOOLS, "PATH", "/nowhere")
    with pytest.raises(Refused, match=r"^mkfs\.btrfs is not installed$"):
        trials.run("mkfs.btrfs")


def test_a_program_says_why_itself(need):
    need("mkfs.btrfs")
    with pytest.raises(Refused, match="/nowhere/disk"):
        trials.run("mkfs.btrfs", "/nowhere/disk")


def test_the_table_is_text():
    table = Probe(
        "Linux 6.1",
        {"overlay as root": Answer(False, "EPERM: Operation not permitted"), "fuse": Answer(True, "ok")},
    )
    assert str(table) == (
        "kernel                Linux 6.1\n"
        "overlay as root  no   EPERM: Operation not permitted\n"
        "fuse             yes  ok"
    )
    assert repr(table).startswith("Probe(kernel='Linux 6.1', answers={'overlay as root': Answer(able=False")


def test_as_a_command(outside):
    done = subprocess.run(
        [sys.executable, "-m", "layerlab.live.probe"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].endswith(f"Linux {os.uname().release}")
    assert len(done.stdout.splitlines()) == 14
