"""Questions without end: a small image, a few moves, one more; the seed decides all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from layerlab.engine.files.node import Dir
from layerlab.engine.files.ops import Append, Chmod, Create, Mkdir, Op, Read, Rename, Rmdir, Unlink, Write
from layerlab.engine.files.tree import find, walk
from layerlab.teach.play import play
from layerlab.teach.question import Question, predict, which
from layerlab.teach.scene import layer

TRIES = 200


def image(dice: random.Random) -> tuple[Dir, ...]:
    """Two layers with a few files each, some of them in both."""
    names = dice.sample(["motd", "hosts", "passwd", "issue"], 3)
    size = dice.choice([120, 900, 6200])
    base = layer(
        {f"/etc/{names[0]}": "x" * size, f"/etc/{names[1]}": "x" * 40, "/srv/site/index.html": "x" * 80}
    )
    top = layer({f"/etc/{names[0]}": "y" * (size // 2), f"/srv/{names[2]}/a.txt": "y" * 30})
    return base, top


def moves(root: Dir, dice: random.Random) -> list[Op]:
    """Moves that make sense in this merged view, in an order that the dice decide."""
    found: list[Op] = [Mkdir("/srv/new"), Create("/etc/new", data=b"new\n")]
    for path, node in walk(root):
        if path in ("/", "/etc", "/srv"):
            continue
        if isinstance(node, Dir):
            found += [Rename(path, "/srv/moved"), Rmdir(path)]
        else:
            found += [Unlink(path), Write(path, data=b"!"), Append(path, data=b"end\n"), Chmod(path, 0o600)]
            found += [Read(path), Rename(path, path + ".old")]
    dice.shuffle(found)
    return found


def _emptied(root: Dir, dice: random.Random) -> list[Op]:
    """The moves that delete a directory with all it holds, and with even odds nothing more."""
    path = dice.choice([path for path, node in walk(root) if isinstance(node, Dir) and path.count("/") == 2])
    node = find(root, path)
    assert isinstance(node, Dir)
    return [*(Unlink(f"{path}/{name}") for name in sorted(node.children)), Rmdir(path)]


def generate(seed: int) -> Question:
    """The question of this number: the state and the move, or the two states, decided by the seed alone."""
    dice = random.Random(seed)
    for _ in range(TRIES):
        layers = image(dice)
        merged = play(layers, ()).merged
        before: list[Op] = []
        if dice.random() < 0.5:
            before = _emptied(merged, dice)
            again = Mkdir(before[-1].path)
            last = [again] if dice.random() < 0.5 else [before.pop()]
        else:
            last = moves(merged, dice)[:1]
        question = _ask(layers, before, last[0], dice, seed)
        if question is not None:
            return question
    raise LookupError(f"no question came of seed {seed}")


def _ask(
    layers: tuple[Dir, ...], before: list[Op], move: Op, dice: random.Random, seed: int
) -> Question | None:
    """One of the two kinds of question on this move; None if it would be too easy."""
    try:
        if dice.random() < 0.5:
            return predict(layers, move, before, seed=seed)
    except ValueError:
        return None
    state = play(layers, before)
    if play(layers, [*before, move]).upper == state.upper:
        return None
    others = sorted(moves(state.merged, dice), key=lambda other: other.path != move.path)
    question = which(layers, move, [other for other in others if other != move][:6], before, seed=seed)
    return question if len(question.options) >= 3 else None


def drill(start: int = 1) -> Iterator[Question]:
    """Questions from this number on, as many as are asked for."""
    while True:
        yield generate(start)
        start += 1
