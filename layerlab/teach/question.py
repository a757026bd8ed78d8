"""Questions to predict by: made from a state and a move; the engine answers, wrong beliefs answer wrongly.

Both ways: from the state and the move to what the upper holds (`predict`), and from two states to the move
between them (`which`). `generate` makes as many as a learner wants, the same ones from the same seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from layerlab.engine.files.node import Dir, Whiteout
from layerlab.engine.files.ops import Op
from layerlab.engine.files.tree import find
from layerlab.engine.files.union import look_up
from layerlab.teach.answer import show
from layerlab.teach.mutants import MUTANTS, Mutant
from layerlab.teach.play import Played, listing, play

LETTERS = "abcdefgh"
MOST = 4
"""How many options a question has at most."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer; a wrong one carries the belief behind it, and what to say to that."""

    text: str
    belief: str = ""
    truth: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a prediction."""

    right: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with options, one of them right; `found` is said when it is chosen."""

    prompt: str
    options: tuple[Option, ...]
    found: str = ""

    def check(self, guess: object = "") -> Reply:
        """What is said to a guess: a letter, or the words of an option. A wrong one is told its belief."""
        text = str(guess).strip() if guess != ... else ""
        if not text:
            return Reply(False, (f"Your turn: type {self._letters()} between the quotes, and run the cell.",))
        for letter, option in zip(LETTERS, self.options, strict=False):
            if text.lower().rstrip(").") == letter or text == option.text:
                return self._reply(option)
        return Reply(False, (f"{text!r} is none of the answers; type {self._letters()}.",))

    def _reply(self, option: Option) -> Reply:
        """What is said to this choice."""
        if option.right:
            return Reply(True, tuple(line for line in ("Right.", self.found) if line))
        belief = (f"That would follow from this belief: {option.belief}",) if option.belief else ()
        return Reply(False, tuple(line for line in ("Not so.", *belief, option.truth) if line))

    def _letters(self) -> str:
        *most, last = list(LETTERS[: len(self.options)])
        return f"{', '.join(most)} or {last}"

    def __repr__(self) -> str:
        options = [f"  {letter}) {o.text}" for letter, o in zip(LETTERS, self.options, strict=False)]
        return "\n".join([self.prompt, *options])

    def _repr_html_(self) -> str:
        options = "".join(f"<li>{escape(option.text)}</li>" for option in self.options)
        return f'<p>{escape(self.prompt)}</p><ol type="a">{options}</ol>'


def predict(
    layers: tuple[Dir, ...],
    move: Op,
    before: Iterable[Op] = (),
    *,
    seed: int = 0,
    mutants: Sequence[Mutant] = MUTANTS,
) -> Question:
    """From a state and a move to what comes of it: "What does the upper hold after this?"

    The state is `layers` (base first, or an image) after the moves `before`.
    ValueError if no wrong belief fits.
    """
    done = tuple(before)
    old, new = play(layers, done), play(layers, (*done, move))
    options = [Option(_held(new.upper, new.steps[-1].error), right=True)]
    for mutant in mutants:
        foretold = mutant.rule(old, move, new)
        text = _held(foretold) if foretold is not None else ""
        if text and all(text != option.text for option in options):
            options.append(Option(text, mutant.belief, mutant.truth))
    if len(options) < 2:
        raise ValueError(f"no wrong belief foretells anything else for {show(move)}")
    prompt = f"{_told(done)}Now comes {show(move)}. What does the upper hold then?"
    return Question(prompt, _shuffled(options, seed), (new.steps[-1].error and _refusal(new)) or "")


def which(
    layers: tuple[Dir, ...], move: Op, others: Iterable[Op], before: Iterable[Op] = (), *, seed: int = 0
) -> Question:
    """From two states to the move between them: "Which move did this?"

    `others` are the wrong moves; one that leads to the same upper is left out, for it would be right too.
    """
    done = tuple(before)
    new = play(layers, (*done, move))
    aim = _held(new.upper)
    options = [Option(show(move), right=True)]
    for other in others:
        led = play(layers, (*done, other))
        outcome = _held(led.upper, led.steps[-1].error)
        if _held(led.upper) != aim and all(option.text != show(other) for option in options):
            options.append(
                Option(show(other), _believed(layers, done, other, aim), f"It leads to: {outcome}.")
            )
    prompt = f"{_told(done)}One more move, and the upper holds: {aim}. Which move was it?"
    return Question(prompt, _shuffled(options, seed))


def who_answers(layers: tuple[Dir, ...], path: str, names: Sequence[str] = (), *, seed: int = 0) -> Question:
    """From a stack of layers to the one that answers for `path`; `names` are the layers', base first."""
    called = names or [f"layer {number}" for number in range(1, len(layers) + 1)]
    found = look_up(layers, path).layer
    having = [at for at, layer in enumerate(layers) if find(layer, path) is not None]
    options = [Option(f"{called[found]}" if found is not None else "nobody", right=True)]
    for at, name in reversed(list(enumerate(called))):
        if at != found:
            options.append(Option(name, *_about(layers, path, at, having)))
    if found is not None:
        options.append(Option("nobody", "", "A layer has the name, and nothing above hides it."))
    return Question(f"Which layer answers for {path}?", _shuffled(options, seed))


def _about(layers: tuple[Dir, ...], path: str, at: int, having: list[int]) -> tuple[str, str]:
    """The belief by which layer `at` would answer, and what to say to it."""
    if at not in having:
        return ("", "That layer has no such name, so it is passed by.")
    if isinstance(find(layers[at], path), Whiteout):
        return ("A whiteout is a file like any other.", "A whiteout ends the search, and nobody answers.")
    if at == having[0]:
        return ("The base layer counts most.", "The top layer is asked first. The base is asked last.")
    return ("", "A layer above it ends the search first.")


def _believed(layers: tuple[Dir, ...], done: tuple[Op, ...], move: Op, aim: str) -> str:
    """The belief by which `move` would have led to `aim`; empty if there is none."""
    old, new = play(layers, done), play(layers, (*done, move))
    for mutant in MUTANTS:
        foretold = mutant.rule(old, move, new)
        if foretold is not None and _held(foretold) == aim:
            return mutant.belief
    return ""


def _held(upper: Dir, error: str | None = None) -> str:
    """What an upper holds, in one line."""
    names = ", ".join(listing(upper)) or "nothing"
    return f"{names}; the move is refused: {error}" if error else names


def _told(done: tuple[Op, ...]) -> str:
    """The moves that led to the state, in words."""
    return f"First come {', '.join(map(show, done))}. " if done else ""


def _refusal(new: Played) -> str:
    """What a refused move means."""
    return f"The kernel answers {new.steps[-1].error}, and nothing changes."


def _shuffled(options: list[Option], seed: int) -> tuple[Option, ...]:
    """The right option and as many wrong ones as fit, in an order that the seed decides."""
    chosen = options[:MOST]
    random.Random(seed).shuffle(chosen)
    return tuple(chosen)
