"""Every level proves itself: its answers pass, its near-misses and the blank fail with the right words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from layerlab.teach import levels
from layerlab.teach.answer import decode, encode, show
from layerlab.teach.level import Level, NearMiss, Status, judge
from layerlab.teach.moves import Moves

ALL = [(lesson, level) for lesson in levels.MODULES for level in levels.of(lesson).values()]
PASSING = [
    (f"{n}-{one.name}-{i}", one, a) for n, one in ALL for i, a in enumerate((one.par, *one.alternatives))
]
FAILING = [(f"{n}-{one.name}-{i}", one, m) for n, one in ALL for i, m in enumerate(one.near_misses)]


@pytest.mark.parametrize(
    ("level", "answer"), [each[1:] for each in PASSING], ids=[each[0] for each in PASSING]
)
def test_par_and_alternatives_pass(level: Level, answer: Any) -> None:
    verdict = judge(level, encode(answer))
    assert verdict.status is Status.RIGHT, verdict
    assert str(verdict) == f"{level.name}: right.\n  {level.found}"


@pytest.mark.parametrize(("level", "miss"), [each[1:] for each in FAILING], ids=[each[0] for each in FAILING])
def test_near_misses_fail_with_the_right_diagnosis(level: Level, miss: NearMiss) -> None:
    verdict = judge(level, encode(miss.answer))
    assert verdict.status is Status.NOT_YET, verdict
    assert miss.diagnosis in str(verdict)


@pytest.mark.parametrize("blank", [..., None, [], {}, [...], ""], ids=repr)
@pytest.mark.parametrize("level", [each[1] for each in ALL], ids=lambda level: level.task[:20])
def test_a_blank_is_not_answered_yet(level: Level, blank: Any) -> None:
    assert judge(level, encode(blank)).status is Status.BLANK


@pytest.mark.parametrize("level", [each[1] for each in ALL], ids=lambda level: level.task[:20])
def test_a_level_is_complete(level: Level) -> None:
    assert len(level.near_misses) >= 3
    assert len(level.hints) >= 2
    assert level.found
    assert level.alternatives or not isinstance(level, Moves), "any route counts: show another one"


@pytest.mark.parametrize("level", [each[1] for each in ALL], ids=lambda level: level.task[:20])
def test_the_verdict_never_says_how(level: Level) -> None:
    """No move of the author's stands in what a learner is told; their own refused move is quoted."""
    for miss in level.near_misses:
        told = [line for line in judge(level, encode(miss.answer)).lines if not line.startswith("Move ")]
        for move in level.par if isinstance(level.par, list) else ():
            assert show(move) not in "".join(told)


@pytest.mark.parametrize(
    "answer", [7, "words", ["words"], {"a": 1}, [[]], {"": []}, [{}], True, 1.5, [None, 7]]
)
@pytest.mark.parametrize("level", [each[1] for each in ALL], ids=lambda level: level.task[:20])
def test_any_data_gets_a_verdict(level: Level, answer: Any) -> None:
    assert judge(level, encode(answer)).status in (Status.NOT_YET, Status.BLANK)


@pytest.mark.parametrize(
    "text", ["", "{", '{"@Nope": []}', '{"@Unlink": 3}', '{"a": 1, "b": 2}', '{"@bytes": "x"}']
)
def test_a_forged_message_gets_a_verdict(text: str) -> None:
    for _, level in ALL:
        assert not judge(level, text).right


def test_answers_come_back_as_they_went() -> None:
    for _, level in ALL:
        assert decode(encode(level.par)) == level.par
    assert json.loads(encode(b"\x00")) == {"@bytes": "00"}
