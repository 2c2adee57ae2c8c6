"""What the device does on the spot: help that begins where somebody is, and a search that is near to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from edge_client.signals.kept import KeptSignals
from edge_client.wire.noticed import SignalKind
from tests.support.browser import PATIENCE_MS, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PARKING = ("/parking/zones", "/parking/resident-permit", "/parking/visitor-permit", "/parking/pay-fine")
TITLES = (
    "Bin collection days",
    "Parking zones and hours",
    "Apply for a resident parking permit",
    "Get visitor parking permits",
    "Pay a parking fine",
)
SENSITIVE = "/registration/register-death"
# What leaves of its own accord, the same number of bytes whatever it says (docs/what-leaves-the-device.md).
POSTED = {"/consent/events", "/contributions"}
REFUSE_COPYING = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
}"""


# Words that the city knows, one of them asked for by a rule, and one that nobody else types.
TYPED = "parking permit xylophonist"
CANARY = "xylophonist"


def contacts(page: Page) -> list[str]:
    """The topics of the contacts, in their order."""
    found: list[str] = page.locator("nearside-help [data-topic]").evaluate_all(
        "(all) => all.map(({ dataset }) => dataset.topic)"
    )
    return found


def searches(citizen: Citizen) -> list[str]:
    """What this device has noticed of searches."""
    kept = KeptSignals.from_bytes((citizen.store().get("signals") or '{"off":[],"rows":[],"v":1}').encode())
    return [signal.about for signal in kept.rows if signal.kind is SignalKind.SEARCHED]


def searched(page: Page) -> list[str]:
    """Type and press, and return the pages that were found, in their order."""
    search = page.locator("nearside-search")
    search.get_by_role("searchbox").fill(TYPED)
    search.get_by_role("button", name="Search").click()
    expect(search.get_by_role("status")).to_contain_text(f"results for “{TYPED}”.")
    found: list[str] = page.locator("[data-result]").evaluate_all(
        "(all) => all.map((each) => each.dataset.result)"
    )
    return found


def test_a_visit_begins_its_help_and_orders_a_search_and_no_request_says_so(
    city: PlayedCity, chromium: Browser
) -> None:
    """After four pages on parking the contacts begin with parking, open; what was looked at is listed without
    what is sensitive, and is copied at a press alone. A search finds the same before a yes and after it; what
    stands further up says why. What was typed is in no request, no address and nothing that is kept, and is
    gone with a reload; but for the one word that a rule asks for, which the device
    notices as on any page of results."""
    with citizen_of(city, chromium, bypass_csp=True, viewport={"width": 320, "height": 800}) as citizen:
        begun = len(city.front.seen)
        page = citizen.open("/services")
        by_words = searched(page)
        expect(page.get_by_text("Further up")).to_have_count(0)
        citizen.open("/help/contact")
        whole = contacts(page)
        assert whole[0] != "parking"
        citizen.accept()
        citizen.planned()
        citizen.look_at("/waste/collection-days", *PARKING)
        citizen.open(SENSITIVE)
        page.wait_for_selector("html[data-nearside]", state="attached")
        citizen.context.grant_permissions(["clipboard-read", "clipboard-write"])
        citizen.open("/help/contact")
        seen = page.locator(".nearside-help-seen")
        expect(seen.get_by_role("listitem")).to_have_text(list(TITLES), timeout=PATIENCE_MS)
        first = page.locator("nearside-help [data-topic]").first
        expect(first).to_have_attribute("open", "")
        expect(first).to_contain_text("You looked at pages about “Parking and streets”")
        assert contacts(page) == ["parking", *(topic for topic in whole if topic != "parking")]
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert citizen.violations() == []
        copy = seen.get_by_role("button", name="Copy a summary")
        copy.focus()
        page.keyboard.press("Enter")
        expect(seen.get_by_role("status")).to_contain_text("Copied")
        numbered = [f"{at}. {title}" for at, title in enumerate(TITLES, 1)]
        summary = "\n".join(
            ["It is about: Parking and streets.", "On this website I looked at these pages:", *numbered]
        )
        assert page.evaluate("navigator.clipboard.readText()") == summary
        page.evaluate(REFUSE_COPYING)
        copy.click()
        expect(seen.get_by_role("textbox", name="Summary to read out")).to_have_value(summary)
        expect(seen.get_by_role("textbox")).to_be_focused()
        assert citizen.violations() == []
        citizen.open("/services")
        citizen.noticing()
        expect(page.locator("nearside-search[data-ordered]")).to_be_attached(timeout=PATIENCE_MS)
        placed = searched(page)
        moved = page.locator("[data-result]", has_text="Further up because you looked at")
        assert sorted(placed) == sorted(by_words)
        assert placed != by_words
        for each in moved.all():
            item = each.get_attribute("data-result") or ""
            assert placed.index(item) < by_words.index(item)
        assert moved.count() > 0
        assert page.url == f"{city.url}/services"
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert citizen.violations() == []
        page.reload()
        expect(page.locator("nearside-search").get_by_role("status")).to_be_attached()
        expect(page.get_by_role("searchbox")).to_have_value("")
        citizen.until(lambda: searches(citizen) == ["parking"], "the word that a rule asks for")
        kept = f"{citizen.local()} {citizen.store()} {page.evaluate('JSON.stringify(sessionStorage)')}"
        assert CANARY not in kept
        requests = city.front.seen[begun:]
        assert CANARY not in repr(requests)
        assert {request.path for request in requests if request.method != "GET"} <= POSTED
        assert {request.query for request in requests} == {""}
        citizen.open("/help/contact")
        expect(seen).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name="This visit was for someone else").click()
        expect(seen).to_have_count(0)
        citizen.until(lambda: contacts(page) == whole, "the contacts in the server's own order")
        assert citizen.said == []
