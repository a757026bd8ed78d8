"""Every state stays reachable."""

from __future__ import annotations

import pytest

from layerlab.engine.files import ops
from layerlab.engine.files.history import History
from layerlab.engine.files.overlay import Overlay


def test_undo_redo_and_a_way_not_taken():
    history = History(Overlay(()))
    history.do(ops.Mkdir("/a"))
    history.do(ops.Mkdir("/b"))
    both = history.now
    assert list(history.undo().merged.children) == ["a"]
    assert history.redo() is both
    history.undo()
    history.do(ops.Mkdir("/c"))
    assert list(history.now.merged.children) == ["a", "c"]
    assert history.redo() is history.now
    assert history.at(2) is both
    assert len(history) == 4
    with pytest.raises(IndexError, match="state 4 of 4"):
        history.at(4)


def test_the_start_has_nothing_before_it():
    history = History(Overlay(()))
    assert history.undo() is history.start
    assert history.outcome is None
