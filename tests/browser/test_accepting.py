"""Saying yes: what is decided on this page shows on the next, says why, and goes when it is not wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from edge_client.wire.paths import ItemId
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, NewCitizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

LOOKED_AT = ("/", "/parking/resident-permit", "/parking/visitor-permit")
OUTSIDE_SLOTS = """
() => {
  const page = document.documentElement.cloneNode(true);
  delete page.dataset.nearside;
  page.querySelector(".nearside-banner")?.remove();
  const slots = ["recommend", "hero", "cards", "carousel", "why"];
  const ours = [...slots, "status", "visit", "question"].map((name) => `nearside-${name}`).join();
  for (const element of page.querySelectorAll(ours)) {
    element.replaceWith(element.localName);
  }
  return page.outerHTML;
}
"""


@pytest.fixture(scope="module")
def regular(city: PlayedCity, chromium: Browser) -> Iterator[Citizen]:
    """Someone who said yes on the home page and has looked at two pages since."""
    with citizen_of(city, chromium) as citizen:
        citizen.open(LOOKED_AT[0])
        citizen.accept()
        citizen.planned()
        citizen.look_at(*LOOKED_AT[1:])
        yield citizen


def shown(citizen: Citizen) -> list[str]:
    return [str(card.get_attribute("data-item")) for card in citizen.cards.all()]


def applied(citizen: Citizen, path: str) -> dict[str, Any]:
    """Go to a page, and return the plan that it applies: this page makes the next one while it is open."""
    citizen.planned()
    plan = citizen.plan()
    citizen.open(path)
    return plan


def likely_next(citizen: Citizen) -> str:
    """Return a page that this one links to, for which the plan has suggestions of its own."""
    here = citizen.page.url.removeprefix(citizen.city.url)
    return next(path for path in citizen.plan()["pages"] if path not in ("/", here))


def test_yes_is_confirmed_and_never_asked_again(new_citizen: NewCitizen) -> None:
    """The banner says what was chosen and can be hidden; the next page does not ask."""
    citizen = new_citizen()
    page = citizen.open("/")
    citizen.accept()
    expect(citizen.banner.get_by_role("alert")).to_contain_text("You have accepted suggestions.")
    citizen.banner.get_by_role("button", name="Hide this message").click()
    expect(citizen.banner).to_have_count(0)
    citizen.follow("/services")
    expect(page.locator("nearside-status")).to_have_text("Suggestions are on.")
    expect(citizen.banner).to_have_count(0)


def test_the_page_on_screen_does_not_change_under_the_eyes(new_citizen: NewCitizen) -> None:
    """What is decided on a page is not put into that page."""
    citizen = new_citizen()
    page = citizen.open("/")
    before = page.locator("nearside-recommend").inner_html()
    citizen.accept()
    citizen.planned()
    assert page.locator("nearside-recommend").inner_html() == before
    assert "home" in citizen.plan()["pages"]["/"]


def test_the_next_page_shows_the_plan_with_a_label(regular: Citizen) -> None:
    """Three cards stand where the server's three stood: in the plan's order, labelled, with the catalogue's
    words."""
    plan = applied(regular, "/")
    placed = plan["pages"]["/"]["home"]
    assert shown(regular) == [plan["items"][place][0] for place, _, _ in placed]
    assert len(placed) == 3
    for card in regular.cards.all():
        item = regular.city.catalogue.get(ItemId(str(card.get_attribute("data-item"))))
        assert item is not None
        expect(card.locator(".nearside-label")).to_have_text("Suggested for you")
        expect(card.locator("a")).to_have_text(item.title)
        expect(card.locator("p").first).to_have_text(item.summary)
    assert set(shown(regular)).isdisjoint(LOOKED_AT)


def test_why_names_a_page_that_was_looked_at(regular: Citizen) -> None:
    """Every reason unfolds; one that names a page names one that this device has seen."""
    plan = applied(regular, "/")
    placed = plan["pages"]["/"]["home"]
    seen = {visit.item for visit in regular.profile().visits}
    titles = {item.title for item in regular.city.catalogue.items if item.id in seen}
    named = 0
    for card, (_, kind, because) in zip(regular.cards.all(), placed, strict=True):
        why, reason = card.locator(".nearside-why"), card.locator(".nearside-reason")
        expect(reason).to_be_hidden()
        why.click()
        expect(reason).to_be_visible()
        expect(why).to_have_attribute("aria-expanded", "true")
        assert (because is not None) == (kind in ("this-page", "looked-at"))
        if because is not None:
            assert plan["because"][because] in titles
            expect(reason).to_contain_text(f"“{plan['because'][because]}”")
            named += 1
    assert named


def test_menus_and_help_are_the_same_for_everyone(regular: Citizen, new_citizen: NewCitizen) -> None:
    """Outside the declared slots the personalised page is the default page, node by node (WCAG 3.2.3,
    3.2.6)."""
    stranger = new_citizen()
    for path in ("/", likely_next(regular)):
        regular.open(path)
        stranger.open(path)
        expect(regular.cards).to_have_count(3)
        expect(stranger.cards).to_have_count(0)
        regular.until(
            lambda: regular.page.evaluate(OUTSIDE_SLOTS) == stranger.page.evaluate(OUTSIDE_SLOTS),
            f"the same page but for its slots: {path}",
        )


def test_not_relevant_is_gone_now_and_never_back(new_citizen: NewCitizen) -> None:
    """The card goes at once, the focus stays where it was, and no later page or tab brings the item back."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    page = citizen.open(likely_next(citizen))
    unwanted = shown(citizen)[0]
    citizen.cards.first.locator(".nearside-no").click()
    expect(citizen.cards.first.get_by_role("status")).to_be_focused()
    expect(page.locator(f'nearside-recommend a[href="{unwanted}"]')).to_have_count(0)
    citizen.until(lambda: unwanted in citizen.profile().dismissed, "a dismissal that is kept")
    citizen.planned()
    offered: set[str] = set()
    for path in (likely_next(citizen), "/", "/parking/zones"):
        citizen.look_at(path)
        offered.update(shown(citizen))
    citizen.tab()
    citizen.look_at("/")
    offered.update(shown(citizen))
    assert offered
    assert unwanted not in offered
    assert unwanted not in {item[0] for item in citizen.plan()["items"]}


