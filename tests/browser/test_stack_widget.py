"""The stack widget in JupyterLab, by mouse and by keyboard alone, in every dress it has."""

from __future__ import annotations

import pytest

from tests.browser.conftest import WIDGET
from tests.browser.looks import unreadable, violations
from tests.browser.notebook import open_notebook, run_all, settle

pytestmark = pytest.mark.browser

HEADLINE = ".ll h2"
DRESSES = {
    "light": (1280, 900, "JupyterLab Light"),
    "dark": (1280, 900, "JupyterLab Dark"),
    "zoom 150 %": (853, 600, "JupyterLab Light"),
    "zoom 200 %": (640, 450, "JupyterLab Dark"),
    "wide": (1920, 1080, "JupyterLab Light"),
}


@pytest.fixture
def widget(page, jupyter):
    """The widget alone in a notebook, its cells run."""
    open_notebook(page, jupyter, WIDGET)
    run_all(page)
    page.wait_for_selector(HEADLINE)
    settle(page)
    return page.locator(".ll").last


def headline(page) -> str:
    settle(page)
    return page.locator(HEADLINE).last.inner_text()


def test_it_is_used_by_mouse(page, widget, watch):
    assert headline(page) == "To write 9 bytes, the container copies 6.2 KB first"
    widget.get_by_role("button", name="Back").click()
    assert headline(page) == "Deleting motd frees 0 bytes: a whiteout hides it"
    widget.get_by_role("button", name="from layer 4, index.html, 1.9 KB").click()
    assert headline(page) == "Layer 4 answers for index.html, after 2 questions"
    widget.get_by_role("button", name="50x.html, hidden by 3").click()
    assert headline(page) == "An opaque directory in layer 3 stops the search for 50x.html"
    widget.get_by_role("button", name="Step 1: start", exact=False).or_(
        widget.locator("[data-key=step-0]")
    ).first.click()
    assert headline(page) == "4 layers, one view, nothing copied yet"
    widget.locator("[data-key='move-chmod 600 {}']").click()
    widget.get_by_label("Your move").fill("mv /srv/site /srv/old")
    widget.get_by_role("button", name="Run").click()
    assert headline(page).startswith("Linux refuses with EXDEV")
    widget.get_by_role("button", name="Undo").click()
    assert headline(page) == "4 layers, one view, nothing copied yet"
    watch.clean()


def test_it_is_used_by_keyboard_alone(page, widget, watch):
    keys = page.keyboard
    widget.locator("[data-key=back]").focus()
    keys.press("Enter")
    assert headline(page).startswith("Deleting motd")
    assert page.evaluate("document.activeElement.dataset.key") == "back"
    for _ in range(3):
        keys.press("Tab")
    assert page.evaluate("document.activeElement.dataset.key") == "step-2"
    for key, step in (
        ("Home", "step-0"),
        ("ArrowRight", "step-1"),
        ("End", "step-3"),
        ("ArrowLeft", "step-2"),
    ):
        keys.press(key)
        settle(page)
        assert page.evaluate("document.activeElement.dataset.key") == step
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    assert page.evaluate("'chip' in document.activeElement.dataset"), (
        "one stop in the table, before the time line"
    )
    keys.press("Home")
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    keys.press("ArrowRight")
    second = page.evaluate("document.activeElement.getAttribute('aria-label')")
    keys.press("ArrowDown")
    below = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert len({first, second, below}) == 3
    keys.press("Enter")
    assert "search for" in headline(page) or "answers for" in headline(page)
    page.locator(".ll input[name=line]").last.focus()
    keys.type("rm /bin/sh")
    keys.press("Enter")
    assert headline(page) == "Deleting sh frees 0 bytes: a whiteout hides it"
    assert page.evaluate("document.activeElement.dataset.key") == "line"
    assert page.locator(".jp-Cell").count() == 2, "no key went through to the notebook"
    watch.clean()


def test_the_scrubber_asks_one_layer_after_the_other_both_ways(page, widget):
    slider = widget.locator("input[type=range]")
    slider.focus()
    said = [slider.get_attribute("aria-valuetext")]
    dots = [widget.locator(".probe").count()]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
        said.append(widget.locator("input[type=range]").get_attribute("aria-valuetext"))
        dots.append(widget.locator(".probe").count())
    assert dots == [5, 4, 3, 4]
    assert said[0].endswith("found, stop")
    assert said[2].startswith("Layer 4: COPY site/ /srv/site/")
    assert said[1] == said[3]


