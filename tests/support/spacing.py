"""Text set apart as readers may set it (WCAG 2.2, 1.4.12), what is lost by it, and what hides a focus."""

from __future__ import annotations

from playwright.sync_api import Page

SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-block-end: 2em !important }
"""
# Whose text is cut off, or is under another thing that is pressed.
LOST = """(ours) => {
  const shown = (each) => each.checkVisibility() && !each.matches(".nearside-unseen, .govuk-visually-hidden");
  const roots = [...document.querySelectorAll(ours)].filter(shown);
  if (roots.length === 0) {
    return null;
  }
  const all = [...new Set(roots.flatMap((each) => [each, ...each.querySelectorAll("*")]))].filter(shown);
  // The line of an alert is one line for everybody: a button beside it opens all that it says.
  const cut = all.filter((each) => !each.matches(".nearside-alert-line")).filter((each) => {
    const { overflowX, overflowY } = getComputedStyle(each);
    const hides = (axis) => axis === "hidden" || axis === "clip";
    return (hides(overflowX) && each.scrollWidth > each.clientWidth + 1)
      || (hides(overflowY) && each.scrollHeight > each.clientHeight + 1);
  });
  const pressed = all.filter((each) => each.matches("a[href], button, summary, input, select"));
  const boxes = pressed.map((each) => each.getBoundingClientRect());
  const over = pressed.filter((each, at) => boxes.some((box, other) => other > at
    && !each.contains(pressed[other]) && !pressed[other].contains(each)
    && Math.min(box.right, boxes[at].right) - Math.max(box.left, boxes[at].left) > 1
    && Math.min(box.bottom, boxes[at].bottom) - Math.max(box.top, boxes[at].top) > 1));
  return [...cut.map((each) => `cut off: ${each.outerHTML.slice(0, 160)}`),
    ...over.map((each) => `overlapped: ${each.outerHTML.slice(0, 160)}`)];
}"""
# Nothing of what has the focus can be seen: something else is over all of it, or it is out of sight.
HIDDEN = """() => {
  const each = document.activeElement;
  const [box] = each.getClientRects();
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)));
  return points.some((seen) => seen && (each.contains(seen) || seen.contains(each))) ? null : each.outerHTML;
}"""


def lost_by_spacing(page: Page, ours: str) -> list[str]:
    """Set the text of the page apart for good, and return what of these elements is cut off or overlapped;
    at least one is there."""
    page.add_style_tag(content=SPACED)
    lost: list[str] | None = page.evaluate(LOST, ours)
    assert lost is not None, f"none of {ours} is on the page"
    return lost


def hidden_by_the_way(page: Page) -> list[str]:
    """Go through the page by Tab, and back, and return what had the focus and was not to be seen; both ways
    something had it."""
    hidden: list[str] = []
    page.evaluate("scrollTo(0, 0)")
    for key in ("Tab", "Shift+Tab"):
        for reached in range(200):
            page.keyboard.press(key)
            if page.evaluate("document.activeElement === document.body"):
                assert reached > 0, f"{key} reaches nothing"
                break
            if found := page.evaluate(HIDDEN):
                hidden.append(found)
    return hidden