@pytest.mark.parametrize("scripts", [(), (WORKER_OF_ITS_OWN,)], ids=["shared worker", "worker of its own"])
def test_a_choice_counts_even_when_the_page_is_left_at_once(
    new_citizen: NewCitizen, scripts: tuple[str, ...]
) -> None:
    """Who says yes and goes on before the worker has started has said yes: it is kept, and logged once."""
    citizen = new_citizen(*scripts)
    citizen.open("/")
    citizen.accept()
    citizen.open("/parking/resident-permit")
    citizen.planned()
    citizen.until(
        # The page that was left may be missing: no page is kept outside the profile, not even until it is
        # told.
        lambda: [visit.item for visit in citizen.profile().visits][-1:] == ["/parking/resident-permit"],
        "a profile of the page that stayed open",
    )
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    assert citizen.book()["choices"] == {"suggest": "given", "learn": "given"}
    citizen.until(lambda: "nearside.untold" not in citizen.local(), "all is taken in")


def test_not_relevant_counts_even_when_the_page_is_left_at_once(new_citizen: NewCitizen) -> None:
    """A worker of its own ends with its page: the next page shows no such item all the same, and tells."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    path = likely_next(citizen)
    citizen.open(path)
    unwanted = shown(citizen)[0]
    citizen.cards.first.locator(".nearside-no").click()
    page = citizen.open(path)
    expect(page.locator(f'nearside-recommend a[href="{unwanted}"]')).to_have_count(0)
    citizen.planned()
    assert unwanted in citizen.profile().dismissed
    assert unwanted not in {item[0] for item in citizen.plan()["items"]}


def test_a_device_whose_runtime_did_not_arrive_tries_again(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A worker that outlives pages does not keep a failure: the next page starts it again."""
    citizen = new_citizen()
    citizen.open("/")

    def broken(request: HttpRequest, answer: Answer) -> HttpResponse:
        return (
            HttpResponse(503) if re.search(r"/(?:python|pyodide)/|\.whl$", request.path) else answer(request)
        )

    with city.front.answering(broken):
        citizen.accept()
        citizen.page.wait_for_selector("html[data-nearside^=failed]", state="attached", timeout=60_000)
    citizen.follow("/services")
    citizen.planned()
    assert citizen.book()["choices"]["suggest"] == "given"


def test_an_arabic_page_speaks_arabic(new_citizen: NewCitizen) -> None:
    """Banner, label, buttons and reasons are in the page's language, from right to left."""
    citizen = new_citizen()
    page = citizen.open("/ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    expect(citizen.banner).to_contain_text("اقتراح")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/ar/parking/resident-permit")
    citizen.open("/ar")
    expect(citizen.cards).to_have_count(3)
    card = citizen.cards.first
    expect(card.locator(".nearside-label")).to_have_text("مقترح لك")
    expect(card.locator(".nearside-why")).to_have_text("لماذا هذا؟")
    card.locator(".nearside-why").click()
    reason = card.locator(".nearside-reason").inner_text()
    assert any("\u0600" <= letter <= "\u06ff" for letter in reason)
    assert card.evaluate("(card) => getComputedStyle(card).direction") == "rtl"
    assert all(item.startswith("/ar/") for item in shown(citizen))
    assert citizen.said == []
