"""What a checker of accessibility finds on a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

_RUN: Final = """async ([within, rules]) => {
  const { violations } = await axe.run(within ? { include: [within] } : document,
    rules.length > 0 ? { runOnly: rules } : {});
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""


def violations(page: Page, axe: Path, *, within: str = "", rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds on the page that is open, each as its rule and the element.

    `axe` is `axe.min.js` of npm's axe-core; `within` is a selector, all of the page where it is empty; of
    `rules` all that axe has, where none is named. A context with a strict policy for scripts has to be made
    with `bypass_csp`.
    """
    page.evaluate(axe.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, [within, list(rules)])
    return found
