"""Pages of the city in languages that the city does not speak, and what of the interface is not in them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import LOOKS_EVERY_MS, PATIENCE_MS

ROOM = Path(__file__).resolve().parent.parent.parent / "edge_client" / "web" / "words"
LANGUAGES = ("es", "cy")
NARROW = {"viewport": {"width": 320, "height": 800}}
PLACE = re.compile(r"\{\w+\}")
# Texts, and names for screen readers, in elements of ours, with the language that each is marked as; none of
# messages as they were sent.
SAID = """
() => {
  const ours = [...document.querySelectorAll(".nearside-banner, body *")].filter(
    (each) => each.matches(".nearside-banner") || each.localName.startsWith("nearside-"));
  const said = [];
  const add = (text, where) => {
    const plain = text?.replace(/\\s+/g, " ").trim();
    if (plain && !where.closest("pre")) said.push([where.closest("[lang]").lang, plain]);
  };
  for (const root of ours) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) add(walker.currentNode.data, walker.currentNode.parentElement);
    for (const each of root.querySelectorAll("[aria-label], [aria-roledescription]")) {
      for (const name of ["aria-label", "aria-roledescription"]) add(each.getAttribute(name), each);
    }
  }
  return said;
}
"""
# What runs out of its own box sideways; code and messages may scroll.
CUT_OFF = """
() => [...document.querySelectorAll("body *")]
  .filter((each) => each.closest(".nearside-banner, " + [...new Set([...document.querySelectorAll("*")]
    .map(({ localName }) => localName).filter((name) => name.startsWith("nearside-")))].join(", ")))
  .filter((each) => !each.closest("pre, select, textarea, nearside-carousel ul, .govuk-visually-hidden"))
  .filter((each) => each.checkVisibility() && getComputedStyle(each).display !== "inline")
  .filter((each) => each.scrollWidth > each.clientWidth + 1
    || each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
  .map((each) => each.outerHTML.slice(0, 200))
"""


def words(lang: str) -> dict[str, dict[str, str]]:
    """The words of the interface, by part."""
    parts: dict[str, Any] = json.loads((ROOM / f"{lang}.json").read_text(encoding="utf-8"))
    del parts["lang"]
    return parts


def speaking(lang: str) -> Callable[[HttpRequest, Answer], HttpResponse]:
    """A front door whose English pages say that they are in another language."""

    def answered(request: HttpRequest, answer: Answer) -> HttpResponse:
        if "." in request.path.rpartition("/")[2] or request.path.startswith("/consent"):
            return answer(request)
        plain = {name: value for name, value in request.headers.items() if name != "accept-encoding"}
        response = answer(replace(request, headers=plain))
        page = re.sub(rb'<html lang="en[^"]*"', f'<html lang="{lang}"'.encode(), response.body)
        page = page.replace(b'data-lang="en"', f'data-lang="{lang}"'.encode())
        return HttpResponse(response.status, response.headers, page)

    return answered


def said_on(page: Page) -> list[tuple[str, str]]:
    """What our elements say, with its language; what the server wrote between their tags is left out."""
    served: str = page.evaluate("async () => (await fetch(location.href)).text()")
    written = {" ".join(html.unescape(piece).split()) for piece in re.split("<[^>]*>", served)}
    return [(spoken, text) for spoken, text in page.evaluate(SAID) if text not in written]


def left_in_english(page: Page, lang: str) -> list[str]:
    """What is marked as in a language, and is in English: our words, or the months of a date."""
    own = {text for part in words(lang).values() for text in part.values()}
    english = {text for part in words("en").values() for text in part.values() if text} - own
    pieces = {
        piece.strip(" .:,“”()")
        for text in english
        for piece in PLACE.split(text)
        if len(piece.split()) >= 3  # fewer can stand in the title of a page
    }
    months = re.compile(
        r"\b(January|February|March|April|June|July|August|September|October|November|December|\d+ days)\b"
    )
    mine = own_words(page, lang)
    return [
        text
        for text in mine
        if text in english or months.search(text) or any(piece in text for piece in pieces)
    ]


def own_words(page: Page, lang: str) -> list[str]:
    """What is said in a language, once anything is: what our elements say comes behind the page."""
    for _ in range(PATIENCE_MS // LOOKS_EVERY_MS):
        if mine := [text for spoken, text in said_on(page) if spoken == lang]:
            return mine
        page.wait_for_timeout(LOOKS_EVERY_MS)
    raise AssertionError("nothing is said in this language")


def in_another(page: Page, lang: str) -> dict[str, set[str]]:
    """What is marked as in other languages than the page's, by language."""
    found: dict[str, set[str]] = {}
    for spoken, text in said_on(page):
        if spoken != lang:
            found.setdefault(spoken, set()).add(text)
    return found


def cut_off(page: Page) -> list[str]:
    """What does not fit at this width."""
    found: list[str] = page.evaluate(CUT_OFF)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found if wide <= 0 else [*found, f"the page is {wide} px too wide"]


def look(page: Page, lang: str) -> None:
    """Hold what is on a page to its language, as far as it is marked so, and to the width of its screen."""
    assert left_in_english(page, lang) == []
    assert cut_off(page) == []
