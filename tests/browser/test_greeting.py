"""A page greets by name whoever switched that on, allows suggestions and kept a name: no request tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import LOOKS_EVERY_MS

pytestmark = pytest.mark.browser

HELLO = "<main><h1><nearside-greeting>Welcome</nearside-greeting></h1></main>"
FORM = """<main><form id="f" method="post" data-nearside-form="permit">
<p><label for="n">Name</label><input id="n" autocomplete="name"></p></form>
<nearside-keep for="f"></nearside-keep></main>"""
NAME = "Samira <b>Carter</b>"


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """A page with a greeting, one with a form, and the settings."""
    with agency_site() as served:
        served.put("/", HELLO)
        served.put("/form", FORM)
        served.put("/panel", "<main><nearside-preferences></nearside-preferences></main>")
        yield served


def test_a_name_is_off_until_it_is_switched_on_and_goes_with_the_yes(
    site: AgencySite, chromium: Browser
) -> None:
    """It stands in place of the server's words as a text, whatever was typed; the page asks for the same,
    greeted or not."""
    with visitor(chromium, stored(plan_text({}))) as page:
        page.goto(f"{site.url}/form")
        page.locator("#n").fill(NAME)
        page.get_by_role("button", name="Keep these answers for next time").click()
        expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept")

        def asked_for(words: str) -> set[str]:
            begun = len(site.seen)
            page.goto(site.url)
            page.wait_for_function("() => customElements.get('nearside-greeting') !== undefined")
            expect(page.locator("h1")).to_have_text(words)
            while not any("worker" in path for path in site.seen[begun:]):  # it begins behind all parts
                page.wait_for_timeout(LOOKS_EVERY_MS)
            return set(site.seen[begun:])

        plain = asked_for("Welcome")
        page.goto(f"{site.url}/panel")
        page.get_by_label("Greet me by my name").check()
        assert asked_for(f"Hello, {NAME}") == plain
        assert page.locator("h1 b").count() == 0
        assert not any("Carter" in path for path in site.seen)
        page.goto(f"{site.url}/panel")
        page.get_by_role("button", name="Switch everything off").click()
        expect(page.get_by_label("Greet me by my name")).to_be_hidden()
        assert page.evaluate("localStorage['nearside.greet']") is None
        page.goto(site.url)
        expect(page.locator("h1")).to_have_text("Welcome")
