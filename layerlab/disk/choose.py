"""Which image of an archive is meant: by name, by platform, or because there is only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.engine.errors import ChoiceError
from layerlab.engine.image.descriptor import Descriptor, Platform

ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i386": "386",
    "i686": "386",
    "x86": "386",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "loongarch64": "loong64",
}
"""What Go, and so every image, calls the machines that Python's `platform.machine()` names."""


@dataclass(frozen=True)
class Candidate:
    """One image of an archive: what it is called there, and where its manifest is."""

    names: tuple[str, ...]
    platform: Platform
    descriptor: Descriptor


def this_platform() -> Platform:
    """What containers on this machine run: Linux, also on macOS and Windows."""
    import platform  # costs memory, and is rarely needed

    name = platform.machine().lower()
    return Platform("linux", ARCHITECTURES.get(name, name))


def choose(found: Sequence[Candidate], file: str, ref: str | None, wanted: Platform | None) -> Candidate:
    """The image that is meant. ChoiceError, with the names or platforms there are, if that is not clear."""
    if not found:
        raise ChoiceError(file, None, "holds no image")
    if ref is not None:
        named = [one for one in found if _called(one, ref)]
        if not named:
            raise ChoiceError(
                file, None, f"holds no image named {ref!a}; it has {_list(found)}", _names(found)
            )
        found = named
    else:
        found = _one_name(found, file)
    if wanted is None and len({one.descriptor.digest for one in found}) == 1:
        return found[0]
    return _one_platform(found, file, wanted)


def _one_name(found: Sequence[Candidate], file: str) -> Sequence[Candidate]:
    """All candidates if they are one image for several platforms; ChoiceError if they are several images."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for one in found:
        groups.setdefault(one.names, set()).add(one.descriptor.digest)
    if len(groups) > 1 and len({frozenset(digests) for digests in groups.values()}) > 1:
        raise ChoiceError(
            file, None, f"holds several images: {_list(found)}; name the one you mean with ref", _names(found)
        )
    return found


def _one_platform(found: Sequence[Candidate], file: str, wanted: Platform | None) -> Candidate:
    goal = wanted or this_platform()
    fitting = [one for one in found if one.platform.fits(goal)]
    fitting.sort(key=lambda one: one.platform.variant, reverse=True)
    if not fitting:
        there = tuple(sorted({str(one.platform) for one in found}))
        raise ChoiceError(
            file, None, f"has no image for {goal}; there is {', '.join(there)}: choose with platform", there
        )
    same = {one.descriptor.digest for one in fitting if one.platform == fitting[0].platform}
    if len(same) > 1:
        raise ChoiceError(
            file,
            None,
            f"holds several images for {goal}: {', '.join(sorted(same))}; name the one you mean with ref",
            tuple(sorted(same)),
        )
    return fitting[0]


def _called(one: Candidate, ref: str) -> bool:
    """Whether `ref` is one of its names, its tag, or its digest."""
    shown = any(name == ref or name.endswith((f":{ref}", f"/{ref}")) for name in one.names)
    return shown or one.descriptor.digest == ref


def _names(found: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(sorted({name for one in found for name in one.names or (one.descriptor.digest,)}))


def _list(found: Sequence[Candidate]) -> str:
    return ", ".join(_names(found)) or "none with a name"