def test_a_mistake_is_shown_and_the_picture_stays(page, widget, watch):
    before = headline(page)
    for line, words in (
        ("rm motd", "expected a path from the root"),
        ("fly /", "not known here"),
        ('rm "x', "quotation"),
    ):
        widget.get_by_label("Your move").fill(line)
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        alert.filter(has_text=words).wait_for(timeout=10_000)
        assert headline(page) == before
        assert widget.get_by_label("Your move").input_value() == line
    widget.get_by_role("button", name="Back").click()
    settle(page)
    assert page.locator(".ll .alarm").last.inner_text() == ""
    watch.clean()


def test_the_kernel_has_its_say(page, widget, watch):
    widget.get_by_role("button", name="Check against Linux").click()
    strip = widget.locator(".kernel.agrees, .kernel.recorded, .kernel.unchecked:not(:has(button))")
    strip.wait_for(timeout=60_000)
    assert "does the same" in strip.inner_text() or "not checked" in strip.inner_text()
    watch.clean()


def test_every_dress_is_readable(page, widget, watch):
    """Both themes, zoom and a wide screen: nothing clipped, nothing on top of another, no axe-core violation."""
    for name, (width, height, theme) in DRESSES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        page.wait_for_selector(f"[data-jp-theme-name='{theme}']", state="attached")
        for step in (0, 2, 3):
            widget.locator(f"[data-key=step-{step}]").click()
            settle(page)
            assert unreadable(widget) == {}, f"{name}, step {step}"
        assert violations(page) == [], name
    watch.clean()


def test_the_projector_fits_on_one_screen(page, widget, watch):
    page.set_viewport_size({"width": 1920, "height": 1080})
    widget.locator("[data-key=next]").focus()
    page.keyboard.press("Alt+p")
    page.wait_for_selector(".ll.projector")
    settle(page)
    page.wait_for_function("document.fullscreenElement?.classList.contains('ll')")
    box = page.evaluate(
        "(() => { const e = document.querySelector('.ll.projector'); return [e.scrollHeight, innerHeight]; })()"
    )
    assert box[0] <= box[1]
    smallest = widget.evaluate(
        "(root) => Math.min(...[...root.querySelectorAll('code, small, b, span, button, dd, dt, h2')]"
        ".filter((one) => one.offsetParent && one.innerText?.trim()).map((one) => parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert smallest >= 16.5
    assert unreadable(widget) == {}
    assert violations(page) == []
    page.keyboard.press("Alt+p")
    page.wait_for_selector(".ll:not(.projector)")
    assert page.evaluate("document.fullscreenElement") is None
    watch.clean()


def test_motion_plays_once_and_ends_in_the_whole_picture(page, widget):
    """Look up, copy, write, in this order; back plays nothing; those who asked for little motion see the end at once."""
    watch_frames = """(root) => { window.frames_seen = [root.querySelector('.ll-body').dataset.frame];
      new MutationObserver(() => window.frames_seen.push(root.querySelector('.ll-body').dataset.frame))
        .observe(root, { subtree: true, attributes: true, attributeFilter: ['data-frame'] }); }"""
    page.emulate_media(reduced_motion="no-preference")
    widget.locator("[data-key=back]").click()
    page.wait_for_function("document.querySelector('.ll h2').innerText.startsWith('Deleting')")
    widget.evaluate(watch_frames)
    widget.locator("[data-key=next]").click()
    page.wait_for_function(
        "window.frames_seen.at(-1) === 'act' && window.frames_seen.includes('copy')", timeout=15_000
    )
    seen = [frame for at, frame in enumerate(page.evaluate("window.frames_seen")) if frame != "act" or at]
    order = [frame for at, frame in enumerate(seen) if at == 0 or seen[at - 1] != frame]
    assert order == ["look", "parents", "copy", "act"]
    page.emulate_media(reduced_motion="reduce")
    widget.locator("[data-key=back]").click()
    page.wait_for_function("document.querySelector('.ll h2').innerText.startsWith('Deleting')")
    page.evaluate("window.frames_seen = []")
    widget.locator("[data-key=next]").click()
    page.wait_for_function("document.querySelector('.ll h2').innerText.startsWith('To write')")
    settle(page)
    assert set(page.evaluate("window.frames_seen")) <= {"act"}
