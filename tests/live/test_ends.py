"""However a program that mounts comes to its end, nothing of the mount survives, seen from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Create, Listdir, Read
from layerlab.live.helper import Died
from layerlab.live.mount import mount

SETUP = """
import os, sys, time, threading, signal
from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Create
from layerlab.live.mount import mount
live = mount([Dir()], user={user})
live.apply(Create("/file", b"x"))
"""
READY = 'print("ready", flush=True)\n'


def program(text: str, user: bool, **options: object) -> subprocess.Popen[str]:
    """A program of its own that has mounted and then goes on with `text`; it is at "ready"."""
    source = SETUP.format(user=user) + text
    running = subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n", running.stderr.read()
    return running


def test_an_exception(user, outside):
    def body() -> None:
        with mount([Dir()], user=user) as live:
            assert len(outside.helpers()) == 1
            live.apply(Read("/no"))

    with pytest.raises(FileNotFoundError):
        body()
    assert outside.processes() == []


def test_a_mount_that_nobody_closes(user, outside):
    live = mount([Dir()], user=user)
    assert len(outside.helpers()) == 1
    del live
    assert outside.gone(1)


def test_a_program_that_just_ends(user, outside):
    program(READY, user).communicate()
    assert outside.gone(2)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV])
def test_a_program_that_is_killed(user, outside, number):
    running = program(READY + "time.sleep(60)", user)
    (helper,) = outside.helpers()
    namespace = outside.namespace(helper)
    running.send_signal(number)
    running.communicate()
    assert outside.gone(2)
    assert outside.holders(namespace) == []


def test_ctrl_c_reaches_the_program_and_not_the_helper(user, outside):
    after = "print(live.apply(Create('/after', b'')), flush=True)"
    # The signal may come as soon as the program says it is ready, so it says so inside the try.
    ready = READY.rstrip("\n").replace("\n", "\n ")
    text = f"try:\n {ready}\n time.sleep(60)\nexcept KeyboardInterrupt:\n {after}\n"
    running = program(text, user, process_group=0)
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate()
    assert out == "None\n"
    assert outside.gone(2)


def test_ctrl_c_in_the_middle_of_operations(user, outside):
    text = READY + "number = 0\nwhile True:\n live.apply(Create(f'/f{number}', b'x')); number += 1\n"
    for pause in (0.01, 0.1, 0.3):
        running = program(text, user, process_group=0)
        time.sleep(pause)
        os.killpg(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=20)
        assert "KeyboardInterrupt" in errors
        assert outside.gone(2)


def test_a_fork_that_keeps_the_pipe_open(user, outside):
    """A child forked by the program inherits the pipe's end; the helper must end all the same."""
    running = program(
        "child = os.fork()\nif not child: time.sleep(8); os._exit(0)\n" + READY + "time.sleep(60)", user
    )
    (helper,) = outside.helpers()
    running.kill()
    assert outside.until(lambda: helper not in outside.processes(), 2)


def test_the_thread_that_mounted_may_end(user, outside):
    found = []
    thread = threading.Thread(target=lambda: found.append(mount([Dir()], user=user)))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with found[0] as live:
        live.apply(Create("/f", b""))


def test_ten_at_once(user, outside):
    def one(number: int) -> tuple[str, ...]:
        with mount([Dir()], user=user) as live:
            for count in range(20):
                live.apply(Create(f"/{number}-{count}", b"x"))
            return live.apply(Listdir("/"))

    with ThreadPoolExecutor(10) as pool:
        for number, names in enumerate(pool.map(one, range(10))):
            assert names == tuple(sorted(f"{number}-{count}" for count in range(20)))
    assert outside.processes() == []


def test_a_helper_that_is_killed_is_an_error_and_not_a_hang(user, outside):
    with mount([Dir()], user=user) as live:
        (helper,) = outside.helpers()
        os.kill(helper, signal.SIGKILL)
        with pytest.raises(Died):
            live.apply(Create("/f", b""))


def test_on_disk_too_nothing_is_left(user, outside, tmp_path):
    text = (
        READY + f"other = mount([Dir()], user={user}, scratch={str(tmp_path)!r})\n" + READY + "time.sleep(60)"
    )
    running = program(text, user)
    assert running.stdout.readline() == "ready\n"
    assert len(list(tmp_path.glob("layerlab*"))) == 1
    running.kill()
    running.communicate()
    assert outside.gone(3)
    assert list(tmp_path.iterdir()) == []
