"""Questions: answered by the engine, wrong answers by wrong beliefs, the same ones from the same seed."""

from __future__ import annotations

import pytest

from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Append, Chmod, Mkdir, Op, Read, Rename, Rmdir, Unlink, Write
from layerlab.engine.files.tree import find
from layerlab.teach.answer import show
from layerlab.teach.drill import drill, generate
from layerlab.teach.mutants import MUTANTS
from layerlab.teach.play import listing, play
from layerlab.teach.question import LETTERS, Question, predict, which, who_answers
from layerlab.teach.scene import WHITEOUT, layer

IMAGE = (layer({"/etc/motd": "old\n", "/srv/a/one": "1", "/srv/a/two": "2"}), layer({"/etc/hosts": "x" * 50}))
GONE: tuple[Op, ...] = (Unlink("/srv/a/one"), Unlink("/srv/a/two"), Rmdir("/srv/a"))

BELIEFS = [
    ("rm-makes-opaque", GONE[:2], GONE[2]),
    ("rm-leaves-nothing", (), Unlink("/etc/motd")),
    ("mkdir-is-plain", GONE, Mkdir("/srv/a")),
    ("mkdir-hides-one-by-one", GONE, Mkdir("/srv/a")),
    ("chmod-copies-metadata", (), Chmod("/etc/motd", mode=0o600)),
    ("chmod-copies-nothing", (), Chmod("/etc/motd", mode=0o600)),
    ("only-changed-bytes", (), Write("/etc/hosts", data=b"!")),
    ("write-goes-below", (), Append("/etc/hosts", data=b"!")),
    ("rename-always-works", (), Rename("/srv/a", new="/srv/b")),
    ("rename-leaves-nothing", (), Rename("/etc/motd", new="/etc/motd.old")),
    ("reading-copies-up", (), Read("/etc/hosts")),
]


def test_every_belief_is_tried() -> None:
    assert {name for name, _, _ in BELIEFS} == {mutant.name for mutant in MUTANTS}


@pytest.mark.parametrize(("name", "before", "move"), BELIEFS, ids=[each[0] for each in BELIEFS])
def test_a_wrong_belief_is_named_to_who_answers_by_it(name: str, before: tuple[Op, ...], move: Op) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    question = predict(IMAGE, move, before, mutants=[mutant])
    (wrong,) = [option for option in question.options if not option.right]
    reply = question.check(wrong.text)
    assert not reply.right
    assert mutant.belief in str(reply)
    assert mutant.truth in str(reply)


@pytest.mark.parametrize(("name", "before", "move"), BELIEFS, ids=[each[0] for each in BELIEFS])
def test_the_right_answer_is_the_engine_s(name: str, before: tuple[Op, ...], move: Op) -> None:
    question = predict(IMAGE, move, before)
    (right,) = [option for option in question.options if option.right]
    played = play(IMAGE, (*before, move))
    assert right.text.startswith(", ".join(listing(played.upper)) or "nothing")
    assert question.check(right.text).right


def test_a_move_between_two_states() -> None:
    question = which(IMAGE, Mkdir("/srv/a"), [Unlink("/etc/motd"), Read("/etc/hosts")], GONE)
    assert question.check(show(Mkdir("/srv/a"))).right
    reply = str(question.check(show(Unlink("/etc/motd"))))
    assert "It leads to: /etc/motd (whiteout), /srv/a (whiteout)." in reply


def test_the_belief_behind_a_wrong_move_is_named() -> None:
    question = which(IMAGE, Mkdir("/srv/a"), [Rmdir("/srv/a")], GONE[:2])
    assert isinstance(question, Question)
    aim = which(IMAGE, Chmod("/etc/motd", mode=0o600), [Rename("/srv/a", new="/srv/b")])
    assert "EXDEV" in str(aim.check(show(Rename("/srv/a", new="/srv/b"))))


def test_an_equally_right_move_is_no_wrong_option() -> None:
    question = which(IMAGE, Unlink("/etc/motd"), [Unlink("/etc/motd"), Unlink("/etc/hosts")])
    assert len(question.options) == 2


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        ("", "Your turn: type a or b"),
        (" ", "Your turn"),
        (..., "Your turn"),
        ("z", "'z' is none of the answers"),
    ],
)
def test_no_guess_and_no_option(guess: str, words: str) -> None:
    question = predict(IMAGE, Unlink("/etc/motd"))
    assert words in str(question.check(guess))


def test_letters_may_be_typed_as_one_likes() -> None:
    question = predict(IMAGE, Unlink("/etc/motd"))
    at = next(at for at, option in enumerate(question.options) if option.right)
    for typed in (LETTERS[at], LETTERS[at].upper(), f" {LETTERS[at]}) "):
        assert question.check(typed).right


def test_a_seed_decides_all() -> None:
    first, again, other = generate(5), generate(5), generate(6)
    assert first == again
    assert first != other
    numbered = drill(5)
    assert [next(numbered), next(numbered)] == [first, other]


@pytest.mark.parametrize("seed", range(40))
def test_every_question_has_one_right_answer_and_tells_all_apart(seed: int) -> None:
    question = generate(seed)
    assert 2 <= len(question.options) <= 4
    assert sum(option.right for option in question.options) == 1
    assert len({option.text for option in question.options}) == len(question.options)
    assert all(question.check(letter) for letter in LETTERS[: len(question.options)])


def test_both_ways_and_both_kinds_come_up() -> None:
    prompts = [generate(seed).prompt for seed in range(40)]
    assert any("What does the upper hold" in prompt for prompt in prompts)
    assert any("Which move was it" in prompt for prompt in prompts)


def test_scenes_are_what_they_say() -> None:
    assert isinstance(find(IMAGE[0], "/srv/a"), Dir)
    assert listing(layer({"/a/b": ..., "/c": "12"})) == ("/a/b (directory)", "/c (2 bytes)")


@pytest.mark.parametrize(
    ("path", "layer_name", "wrong", "words"),
    [
        ("/etc/motd", "top", "base", "The base layer counts most"),
        ("/etc/hosts", "base", "top", "passed by"),
        ("/etc/issue", "nobody", "top", "A whiteout is a file like any other"),
        ("/etc/issue", "nobody", "base", "The base layer counts most"),
        ("/etc/hosts", "base", "nobody", "nothing above hides it"),
    ],
)
def test_which_layer_answers(path: str, layer_name: str, wrong: str, words: str) -> None:
    base = layer({"/etc/motd": "a", "/etc/hosts": "b", "/etc/issue": "c"})
    question = who_answers((base, layer({"/etc/motd": "d", "/etc/issue": WHITEOUT})), path, ("base", "top"))
    assert question.check(layer_name).right
    assert words in str(question.check(wrong))
