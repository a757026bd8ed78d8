"""The levels of lesson 06: a whiteout, an opaque directory, a move by another way, a write without a copy."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.engine.files.node import Dir, Symlink, Whiteout
from layerlab.engine.files.ops import (
    Append,
    Chmod,
    Create,
    MakeSymlink,
    Mkdir,
    Rename,
    Rmdir,
    Truncate,
    Unlink,
    Write,
)
from layerlab.engine.files.tree import find, walk
from layerlab.teach.level import Level, NearMiss
from layerlab.teach.levels.image import CONF, IMAGE, NAMES
from layerlab.teach.moves import Moves
from layerlab.teach.play import Played, listing

OLD_PAGES = {"50x.html": "<h1>Out of order</h1>\n", "index.html": "<h1>Old</h1>\n"}
CLEAR = [Unlink("/srv/site/50x.html"), Unlink("/srv/site/index.html"), Rmdir("/srv/site")]
NEW = b"<h1>New</h1>\n"


def _hidden(now: Played) -> Iterator[str]:
    """What separates the upper from one whiteout for /srv/site/50x.html and nothing else."""
    if find(now.merged, "/srv/site/50x.html") is not None:
        yield "The merged view still shows /srv/site/50x.html."
    if find(now.merged, "/srv/site/index.html") is None:
        yield "/srv/site/index.html is gone; it should stay in view."
    marks = [path for path, node in walk(now.upper) if isinstance(node, Whiteout)]
    others = [line for line in listing(now.upper) if line != "/srv/site/50x.html (whiteout)"]
    if "/srv/site/50x.html" not in marks and not others:
        yield "The upper holds no whiteout yet."
    if others:
        yield f"The upper holds more than one whiteout: {', '.join(others)}."


HIDE = Moves(
    name="ex1",
    task="Hide /srv/site/50x.html: in the end the upper holds one whiteout and nothing else.",
    start=IMAGE,
    names=NAMES,
    goal=lambda now: tuple(_hidden(now)),
    par=[Unlink("/srv/site/50x.html")],
    alternatives=(
        [Chmod("/srv/site/50x.html", mode=0o600), Unlink("/srv/site/50x.html")],
        [Rename("/srv/site/50x.html", new="/srv/old.html"), Unlink("/srv/old.html")],
    ),
    near_misses=(
        NearMiss([Truncate("/srv/site/50x.html")], "still shows /srv/site/50x.html"),
        NearMiss(
            [Rename("/srv/site/50x.html", new="/srv/old.html")],
            "more than one whiteout: /srv/old.html (22 bytes)",
        ),
        NearMiss(CLEAR, "/srv/site/index.html is gone"),
        NearMiss([Rmdir("/srv/site")], "was refused: ENOTEMPTY"),
        NearMiss([Unlink("/srv/50x.html")], "was refused: ENOENT"),
    ),
    hints=(
        "The image cannot lose a file. What can the upper hold instead?",
        "Emptying a file leaves its name in view. Taking the name away does not.",
    ),
    found="One whiteout hides the name. The file is still in its layer.",
)


def _renewed(now: Played) -> Iterator[str]:
    """What separates /srv/site from an opaque directory with the new page alone."""
    upper, merged = find(now.upper, "/srv/site"), find(now.merged, "/srv/site")
    if not isinstance(merged, Dir):
        yield "/srv/site is gone; it should be there again, with the new page."
        return
    if "50x.html" in merged.children:
        yield "The merged view still shows /srv/site/50x.html."
    if now.text("/srv/site/index.html") != NEW.decode():
        yield f"/srv/site/index.html should read {NEW.decode()!r}."
    if extra := sorted(set(merged.children) - set(OLD_PAGES)):
        yield f"/srv/site holds names that were not asked for: {', '.join(extra)}."
    if not (isinstance(upper, Dir) and upper.opaque):
        marks = sum(isinstance(node, Whiteout) for _, node in walk(now.upper))
        yield f"/srv/site is not opaque. Whiteouts in the upper: {marks}."


OPAQUE = Moves(
    name="ex2",
    task=f"Make /srv/site an opaque directory that holds index.html alone, with {NEW.decode()!r} in it.",
    start=IMAGE,
    names=NAMES,
    goal=lambda now: tuple(_renewed(now)),
    par=[*CLEAR, Mkdir("/srv/site"), Create("/srv/site/index.html", data=NEW)],
    alternatives=(
        [
            Mkdir("/srv/new"),
            Create("/srv/new/index.html", data=NEW),
            *CLEAR,
            Rename("/srv/new", new="/srv/site"),
        ],
        [
            *CLEAR,
            Mkdir("/srv/site"),
            Create("/srv/page", data=NEW),
            Rename("/srv/page", new="/srv/site/index.html"),
        ],
    ),
    near_misses=(
        NearMiss(
            [*CLEAR[:2], Create("/srv/site/index.html", data=NEW)],
            "/srv/site is not opaque. Whiteouts in the upper: 1.",
        ),
        NearMiss(CLEAR, "/srv/site is gone"),
        NearMiss([*CLEAR, Mkdir("/srv/site")], "/srv/site/index.html should read"),
        NearMiss([Rmdir("/srv/site"), Mkdir("/srv/site")], "was refused: ENOTEMPTY"),
        NearMiss([Mkdir("/srv/site")], "was refused: EEXIST"),
        NearMiss(
            [*CLEAR, Mkdir("/srv/site"), Create("/srv/site/index.html", data=NEW), Mkdir("/srv/site/img")],
            "not asked for: img",
        ),
    ),
    hints=(
        "Deleting a directory does not make it opaque. Which later move does?",
        "Rmdir takes an empty directory only. What is in it must go first.",
        "A directory that is made over a whiteout is opaque from its first moment.",
    ),
    found="The directory is opaque: of the old one, nothing shows through.",
)


def _moved(now: Played) -> Iterator[str]:
    """What separates /srv/www from the old pages, and /srv/site from being gone."""
    www = find(now.merged, "/srv/www")
    if isinstance(www, Symlink):
        yield "/srv/www is a symbolic link; it should be a directory of its own."
    elif not isinstance(www, Dir):
        yield "There is no directory /srv/www yet."
    else:
        for name, text in OLD_PAGES.items():
            if now.text(f"/srv/www/{name}") != text:
                yield f"/srv/www/{name} should hold what /srv/site/{name} held."
    if find(now.merged, "/srv/site") is not None:
        yield "/srv/site is still there."
    if now.refused("EXDEV"):
        yield "EXDEV: a directory with a part in a lower layer cannot be renamed."


MOVE = Moves(
    name="ex3",
    task="Move the directory /srv/site to /srv/www: both pages as they were, the old name gone.",
    start=IMAGE,
    names=NAMES,
    goal=lambda now: () if _reached(now) else tuple(_moved(now)),
    par=[
        Mkdir("/srv/www"),
        Rename("/srv/site/50x.html", new="/srv/www/50x.html"),
        Rename("/srv/site/index.html", new="/srv/www/index.html"),
        Rmdir("/srv/site"),
    ],
    alternatives=(
        [
            Mkdir("/srv/www"),
            *(Create(f"/srv/www/{name}", data=text.encode()) for name, text in OLD_PAGES.items()),
            *CLEAR,
        ],
        [
            Rename("/srv/site", new="/srv/www"),
            Mkdir("/srv/www"),
            Rename("/srv/site/index.html", new="/srv/www/index.html"),
            Rename("/srv/site/50x.html", new="/srv/www/50x.html"),
            Rmdir("/srv/site"),
        ],
    ),
    near_misses=(
        NearMiss([Rename("/srv/site", new="/srv/www")], "EXDEV: a directory with a part in a lower layer"),
        NearMiss([MakeSymlink("/srv/www", target="site")], "is a symbolic link"),
        NearMiss(
            [
                Mkdir("/srv/www"),
                Rename("/srv/site/50x.html", new="/srv/www/50x.html"),
                Rename("/srv/site/index.html", new="/srv/www/index.html"),
            ],
            "/srv/site is still there",
        ),
        NearMiss(
            [Mkdir("/srv/www"), *CLEAR], "/srv/www/index.html should hold what /srv/site/index.html held"
        ),
        NearMiss([Rename("/srv/site/index.html", new="/srv/www/index.html")], "was refused: ENOENT"),
    ),
    hints=(
        "What does mv do on Linux, when a rename answers EXDEV?",
        "A new directory has no part below. Files can be renamed into it, one by one.",
    ),
    found="Moved file by file, as mv does when rename answers EXDEV.",
)


def _reached(now: Played) -> bool:
    """Whether the pages are where they should be; a refused move on the way does no harm."""
    www = find(now.merged, "/srv/www")
    same = all(now.text(f"/srv/www/{name}") == text for name, text in OLD_PAGES.items())
    return isinstance(www, Dir) and same and find(now.merged, "/srv/site") is None


def _frugal(now: Played) -> Iterator[str]:
    """What separates /etc/nginx.conf from its new text, and the way there from costing no copy."""
    text = now.text("/etc/nginx.conf")
    if text is None:
        yield "/etc/nginx.conf is gone; it should be there with its new text."
    elif text != "off\n":
        yield f"/etc/nginx.conf has {len(text):,} bytes and starts {text[:12]!r}; it should read 'off\\n'."
    if now.copied:
        yield f"{now.copied:,} bytes were copied up on the way; there should be none."


FRUGAL = Moves(
    name="ex4",
    task="Make /etc/nginx.conf read 'off\\n', without one byte of the old file being copied up.",
    start=IMAGE,
    names=NAMES,
    goal=lambda now: tuple(_frugal(now)),
    par=[Unlink("/etc/nginx.conf"), Create("/etc/nginx.conf", data=b"off\n")],
    alternatives=(
        [Create("/etc/new", data=b"off\n"), Rename("/etc/new", new="/etc/nginx.conf")],
        [Unlink("/etc/nginx.conf"), Create("/etc/nginx.conf"), Append("/etc/nginx.conf", data=b"off\n")],
    ),
    near_misses=(
        NearMiss(
            [Truncate("/etc/nginx.conf"), Write("/etc/nginx.conf", data=b"off\n")],
            f"{len(CONF):,} bytes were copied up",
        ),
        NearMiss([Write("/etc/nginx.conf", data=b"off\n")], f"has {len(CONF):,} bytes and starts"),
        NearMiss(
            [Rename("/etc/nginx.conf", new="/etc/old"), Create("/etc/nginx.conf", data=b"off\n")],
            f"{len(CONF):,} bytes were copied up",
        ),
        NearMiss([Unlink("/etc/nginx.conf")], "/etc/nginx.conf is gone"),
    ),
    hints=(
        "Any change to the old file copies all of it first. Need it be the old file?",
        "A name can get a new file. The old one stays below, hidden, and is not copied.",
    ),
    found="A new file took the name. The old one was hidden, not copied.",
)

LEVELS: tuple[Level, ...] = (HIDE, OPAQUE, MOVE, FRUGAL)
