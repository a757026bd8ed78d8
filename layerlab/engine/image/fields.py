"""Taking fields out of a JSON document from outside: the right type, or an `ArchiveError` that says where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from layerlab.engine.content import strictjson
from layerlab.engine.content.digest import Digest, parse_digest
from layerlab.engine.errors import ArchiveError

MISSING: Any = object()
MAX_SIZE = 2**63 - 1


class Fields:
    """An object of a document: `file` is the document, `where` the path to the object in it."""

    def __init__(self, value: object, file: str, where: str = "") -> None:
        if not isinstance(value, dict):
            raise ArchiveError(file, where or None, f"expected an object, found {named(value)}")
        self.value, self.file, self.where = cast("dict[str, Any]", value), file, where

    @classmethod
    def of(cls, raw: bytes, file: str) -> Fields:
        """The object that a whole document is."""
        return cls(document(raw, file), file)

    def wrong(self, name: str, reason: str) -> ArchiveError:
        """The error that a field is not what it should be."""
        return ArchiveError(self.file, f"{self.where}.{name}".lstrip("."), reason)

    def get(self, name: str, kind: type, default: Any = MISSING) -> Any:
        """The field `name`, of the type `kind`; null counts as not there (Go writes it so)."""
        found = self.value.get(name)
        if found is None:
            if default is MISSING:
                raise self.wrong(name, "is missing")
            return default
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise self.wrong(name, f"expected {NAMES[kind]}, found {named(found)}")
        return found

    def text(self, name: str, default: Any = MISSING) -> str:
        """A text."""
        return cast(str, self.get(name, str, default))

    def size(self, name: str, default: Any = MISSING) -> int:
        """A number of bytes."""
        found = self.get(name, int, default)
        if not 0 <= found <= MAX_SIZE:
            raise self.wrong(name, f"{found if abs(found) < 2**64 else 'a huge number'} cannot be a size")
        return cast(int, found)

    def digest(self, name: str) -> Digest:
        """A digest."""
        try:
            return parse_digest(self.text(name))
        except ValueError as error:
            raise self.wrong(name, str(error)) from None

    def digests(self, name: str) -> tuple[Digest, ...]:
        """A list of digests."""
        try:
            return tuple(parse_digest(one) for one in self.get(name, list, []))
        except ValueError as error:
            raise self.wrong(name, str(error)) from None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.get(name, list, [])
        for one in found:
            if not isinstance(one, str):
                raise self.wrong(name, f"expected a list of texts, found {named(one)} in it")
        return tuple(found)

    def labels(self, name: str) -> Mapping[str, str]:
        """An object whose values are texts."""
        found = self.get(name, dict, {})
        for one in found.values():
            if not isinstance(one, str):
                raise self.wrong(name, f"expected texts as values, found {named(one)}")
        return cast("dict[str, str]", found)

    def object(self, name: str, default: Any = MISSING) -> Fields:
        """An object."""
        return Fields(self.get(name, dict, default), self.file, f"{self.where}.{name}".lstrip("."))

    def objects(self, name: str, default: Any = MISSING) -> tuple[Fields, ...]:
        """A list of objects."""
        where = f"{self.where}.{name}".lstrip(".")
        found = self.get(name, list, default)
        return tuple(Fields(one, self.file, f"{where}[{at}]") for at, one in enumerate(found))


NAMES = {str: "a text", int: "a whole number", dict: "an object", list: "a list", bool: "true or false"}


def named(value: object) -> str:
    """What a JSON value is, in words."""
    return "null" if value is None else NAMES.get(type(value), "a number")


def document(raw: bytes, file: str) -> Any:
    """The value of a JSON document; ArchiveError if it is none."""
    try:
        return strictjson.parse(raw)
    except ValueError as error:
        raise ArchiveError(file, None, str(error)) from None
