"""The learner's stack and its widget: what a press does, what a mistake says, what a stored notebook holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from layerlab import Stack, Unlink, layer, show
from layerlab.engine.files import ops
from layerlab.widgets.moves import Shell
from layerlab.widgets.stack import instruction

BASE = layer({"/etc/motd": "hello\n", "/srv/a": "a", "/srv/b": "b"})


@pytest.fixture
def stack() -> Stack:
    return Stack((BASE,), names=("FROM scratch",))


def test_a_command_and_its_operation_are_the_same_step(stack):
    other = Stack((BASE,), names=("FROM scratch",)).do(Unlink("/etc/motd"))
    assert stack.do("rm /etc/motd").text == other.text
    assert stack.upper == other.upper


def test_what_is_refused_is_a_step_and_no_exception(stack):
    stack.do("rm /etc/none")
    assert stack.error == "ENOENT"
    assert "ENOENT" in stack.picture.headline
    assert stack.do("rm /etc/motd").error == ""


def test_a_new_move_takes_the_place_of_what_was_gone_back_over(stack):
    stack.do("rm /etc/motd", "rm /srv/a").go(1).do("rm /srv/b")
    assert [moment.words for moment in stack.scene.moments] == ["rm /etc/motd", "rm /srv/b"]
    assert len(stack.states) == 3


def test_reading_gives_the_bytes(stack):
    assert stack.do("cat /etc/motd").result == b"hello\n"


def test_text_and_svg_are_always_there_and_the_same_each_time(stack):
    one, two = stack._repr_mimebundle_(), stack._repr_mimebundle_()
    assert {"text/plain", "image/svg+xml", "application/vnd.jupyter.widget-view+json"} <= one.keys()
    assert one["text/plain"] == two["text/plain"] == stack.text
    assert one["image/svg+xml"] == two["image/svg+xml"]
    assert "0x" not in repr(stack)


def test_without_widgets_the_picture_is_still_there():
    program = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from layerlab import Stack, layer\n"
        "print(sorted(Stack(layer({'/a': 'b'}))._repr_mimebundle_()))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['image/svg+xml', 'text/plain']"


def test_an_image_alone_cannot_be_written():
    image = show((BASE,), "/srv/a")
    assert [row.key for row in image.picture.rows] == ["merged", "1"]
    with pytest.raises(ValueError, match=r"put a container on it"):
        image.do("rm /srv/a")


@pytest.mark.parametrize(
    ("message", "headline"),
    [
        ({"do": "rm /etc/motd"}, "Deleting motd frees 0 bytes: a whiteout hides it"),
        ({"look": "/srv/a"}, "Layer 1 answers for a, after 2 questions"),
        ({"go": 0}, "1 layer, one view, nothing copied yet"),
    ],
)
def test_a_press_changes_the_picture(stack, message, headline):
    widget = shown(stack)
    widget.pressed(None, message)
    assert widget.error == ""
    assert widget.model["headline"] == headline


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"do": "rm motd"}, "rm: motd: expected a path from the root, such as /etc/motd"),
        ({"do": "fly"}, "fly: not known here. Known are echo,"),
        ({"do": 'rm "'}, "no closing quotation"),
        ({"do": "chmod u+x /etc/motd"}, "expected an octal mode"),
        ({"look": "motd"}, "motd: expected a path from the root"),
        ({"go": 7}, "there are steps 0 to 0, not 7"),
        ({"wave": 1}, "nothing is known about {'wave': 1}"),
    ],
)
def test_a_mistake_is_said_and_the_picture_stays(stack, message, words):
    widget = shown(stack)
    before = widget.model
    widget.pressed(None, message)
    assert words in widget.error
    assert widget.model == before
    widget.pressed(None, {"do": "rm /etc/motd"})
    assert widget.error == ""


def test_a_fault_of_ours_is_shown_too(stack, monkeypatch):
    widget = shown(stack)
    monkeypatch.setattr(stack, "look", lambda path: 1 / 0)
    widget.pressed(None, {"look": "/srv/a"})
    assert widget.error.startswith("ZeroDivisionError: division by zero")


def test_each_view_stands_where_it_stood_and_sees_new_steps(stack):
    early = shown(stack.do("rm /etc/motd"))
    stack.do("rm /srv/a")
    late = shown(stack)
    assert (early.model["at"], late.model["at"]) == (1, 2)
    assert len(early.model["steps"]) == 3
    late.pressed(None, {"undo": True})
    assert len(early.model["steps"]) == 2


def test_a_name_that_is_not_utf8_can_be_pressed():
    widget = shown(Stack((layer({"/srv/w\udcff": "x"}),)))
    (path,) = [column["path"] for column in widget.model["columns"]]
    assert path == "/srv/w\\xff"
    widget.pressed(None, {"look": path})
    assert widget.error == ""
    assert widget.model["headline"].startswith("Layer 1 answers")


def shown(stack: Stack):
    stack._repr_mimebundle_()
    return stack.widgets[-1]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("echo hi there > /new", (ops.Create("/new", data=b"hi there\n"),)),
        ("echo hi>/old", (ops.Truncate("/old", size=0), ops.Write("/old", data=b"hi\n"))),
        ("printf '%s' >> /old", (ops.Append("/old", data=b"%s"),)),
        ("mkdir -p /dir/x", (ops.Mkdir("/dir/x"),)),
        ("rm -r /dir", (ops.Unlink("/dir/one"), ops.Rmdir("/dir"))),
        ("rm -f /new /old", (ops.Unlink("/old"),)),
        ("mv /old /dir", (ops.Rename("/old", new="/dir/old"),)),
        ("ln -s old /new", (ops.MakeSymlink("/new", target="old"),)),
        ("chown 5 /old", (ops.Chown("/old", uid=5, gid=5),)),
        ("ls -la", (ops.Listdir("/"),)),
        ("rm -- '/old # 1'", (ops.Unlink("/old # 1"),)),
    ],
)
def test_a_line_becomes_operations(line, made):
    names = {"/dir": ("one",), "/": ("dir", "old")}
    shell = Shell(lambda path: path in {"/", "/old", "/dir", "/dir/one"}, names.get)
    assert shell.read(line) == made


@pytest.mark.parametrize(
    ("created_by", "shown_as"),
    [
        ("/bin/sh -c #(nop) COPY file:1 in / ", "COPY file:1 in /"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
        ("COPY . . # buildkit", "COPY . ."),
    ],
)
def test_an_instruction_as_its_author_wrote_it(created_by, shown_as):
    assert instruction(created_by) == shown_as
