"""The picture agrees with the engine, whatever the layers and the moves: headline, chips, shade, text and SVG."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.engine.files.data import Bytes
from layerlab.engine.files.node import Dir, File, Symlink, Whiteout
from layerlab.engine.files.tree import find
from layerlab.engine.files.union import look_up
from layerlab.teach.scene import layer
from layerlab.view.picture import MAX_COLUMNS, NARROW_COLUMNS
from layerlab.widgets.stack import Stack

BASE = layer({"/bin/sh": "x" * 125_700, "/etc/motd": "m" * 286, **{f"/bin/t{n}": "t" for n in range(61)}})
NGINX = layer({"/etc/nginx.conf": "n" * 6_200, "/srv/site/index.html": "i" * 615, "/srv/site/50x.html": "5"})
EMPTY = layer({"/srv/site": Dir(opaque=True)})
SITE = layer({"/srv/site/index.html": "I" * 1_900, "/srv/site/style.css": "s" * 3_100, "/var/log": ...})
NAMES = ("FROM debian", "RUN apt-get install -y nginx", "RUN rm -r /srv/site", "COPY site/ /srv/site/")


@pytest.fixture
def stack() -> Stack:
    return Stack((BASE, NGINX, EMPTY, SITE), names=NAMES, title="Container web on image site:1.0")


@pytest.mark.parametrize(
    ("move", "headline"),
    [
        ('echo "gzip on;" >> /etc/nginx.conf', "To write 9 bytes, the container copies 6.2 KB first"),
        ("rm /etc/motd", "Deleting motd frees 0 bytes: a whiteout hides it"),
        ("chmod 700 /bin/sh", "To change 12 permission bits, the container copies 125.7 KB first"),
        ("mv /srv/site /srv/old", "Linux refuses with EXDEV: part of it lies in a layer below"),
        ("mv /etc/motd /etc/hello", "To rename motd, the container copies 286 B first"),
        ("cat /etc/nginx.conf", "Reading nginx.conf copies nothing: layer 2 answers"),
        ("cat /srv/site/50x.html", "Linux refuses with ENOENT: no such name"),
        ("mkdir /srv/site/50x.html", "50x.html is new; the old one in layer 2 stays hidden"),
        ("mkdir /opt", "opt is new, in the container layer alone"),
    ],
)
def test_the_headline_is_the_finding(stack, move, headline):
    assert stack.do(move).picture.headline == headline
    assert len(headline.split()) <= 12


def test_a_directory_made_again_over_a_whiteout_is_a_lid(stack):
    picture = stack.do("rm -r /srv/site", "mkdir /srv/site").picture
    assert picture.headline == "site is new and opaque: nothing below shows through"
    lids = [lid for row in picture.rows for lid in row.lids if row.key == "container"]
    assert [lid.title for lid in lids] == ["/srv/site is opaque"]


def test_the_copy_up_tells_its_phases_and_its_way(stack):
    picture = stack.do("rm /etc/motd", 'echo "gzip on;" >> /etc/nginx.conf').picture
    assert [(phase.title, phase.note) for phase in picture.phases] == [
        ("Look up", "found in layer 2"),
        ("Parents", "/etc is up already"),
        ("Copy bytes", "6.2 KB"),
        ("Write", "9 bytes, at the end"),
    ]
    assert picture.lift is not None
    assert picture.rows[picture.lift.source].key == "2"
    assert picture.rows[picture.lift.target].key == "container"
    merged = picture.rows[0].cells[picture.lift.column]
    assert merged.chip is not None
    assert merged.was is not None
    assert merged.was.chip is not None
    assert (merged.was.chip.owner, merged.chip.owner) == ("2", "container")


def test_a_search_says_what_stopped_it(stack):
    picture = stack.look("/srv/site/50x.html").picture
    assert picture.headline == "An opaque directory in layer 3 stops the search for 50x.html"
    assert [row.verdict for row in picture.rows] == [
        "no such name", "no, look below", "no, look below", "opaque, stop", "not asked", "not asked",
    ]  # fmt: skip


def test_each_step_can_be_seen_again_and_undone(stack):
    before = stack.text
    stack.do("rm /etc/motd")
    after = stack.text
    assert stack.back().text != after
    assert stack.next().text == after
    assert stack.undo().text == before
    assert stack.upper == Dir()


def test_many_layers_fold_but_never_one_that_answers():
    plain = layer({"/opt/x": "x"})
    layers = (BASE, *[layer({f"/opt/{n}": "x"}) for n in range(20)], plain)
    picture = Stack(layers, ["rm /etc/motd"], paths=("/etc/motd", "/bin/sh")).picture
    assert any(
        row.key.startswith("fold") and "layers, none has these paths" in row.name for row in picture.rows
    )
    assert picture.rows[-1].key == "1"


def test_a_large_image_stays_a_small_picture():
    wide = layer({f"/usr/share/doc/p{n}/copyright": "c" for n in range(3_000)})
    stack = Stack((wide, layer({"/usr/share/doc/p7/copyright": "d"})))
    assert len(json.dumps(stack.picture.json())) < 16_000
    assert len(stack.picture.columns) <= MAX_COLUMNS


LEAVES = st.one_of(
    st.binary(max_size=3).map(lambda raw: File(data=Bytes(raw))),
    st.builds(Whiteout),
    st.builds(Symlink, target=st.sampled_from(["a", "/b", "no"])),
)
TREES = st.recursive(
    LEAVES,
    lambda nodes: st.builds(
        Dir,
        children=st.dictionaries(st.sampled_from(["a", "b", "ö", "w\udcff"]), nodes, max_size=3),
        opaque=st.booleans(),
    ),
    max_leaves=8,
)
ROOTS = st.builds(Dir, children=st.dictionaries(st.sampled_from(["a", "b", "c"]), TREES, max_size=3))
MOVES = st.sampled_from(
    ["rm -r /a", "rm /b", "mkdir /a", "mkdir /a/b", "echo x > /a/b", "echo x >> /b", "mv /a /c", "mv /b /a", "chmod 600 /b",
     "ln /b /a/a", "ln -s /b /c", "cat /b", "ls /a", "touch /a/a", "truncate -s 3 /b", "rmdir /a"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ROOTS, min_size=1, max_size=4),
    st.lists(MOVES, max_size=4),
    st.sampled_from(["/a", "/a/b", "/c/a/b", "/b"]),
)
def test_whatever_the_layers_the_picture_says_what_the_engine_says(lowers, moves, path):
    stack = Stack(tuple(lowers))
    for move in moves:
        try:
            stack.do(move)
        except ValueError as nothing_to_do:
            assert "nothing to do" in str(nothing_to_do)  # noqa: PT017
    for step in range(len(stack.scene.moments) + 1):
        check(stack.go(step))
    check(stack.look(path))


def check(stack: Stack) -> None:
    """One picture against look-ups of its own, and its twins against their limits."""
    picture = stack.picture
    assert len(picture.headline.split()) <= 12
    assert sum(not column.fold for column in picture.columns) <= NARROW_COLUMNS
    for at, column in enumerate(picture.columns):
        found = look_up(stack.layers, column.path)
        chip = picture.rows[0].cells[at].chip
        seen = chip is not None and chip.look != "gone"
        assert seen == (found.node is not None)
        if chip is not None and seen and found.layer is not None:
            assert chip.owner == ("container" if found.layer == len(stack.lowers) else str(found.layer + 1))
        for row in picture.rows[1:]:
            number = len(stack.lowers) if row.key == "container" else int(row.key) - 1
            there = find(stack.layers[number], column.path)
            assert (row.cells[at].chip is not None) == (there is not None)
    text, drawn = stack.text, stack.svg
    assert text == stack.text
    assert drawn == stack.svg
    text.encode()
    assert max(map(len, text.splitlines())) <= 88
    assert all(line == line.rstrip() for line in text.splitlines())
    ET.fromstring(drawn)
    json.dumps(picture.json(), ensure_ascii=False).encode()
