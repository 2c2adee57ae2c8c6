"""Slots of every kind are filled by one machinery, and nothing outside of them is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from edge_client.explanation import ReasonKind
from edge_client.wire.catalogue import Picture
from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.chosen import kept_choice, notice_version

pytestmark = pytest.mark.browser

BINS, MISSED, NEW = "/bins/collection-day", "/bins/missed", "/bins/new"
PERMIT, RULES, REPAIRS = "/parking/permit", "/parking/rules", "/housing/repairs"


def card(path: str, title: str, *, picture: str = "") -> str:
    return f'<li class="own">{picture}<a href="{path}">{title}</a><p>Words of the server.</p></li>'


MENU = '<nav><ul><li><a href="/bins/new">Bins</a></li><li><a href="/help">Help</a></li></ul></nav>'
BODY = f"""<header>{MENU}</header><main><h1>Town</h1>
<nearside-recommend slot="list"><h2>Often used</h2><ul class="cards">
{card(BINS, "Bin day")}
{card(RULES, "Parking")}
</ul></nearside-recommend>
<nearside-cards slot="cards"><ul>{card(BINS, "Bin day")}{card(REPAIRS, "Repairs")}</ul></nearside-cards>
<nearside-hero slot="hero"><section class="hero"><h2 class="big"><a href="{RULES}">Where to park</a></h2>
<p>Lead.</p></section></nearside-hero>
<nearside-carousel slot="turn" aria-label="News"><ul>
{card(BINS, "Bin day")}{card(RULES, "Parking")}{card(REPAIRS, "Repairs")}
</ul></nearside-carousel>
<p>After.</p></main><footer><a href="/help">Help</a></footer>"""
PICTURES = b"""<svg xmlns="http://www.w3.org/2000/svg">
<g id="bins"><rect width="2" height="2"/></g>
<g id="parking"><rect width="3" height="2"/></g></svg>"""
PLAN = {"list": [PERMIT, BINS], "cards": [MISSED, NEW], "hero": [PERMIT], "turn": [REPAIRS, NEW]}
# The page without what is in its slots, and without the marks that say that the device was at work.
OUTSIDE = """
() => {
  const page = document.documentElement.cloneNode(true);
  delete page.dataset.nearside;
  for (const slot of page.querySelectorAll(
    "nearside-recommend, nearside-cards, nearside-carousel, nearside-hero")) {
    slot.replaceChildren();
    slot.removeAttribute("data-personalised");
  }
  return page.outerHTML;
}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        served.put("/", BODY)
        yield served


def hrefs(page: Page, slot: str) -> list[str]:
    """Where the places of a slot lead, in their order."""
    links = page.locator(f'[slot="{slot}"] a').all()
    return [link.get_attribute("href") or "" for link in links]


def test_each_kind_of_slot_shows_what_was_decided(site: AgencySite, chromium: Browser) -> None:
    """Lists and one place alone have what the plan says; a carousel has it first, then its own slides."""
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(f"{site.url}/")
        expect(page.locator("[data-personalised]")).to_have_count(4)
        assert hrefs(page, "list") == [PERMIT, BINS]
        assert hrefs(page, "cards") == [MISSED, NEW]
        assert hrefs(page, "hero") == [PERMIT]
        assert hrefs(page, "turn") == [REPAIRS, NEW, BINS]
        labels = page.locator('[slot="turn"] li').evaluate_all(
            "(all) => all.map((each) => each.querySelectorAll('.nearside-label').length)"
        )
        assert labels == [1, 1, 0]
        # What the server wrote for an item is kept; what it did not is made like it.
        own = page.locator(f'[slot="list"] li:has(a[href="{BINS}"])')
        expect(own).to_contain_text("Words of the server.")
        assert page.locator('[slot="list"] li').first.get_attribute("class") == "own"
        assert page.locator('[slot="hero"] h2.big a').inner_text() == "Apply for a parking permit"
        expect(page.locator('[slot="list"] h2')).to_have_text("Often used")


