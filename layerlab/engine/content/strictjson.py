"""JSON from outside, read strictly, and JSON of our own, written to the byte.

Whoever reads one digest must see one meaning: doubled keys, `NaN`, lone surrogates and endless nesting, on which
parsers disagree, are refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 64
"""How deep objects and arrays may lie in each other; real documents need fewer than ten."""

_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def parse(raw: bytes) -> Any:
    """The value of a JSON document in UTF-8. ValueError says what is wrong."""
    _check_depth(raw)
    try:
        text = raw.decode("utf-8")
        if text.startswith("\ufeff"):
            text = text[1:]
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        return value
    except UnicodeEncodeError:
        raise ValueError("holds half a surrogate pair") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def write(value: Any) -> bytes:
    """`value` as JSON: no spaces, keys in the order they have, text as UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _check_depth(raw: bytes) -> None:
    """ValueError if brackets outside strings lie too deep in each other."""
    depth = 0
    for found in _BRACKETS.finditer(raw):
        sign = found[0]
        if sign in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"is nested more than {MAX_DEPTH} deep")
        elif sign in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"has the key {name!a} twice")
        found[name] = value
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"is not JSON: {word} is no number")
