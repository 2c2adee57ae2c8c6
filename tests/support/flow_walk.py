"""How somebody walks through the city's questions for a business, at a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.support.browser import Citizen

PAGE = "/business/which-licences"
ARABIC = "/ar/business/which-licences"
# What is typed and stands in no public file or page by itself.
CHILDREN = 173


def began(citizen: Citizen, path: str = PAGE, *, start: str = "Start now") -> Page:
    """A page of questions, begun."""
    page = citizen.open(path)
    page.get_by_role("button", name=start).click()
    return page


def answer(page: Page, *labels: str) -> None:
    """Choose options and go on."""
    for label in labels:
        page.get_by_label(re.compile(f"^{label}")).check()
    page.get_by_role("button", name="Continue").click()


def question(page: Page) -> str:
    """The question that is put."""
    return page.locator("nearside-flow legend h2").inner_text()


def nursery(page: Page) -> None:
    """Answer as somebody who opens a large nursery at home."""
    answer(page, "Look after children")
    page.get_by_label("How many children").fill(str(CHILDREN))
    answer(page)
    answer(page, "At home")
    page.get_by_role("button", name="I would rather not say").click()


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
