"""Trees and operations as JSON, for recordings: a record is its class and fields, bytes are base64."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

from layerlab.engine.files import node, ops
from layerlab.engine.files.data import Bytes, Data

CLASSES: dict[str, type] = {
    name: thing
    for module in (node, ops)
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, node.Node | ops.Op)
}
LOST = ("ctime", "atime", "mtime")
"""Fields of nodes that differ between two makings of the same image."""


def encode(thing: Any) -> Any:
    """JSON for a node, an operation, or what they are made of; fields at their defaults are left out."""
    if isinstance(thing, bytes):
        return {"base64": base64.b64encode(thing).decode()}
    if isinstance(thing, Data):
        return {"data": base64.b64encode(thing.read()).decode()}
    if isinstance(thing, dict):
        return {"names": {name: encode(value) for name, value in sorted(thing.items())}}
    if isinstance(thing, tuple | list):
        return [encode(value) for value in thing]
    if not dataclasses.is_dataclass(thing):
        return thing
    told: dict[str, Any] = {"is": type(thing).__name__}
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if field.name in LOST and isinstance(thing, node.Node):
            continue
        if value != (field.default_factory() if callable(field.default_factory) else field.default):
            told[field.name] = encode(value)
    return told


def decode(told: Any) -> Any:
    """The value again; the opposite of `encode`."""
    if isinstance(told, list):
        return tuple(decode(value) for value in told)
    if not isinstance(told, dict):
        return told
    if "is" in told:
        fields = {name: decode(value) for name, value in told.items() if name != "is"}
        return CLASSES[told["is"]](**fields)
    if "names" in told:
        return {name: decode(value) for name, value in told["names"].items()}
    if "data" in told:
        return Bytes(base64.b64decode(told["data"]))
    return base64.b64decode(told["base64"])
