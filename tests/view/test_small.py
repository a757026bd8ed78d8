"""Numbers, signatures and commands as learners read them."""

from __future__ import annotations

import doctest
import os
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.engine.files import ops
from layerlab.view import commands, signature, units
from layerlab.view.commands import command


@pytest.mark.parametrize("module", [units, signature, commands], ids=lambda module: module.__name__)
def test_the_examples_are_true(module):
    assert doctest.testmod(module).failed == 0


@given(st.integers(0, 10**21))
def test_a_size_is_short_and_within_half_a_digit_of_the_truth(count):
    number, unit = units.size(count).split(" ")
    power = 1000 ** units.STEPS.index(unit)
    assert abs(float(number.replace(",", "")) * power - count) <= power * 0.0500001
    assert float(number.replace(",", "")) < 1000 or unit == units.STEPS[-1]


def test_42_layers_look_different_and_the_43rd_is_the_first_again():
    looks = [signature.signature(at) for at in range(43)]
    assert len(set(looks)) == 42
    assert looks[42] == looks[0]


def test_a_layer_keeps_its_look_when_it_moves():
    palette = signature.Palette()
    first = [palette.of(name) for name in "abc"]
    assert [palette.of(name) for name in "cab"] == [first[2], first[0], first[1]]


@given(st.binary(min_size=1).map(lambda raw: os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_"))))
def test_a_path_in_a_command_is_one_shell_word_that_can_be_printed(name):
    shown = command(ops.Unlink(f"/{name}"))
    shown.encode()
    assert len(shlex.split(shown)) == 2


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (ops.Create("/a"), "touch /a"),
        (ops.Create("/a", data=b"hi\n"), "echo hi > /a"),
        (ops.Append("/a", data=b"hi"), "printf hi >> /a"),
        (ops.Write("/a", data=b"hi\n"), "echo hi 1<> /a"),
        (ops.Chmod("/a", mode=0o1777), "chmod 1777 /a"),
        (ops.Rename("/a", new="/b", flag="noreplace"), "mv -n /a /b"),
        (ops.Rename("/a", new="/b c", flag="exchange"), "mv --exchange /a '/b c'"),
        (ops.MakeSymlink("/a", target="../b"), "ln -s ../b /a"),
        (ops.Mknod("/a", mode=0o020600, device=(1, 3)), "mknod /a c 1 3"),
        (ops.Read("/a"), "cat /a"),
    ],
    ids=lambda case: str(case)[:30],
)
def test_an_operation_in_the_words_of_a_shell(op, words):
    assert command(op) == words
