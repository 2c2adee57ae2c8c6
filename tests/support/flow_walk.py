"""How somebody walks through the city's questions for a business, at a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from tests.support.browser import PATIENCE_MS, Citizen

PAGE = "/business/which-licences"
ARABIC = "/ar/business/which-licences"
# What is typed and stands in no public file or page by itself.
CHILDREN = 173


def began(citizen: Citizen, path: str = PAGE, *, start: str = "Start now") -> Page:
    """A page of questions, begun."""
    page = citizen.open(path)
    page.get_by_role("button", name=start).click()
    return page


@contextmanager
def stepping(page: Page) -> Iterator[None]:
    """Wait, after what the body does, until another step stands in this one's place: what comes next is
    found out while the page goes on."""
    step = page.locator("nearside-flow > :is(form, h2)").first.element_handle()
    yield
    page.wait_for_function("(step) => !step.isConnected", arg=step, timeout=PATIENCE_MS)


def answer(page: Page, *labels: str) -> None:
    """Choose options and go on."""
    with stepping(page):
        for label in labels:
            page.get_by_label(re.compile(f"^{label}")).check()
        page.get_by_role("button", name="Continue").click()


def skip(page: Page) -> None:
    """Leave a question that nobody has to answer."""
    with stepping(page):
        page.get_by_role("button", name="I would rather not say").click()


def question(page: Page) -> Locator:
    """The question that is put."""
    return page.locator("nearside-flow legend h2")


def nursery(page: Page) -> None:
    """Answer as somebody who opens a large nursery at home."""
    answer(page, "Look after children")
    page.get_by_label("How many children").fill(str(CHILDREN))
    answer(page)
    answer(page, "At home")
    skip(page)


def outcomes(page: Page, heading: str) -> list[str]:
    """The titles listed under a heading of the results."""
    found: list[str] = page.evaluate(
        """(heading) => {
          const parts = [...document.querySelector("nearside-flow").children];
          const from = parts.findIndex((part) => part.matches("h3") && part.textContent === heading);
          const rest = parts.slice(from + 1);
          const to = rest.findIndex((part) => part.matches("h3, details, .nearside-flow-actions"));
          return rest.slice(0, to).flatMap((part) =>
            [...part.querySelectorAll(":scope > li > :first-child")].map((title) => title.textContent));
        }""",
        heading,
    )
    return found
