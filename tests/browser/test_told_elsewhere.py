"""Another tool of the page that asks for consent: never asked over, and followed while a page is open."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.agency_site import agency_site, plan_text, stored, visitor
from tests.support.page_scripts import ROOT

pytestmark = pytest.mark.browser

BODY = """<main>
<nearside-recommend slot="related"><ul><li><a href="/bins/missed">Bins</a></li></ul></nearside-recommend>
<p><nearside-status></nearside-status></p><button id="no">Reject cookies</button></main>
<script type="module" src="/tool.js"></script>"""
# What an agency's own tool does at a press, as services of GOV.UK do it.
TOOL = """document.getElementById("no").addEventListener("click", () => {
  document.cookie = `cookies_policy=${encodeURIComponent('{"essential":true,"usage":false}')}; path=/`;
  document.cookie = "cookies_preferences_set=true; path=/";
});"""
YES = (
    "document.cookie = 'cookies_policy="
    + quote(json.dumps({"essential": True, "usage": True}))
    + "; path=/';"
)
CHOSEN = "document.cookie = 'cookies_preferences_set=true; path=/';"
QUIET = "window.SharedWorker = undefined; window.Worker = class { postMessage() {} };"


def given(page: Page) -> list[str] | None:
    found: list[str] | None = page.evaluate(
        "JSON.parse(localStorage['nearside.choice'] ?? '{}').given ?? null"
    )
    return found


def test_another_tools_answer_comes_first(chromium: Browser) -> None:
    """Nobody is asked twice at a time; a yes there is none here; a no there takes a yes here back at the
    press, and is asked over by nobody. The page's own scripts were promised no API, and have none."""
    with agency_site() as site, visitor(chromium, QUIET) as page:
        site.files["/tool.js"] = TOOL.encode()
        address = site.put("/", BODY, more=' data-consent="govuk"')
        banner = page.locator(".nearside-banner")
        page.goto(address)
        expect(page.locator("nearside-status")).to_have_text("Suggestions are off.")
        page.wait_for_function("() => !('nearside' in window)")
        expect(banner).to_have_count(0)
        page.evaluate(YES + CHOSEN)
        expect(banner).to_have_count(1)  # seen within a second, without a press
        assert given(page) is None
        banner.get_by_role("button").first.click()
        assert given(page) == ["suggest", "learn"]
        page.get_by_role("button", name="Reject cookies").click()
        expect(page.locator("nearside-status")).to_have_text("Suggestions are off.")
        assert given(page) == []
        expect(banner).to_have_count(0)
        page.reload()
        page.wait_for_function("() => !('nearside' in window)")
        assert page.evaluate("document.querySelector('.nearside-banner')") is None


def test_a_no_that_the_line_of_the_guide_tells_while_the_page_is_parsed_counts(chromium: Browser) -> None:
    """Nothing listens yet: it is told again once something does."""
    guide = (ROOT / "docs/integrating.md").read_text("utf-8")
    (line,) = re.findall(r"```xml\n(<script>.*?</script>)\n```", guide, re.DOTALL)
    told = line.replace("<script>", "<script>const tool = { allows: () => false };")
    plan = stored(plan_text({"related": ["/parking/permit"]}))
    with agency_site() as site, visitor(chromium, QUIET, plan, bypass_csp=True) as page:
        page.goto(site.put("/", told + BODY, more=' data-consent="event:cookie-choice"'))
        expect(page.locator("nearside-status")).to_have_text("Suggestions are off.")
        expect(page.locator("[data-personalised]")).to_have_count(0)
        assert given(page) == []


def test_an_event_of_another_tool_counts_while_the_page_is_open(chromium: Browser) -> None:
    """A no by an event takes what was decided off the page; one that tells nothing does nothing."""
    with (
        agency_site() as site,
        visitor(chromium, QUIET, stored(plan_text({"related": ["/parking/permit"]}))) as page,
    ):
        page.goto(site.put("/", BODY, more=' data-api data-consent="event:cookie-choice usage"'))
        page.wait_for_function("() => window.nearside?.version === 1")
        shown = page.locator("[data-personalised]")
        for detail in ("{ ads: false }", "{ usage: true }", "null"):
            page.evaluate(f"dispatchEvent(new CustomEvent('cookie-choice', {{ detail: {detail} }}))")
            expect(shown).to_have_count(1)
        assert given(page) == ["suggest"]
        page.evaluate("dispatchEvent(new CustomEvent('cookie-choice', { detail: { usage: false } }))")
        expect(shown).to_have_count(0)
        assert given(page) == []
