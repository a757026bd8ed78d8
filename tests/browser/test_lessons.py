"""Every lesson and demo, run from top to bottom in JupyterLab, as a learner sees it."""

from __future__ import annotations

import pytest

from tests.browser.looks import unreadable, violations
from tests.browser.notebook import ROOT, open_notebook, run_all, settle

pytestmark = pytest.mark.browser

NOTEBOOKS = ROOT / "notebooks"
LESSONS = sorted(
    path.relative_to(NOTEBOOKS).as_posix()
    for path in [*NOTEBOOKS.glob("[0-9]*.ipynb"), *NOTEBOOKS.glob("demos/*.ipynb")]
)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_clean_and_its_widgets_are_readable(page, jupyter, watch, name):
    open_notebook(page, jupyter, name)
    run_all(page)
    page.evaluate("document.querySelector('.ll')?.scrollIntoView()")
    page.wait_for_timeout(500)
    watch.clean()
    widgets = page.locator(".ll")
    if widgets.count():
        settle(page)
        for widget in widgets.all():
            widget.scroll_into_view_if_needed()
            assert unreadable(widget) == {}
        assert violations(page) == []


def test_there_are_lessons():
    assert {"00_welcome.ipynb", "06_union_filesystems.ipynb", "demos/kernel_twin.ipynb"} <= set(LESSONS)
