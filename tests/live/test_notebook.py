"""The same from a real Jupyter kernel, with its threads, event loop and signals."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from layerlab.live.mount import Refused, mount

SETUP = """
from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Create
from layerlab.live.mount import mount
live = mount([Dir()])
live.apply(Create("/file", b"x"))
"""


@pytest.fixture
def kernel(outside, need) -> Iterator[tuple[Any, Any]]:
    """A kernel that has mounted, and its client."""
    manager = importlib.import_module("jupyter_client.manager")
    try:
        mount([]).close()
    except Refused as refused:
        need(ok=False, why=str(refused))
    keeper = manager.KernelManager(kernel_name="python3")
    keeper.kernel_spec.argv[0] = sys.executable
    keeper.start_kernel(env=dict(os.environ))
    client = keeper.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    assert run(client, SETUP) == "ok"
    assert len(outside.helpers()) == 1
    yield keeper, client
    client.stop_channels()
    keeper.shutdown_kernel(now=True)


def run(client: Any, source: str) -> str:
    """Run a cell; how it ended."""
    reply = client.execute_interactive(source, timeout=60, output_hook=lambda message: None)
    content = reply["content"]
    return content["status"] if content["status"] == "ok" else content["ename"]


def test_the_kernel_is_killed(kernel, outside):
    keeper, _ = kernel
    os.kill(keeper.provisioner.pid, signal.SIGKILL)
    assert outside.until(lambda: not outside.helpers(), 3)


def test_the_notebook_is_closed(kernel, outside):
    keeper, _ = kernel
    keeper.shutdown_kernel(now=False)
    assert outside.until(lambda: not outside.helpers(), 3)


def test_the_kernel_is_restarted(kernel, outside):
    keeper, client = kernel
    keeper.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    assert outside.helpers() == []
    assert run(client, SETUP) == "ok"


def test_a_cell_is_interrupted(kernel, outside):
    keeper, client = kernel
    message = client.execute(
        "number = 0\nwhile True:\n    live.apply(Create(f'/f{number}', b'x')); number += 1"
    )
    time.sleep(1)
    keeper.interrupt_kernel()
    while True:
        reply = client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == message:
            break
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert run(client, SETUP) == "ok"
    assert outside.until(lambda: len(outside.helpers()) == 1, 3)


def test_cells_with_an_event_loop(kernel):
    _, client = kernel
    source = """
import asyncio
def one(number):
    with mount([Dir()]) as live:
        live.apply(Create(f"/{number}", b"x"))
        return sorted(live.merged.children)
names = await asyncio.gather(*(asyncio.to_thread(one, number) for number in range(5)))
assert names == [[str(number)] for number in range(5)], names
"""
    assert run(client, source) == "ok"
