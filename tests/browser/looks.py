"""What makes a picture unreadable, asked of the page itself: clipped words, chips on chips, accessibility rules."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

CLIPPED = """(root) => [...root.querySelectorAll('.chip code, .chip small, .btn, .verdict, .lid, .badge, .heads code, .lift span, dd, dt')]
  .filter((one) => one.offsetParent && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
     && getComputedStyle(one).display !== 'inline')
  .map((one) => `${one.className || one.tagName}: ${one.textContent}`)"""

OVERLAP = """(root) => {
  const seen = [...root.querySelectorAll('.chip, .lid, .verdict, .name, .heads code, .btn, .hands input, .lift span')]
    .filter((one) => one.offsetParent && one.textContent + one.tagName !== '' && getComputedStyle(one).visibility !== 'hidden');
  const box = (one) => one.getBoundingClientRect();
  const found = [];
  for (let i = 0; i < seen.length; i += 1) for (let k = i + 1; k < seen.length; k += 1) {
    const [a, b] = [box(seen[i]), box(seen[k])];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1.5 && high > 1.5 && !seen[i].contains(seen[k])) found.push(`${seen[i].textContent} / ${seen[k].textContent}`);
  }
  return found;
}"""

OUTSIDE = """(root) => {
  const edge = root.getBoundingClientRect();
  return [...root.querySelectorAll('.chip, .lid, .verdict, .btn, input, .kernel, .phases button')].filter((one) => one.offsetParent)
    .filter((one) => one.getBoundingClientRect().right > edge.right + 1 || one.getBoundingClientRect().left < edge.left - 1)
    .map((one) => one.textContent || one.tagName);
}"""

SMALL = """(root) => [...root.querySelectorAll('button, input, summary')].filter((one) => one.offsetParent)
  .filter((one) => one.getBoundingClientRect().height < 23.5 && one.type !== 'range')
  .map((one) => `${one.textContent}: ${one.getBoundingClientRect().height}`)"""


def unreadable(widget: Any) -> dict[str, list[str]]:
    """Everything that is clipped, lies on something else, sticks out, or is too small to hit."""
    asked = {"clipped": CLIPPED, "overlapping": OVERLAP, "sticking out": OUTSIDE, "too small": SMALL}
    return {what: found for what, script in asked.items() if (found := widget.evaluate(script))}


def violations(page: Any, selector: str = ".ll") -> list[str]:
    """What axe-core has against the widgets, with the elements it means."""
    report = Axe().run(page, context={"include": [[selector]]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for one in report
        for node in one["nodes"]
    ]
