"""A learner's answer as plain data, so that it can leave the notebook's kernel and be judged outside it.

An answer is made of moves (`ops`), lists, tuples, dictionaries, strings, numbers, bytes and None. Whatever
else a learner writes is refused here, with its place: `ex1[2] is a str, not a move`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from layerlab.engine.files import ops
from layerlab.engine.files.ops import Op

LIMIT = 1_000_000
"""An answer longer than this many characters is not read."""

MOVES: dict[str, type[Op]] = {
    name: kind
    for name, kind in vars(ops).items()
    if isinstance(kind, type) and issubclass(kind, Op) and kind is not Op
}
"""Every move by its name, as a learner types it."""


class Unreadable(ValueError):
    """The answer holds something that is neither a move nor plain data."""


def encode(answer: object) -> str:
    """`answer` as JSON, for `decode`. Unreadable if it holds anything but moves and plain data."""
    try:
        text = json.dumps(_plain(answer, "your answer"))
    except RecursionError:
        raise Unreadable("your answer holds itself, or is nested too deeply") from None
    if len(text) > LIMIT:
        raise Unreadable("your answer is too long to be read")
    return text


def decode(text: str) -> Any:
    """The answer that `encode` wrote; lists and tuples both come back as lists."""
    return _value(json.loads(text))


def show(move: Op) -> str:
    """A move as a learner would type it: `Mkdir('/a')`, defaults left out."""
    first = fields(move)[0]
    rest = [
        f"{f.name}={oct(v) if f.name == 'mode' else repr(v)}"
        for f in fields(move)[1:]
        if (v := getattr(move, f.name)) != f.default
    ]
    return f"{type(move).__name__}({', '.join([repr(getattr(move, first.name)), *rest])})"


def _plain(item: object, place: str) -> object:
    """`item` as what JSON can hold; what JSON lacks becomes a dictionary with one key that starts with @."""
    if item is ... or item is None or isinstance(item, bool | int | float | str):
        return {"@": "blank"} if item is ... else item
    if isinstance(item, bytes | bytearray):
        return {"@bytes": bytes(item).hex()}
    if isinstance(item, list | tuple):
        return [_plain(each, f"{place}[{at}]") for at, each in enumerate(item)]
    if isinstance(item, dict):
        return {"@dict": [[_plain(k, place), _plain(v, f"{place}[{k!r}]")] for k, v in item.items()]}
    if type(item) in MOVES.values():
        return {f"@{type(item).__name__}": [_plain(getattr(item, f.name), place) for f in fields(item)]}  # type: ignore[arg-type]
    if isinstance(item, type) and item in MOVES.values():
        raise Unreadable(f"{place} is a bare name; give it a path: {item.__name__}('/etc/motd')")
    raise Unreadable(f"{place} is a {type(item).__name__}, not a move")


def _value(item: Any) -> Any:
    """What `_plain` made `item` from."""
    if isinstance(item, list):
        return [_value(each) for each in item]
    if not isinstance(item, dict):
        return item
    ((mark, body),) = item.items()
    match mark:
        case "@":
            return ...
        case "@bytes":
            return bytes.fromhex(body)
        case "@dict":
            return {_key(_value(k)): _value(v) for k, v in body}
        case _:
            kind = MOVES[mark[1:]]
            values: list[Any] = [tuple(v) if isinstance(v, list) else v for v in map(_value, body)]
            return kind(*values)


def _key(key: Any) -> Any:
    """Lists cannot be keys; they were tuples."""
    return tuple(key) if isinstance(key, list) else key