def test_nothing_outside_of_slots_differs(site: AgencySite, chromium: Browser) -> None:
    """Byte for byte, the page around the slots is the same with suggestions and without: menus, help and
    their order never move (WCAG 3.2.3, 3.2.4, 3.2.6)."""
    outside = []
    for plan in (PLAN, {}, None):
        scripts: tuple[str, ...] = () if plan is None else (stored(plan_text(plan)),)
        with visitor(chromium, *scripts) as page:
            page.goto(f"{site.url}/")
            if plan is None:
                page.locator(".nearside-banner button").nth(1).click()
                page.locator(".nearside-banner button").click()
            expect(page.locator(".nearside-controls")).to_have_count(1)
            expect(page.locator("[data-personalised]")).to_have_count(4 if plan else 0)
            outside.append(page.evaluate(OUTSIDE))
    assert outside[0] == outside[1] == outside[2]
    assert "Often used" not in outside[0]
    assert MENU in outside[0]


def test_a_no_puts_back_every_byte(site: AgencySite, chromium: Browser) -> None:
    """After suggestions end, each slot is what the server wrote, also where a card was "not relevant"."""
    with visitor(chromium) as page:
        page.goto(f"{site.url}/")
        expect(page.locator(".nearside-controls")).to_have_count(1)
        default = page.locator("main").inner_html()
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(f"{site.url}/")
        expect(page.locator(".nearside-controls")).to_have_count(1)
        page.locator('[slot="list"] .nearside-no').last.click()
        expect(page.locator('[slot="list"] .nearside-noted')).to_be_focused()
        expect(page.locator(f'[slot="list"] a[href="{BINS}"]')).to_have_count(0)
        page.evaluate(
            """(choice) => {
              localStorage.setItem("nearside.choice", choice);
              dispatchEvent(new StorageEvent("storage", { key: "nearside.choice" }));
            }""",
            kept_choice(at=2000),
        )
        expect(page.locator("[data-personalised]")).to_have_count(0)
        assert page.locator("main").inner_html() == default


def test_new_words_ask_again(site: AgencySite, chromium: Browser) -> None:
    """The banner comes back over a page that goes by the earlier answer; a no counts at once, and an area
    that was allowed elsewhere stays."""
    kept = "JSON.parse(localStorage['nearside.choice'])"
    script = stored(plan_text(PLAN), ("suggest", "place"), version=notice_version() - 1)
    with visitor(chromium, script) as page:
        page.goto(f"{site.url}/")
        banner = page.locator(".nearside-banner")
        expect(banner).to_be_visible()
        expect(page.locator('[slot="list"][data-personalised]')).to_have_count(1)
        banner.get_by_role("button", name="Reject suggestions").click()
        expect(page.locator("[data-personalised]")).to_have_count(0)
        choice = page.evaluate(kept)
        assert (choice["version"], choice["given"]) == (notice_version(), ["place"])
        page.reload()
        expect(page.locator("nearside-cards")).not_to_have_count(0)
        expect(banner).to_have_count(0)


def test_a_list_is_as_full_as_the_server_made_it(site: AgencySite, chromium: Browser) -> None:
    """Half a list is none: what the server put there stays behind what was decided, without its label."""
    with visitor(chromium, stored(plan_text({"list": [PERMIT], "cards": [], "turn": []}))) as page:
        page.goto(f"{site.url}/")
        expect(page.locator("[data-personalised]")).to_have_count(1)
        assert hrefs(page, "list") == [PERMIT, BINS]
        labels = page.locator('[slot="list"] li').evaluate_all(
            "(all) => all.map((each) => each.querySelectorAll('.nearside-label').length)"
        )
        assert labels == [1, 0]
        assert hrefs(page, "cards") == [BINS, REPAIRS]
        assert hrefs(page, "turn") == [BINS, RULES, REPAIRS]


def test_every_picture_is_asked_for_by_everybody(site: AgencySite, chromium: Browser) -> None:
    """Pictures that a browser would fetch only once they are near the screen are all fetched, by everybody:
    otherwise what is asked for at all would tell what was suggested. The order is the browser's own."""
    pictures = [f"/pictures/{number}.svg" for number in range(8)]
    paths = [BINS, RULES, REPAIRS, MISSED, NEW, PERMIT, "/moving/address", "/moving/checklist"]
    slides = "".join(
        card(path, path, picture=f'<img src="{picture}" alt="A" width="9000" height="3000" loading="lazy">')
        for path, picture in zip(paths, pictures, strict=True)
    )
    site.files |= dict.fromkeys(pictures, b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    address = site.put("/pictures", f'<nearside-carousel slot="turn"><ul>{slides}</ul></nearside-carousel>')
    asked = []
    for plan in ({}, {"turn": list(reversed(paths))}):
        with visitor(chromium, stored(plan_text(plan))) as page:
            start = len(site.seen)
            page.goto(address)
            page.wait_for_function("() => [...document.images].every(({ complete }) => complete)")
            expect(page.locator("[data-personalised]")).to_have_count(len(plan))
            asked.append(sorted(path for path in site.seen[start:] if path.startswith("/pictures/")))
    assert asked == [pictures, pictures]


def test_which_picture_is_shown_is_in_no_request(site: AgencySite, chromium: Browser) -> None:
    """An item that the server did not show has its own part of the one file of pictures, with its words; the
    requests are those of a device that shows the server's own."""
    site.files["/pictures.svg"] = PICTURES
    own = '<svg viewBox="0 0 3 2" role="img" aria-label="A bin"><use href="/pictures.svg#bins"/></svg>'
    cards = f"<ul>{card(BINS, 'Bins', picture=own)}</ul>"
    address = site.put("/sprite", f'<nearside-cards slot="list" variant="image">{cards}</nearside-cards>')
    asked = []
    for plan in ({}, {"list": [PERMIT]}):
        text = plan_text(plan, pictures={PERMIT: Picture("parking", "A parked car")})
        with visitor(chromium, stored(text)) as page:
            start = len(site.seen)
            page.goto(address)
            expect(page.locator("[data-personalised]")).to_have_count(len(plan))
            shown = page.get_by_role("img", name="A parked car" if plan else "A bin")
            expect(shown).to_have_count(1)
            width = "() => document.querySelector('use').getBBox().width"
            page.wait_for_function(f"() => ({width})() > 0")
            assert page.evaluate(width) == (3 if plan else 2)
            asked.append([path for path in site.seen[start:] if "pictures" in path])
    assert asked == [["/pictures.svg"], ["/pictures.svg"]]


@pytest.mark.parametrize("kind", [ReasonKind.POPULAR, ReasonKind.FIRST])
def test_why_says_for_each_item_what_its_card_would(
    site: AgencySite, chromium: Browser, kind: ReasonKind
) -> None:
    """`<nearside-why>` has the reasons of a slot that the page shows in its own way, and the way to be rid of
    an item; without anything decided it has the server's words."""
    address = site.put(
        "/why", '<main><nearside-why slot="own">We show the same to all.</nearside-why></main>'
    )
    with visitor(chromium, stored(plan_text({"own": [PERMIT, BINS]}, kind=kind))) as page:
        page.goto(address)
        page.locator("nearside-why summary").click()
        lines = page.locator("nearside-why li")
        expect(lines).to_have_count(2)
        words = {ReasonKind.POPULAR: "Many people use this page.", ReasonKind.FIRST: "your first visit"}[kind]
        expect(lines.first).to_contain_text(words)
        lines.first.get_by_role("button").click()
        expect(lines.first.get_by_role("status")).to_be_focused()
        kept = page.evaluate("localStorage['nearside.plan']")
        assert PERMIT not in str(kept).partition('"pages"')[0] or '"own":[[1,' in kept
    with visitor(chromium) as page:
        page.goto(address)
        expect(page.locator("nearside-why")).to_have_text("We show the same to all.")
