"""What more there is to say on each card, and an agency's question, on pages of an agency's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import AXE
from tests.support.chosen import kept_choice

pytestmark = pytest.mark.browser

PERMIT, MISSED, REPAIRS = "/parking/permit", "/bins/missed", "/housing/repairs"
LISTS = """<main><nearside-recommend slot="home"><ul class="nearside-list">
<li><a href="/a">A</a></li>
<li><a href="/b">B</a></li></ul></nearside-recommend>
<nearside-cards slot="related"><ul class="nearside-list">
<li><a href="/c">C</a></li></ul></nearside-cards></main>"""
PLAN = plan_text({"home": [PERMIT, MISSED], "related": [REPAIRS]})
LINKS = """<main><nearside-question question="role"><h2>Who are you here for?</h2><ul>
<li><a href="/business" data-option="business">A business</a></li>
<li><a href="/home" data-option="citizen">Myself</a></li></ul></nearside-question></main>"""
FORM = """<main><nearside-question question="age"><form action="/age">
<fieldset><legend>How old are you?</legend>
<input type="radio" name="age" value="under-26" id="u"><label for="u">Under 26</label>
<input type="radio" name="age" value="over-60" id="o"><label for="o">Over 60</label></fieldset>
<button>Continue</button></form></nearside-question>
<section data-nearside-answer="age:over-60" hidden><h2>Free bus travel</h2></section>
<section data-nearside-answer="age:under-26" hidden><h2>Apprenticeships</h2></section></main>"""


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """The agency's pages, with the scripts that they ask for."""
    with agency_site() as served:
        served.files["/business"] = b"<!doctype html><title>Business</title>"
        yield served


def told(page: Page) -> list[dict[str, Any]]:
    """What the page has to tell the worker, without the times."""
    said = page.evaluate("JSON.parse(localStorage['nearside.untold'] ?? '{}').said ?? []")
    return [{name: value for name, value in row.items() if name != "at"} for row in said]


def violations(page: Page) -> list[str]:
    """What axe has against the page's main part."""
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; undefined")
    found = page.evaluate("axe.run('main').then(({ violations }) => violations.map(({ id }) => id))")
    return list(found)


def test_a_topic_is_stopped_and_an_item_pinned_from_its_card_by_keyboard(
    site: AgencySite, chromium: Browser
) -> None:
    """The row of buttons is there before the part is, so that nothing moves; a stopped topic takes every
    suggestion off the page and out of the plan at once, and says so where the focus is."""
    address = site.put("/", LISTS)
    with visitor(chromium, stored(PLAN), bypass_csp=True, viewport={"width": 320, "height": 800}) as page:
        page.goto(address)
        more = page.locator("[data-item='/parking/permit'] .nearside-more")
        pin = more.get_by_role("button", name="Pin: ")
        expect(more.locator("button")).to_have_count(3)
        more.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(pin).to_be_visible()
        page.keyboard.press("Tab")
        expect(pin).to_be_focused()
        page.keyboard.press("Enter")
        expect(more.get_by_role("status")).to_contain_text("Pinned")
        expect(more.get_by_role("button", name="Unpin: ")).to_be_focused()
        more.get_by_role("button", name="Follow").click()
        assert told(page) == [
            {"type": "pin", "slot": "home", "item": PERMIT},
            {"type": "topic", "topic": PERMIT, "stance": "follow"},
        ]
        more.get_by_role("button", name="Stop following").click()
        assert told(page)[-1] == {"type": "topic", "topic": PERMIT, "stance": None}
        expect(more.get_by_role("button", name="Follow")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert violations(page) == []
        assert page.evaluate("nearsideSeen.shifts.filter((each) => !each.hadRecentInput).length") == 0
        more.get_by_role("button", name="Stop").click()
        expect(page.locator("nearside-recommend > .nearside-noted")).to_be_focused()
        expect(page.locator("[data-personalised]")).to_have_count(0)
        assert page.locator("main li").all_inner_texts() == ["A", "B", "C"]
        assert told(page)[-1] == {"type": "topic", "topic": PERMIT, "stance": "stop"}
        assert page.evaluate("localStorage['nearside.plan']") is None
        page.reload()
        expect(page.locator("[data-personalised]")).to_have_count(0)


def test_a_question_is_links_a_form_an_answer_or_nothing(site: AgencySite, chromium: Browser) -> None:
    """With suggestions allowed it is told to the worker, remembered and not asked again; without, it counts
    for this page alone and no byte is kept; skipping is always there, and no second one in the same visit."""
    links, form = site.put("/links", LINKS), site.put("/form", FORM)
    with visitor(chromium, stored(PLAN), bypass_csp=True) as page:
        page.goto(links)
        question = page.locator("nearside-question")
        expect(question.get_by_role("button", name="Skip")).to_be_visible()
        assert violations(page) == []
        question.get_by_role("link", name="A business").click()
        page.wait_for_url(site.url + "/business")
        page.goto(links)
        expect(question).to_contain_text("You told us: A business.")
        assert told(page) == [{"type": "answer", "question": "role", "option": "business"}]
        question.get_by_role("button", name="Take back").click()
        expect(question.get_by_role("status")).to_be_focused()
        assert told(page)[-1] == {"type": "answer", "question": "role", "option": None}
        assert page.evaluate("Object.keys(JSON.parse(localStorage['nearside.answers']))") == ["*"]
        page.goto(form)
        expect(question).to_be_empty()  # one was asked in this visit
        page.evaluate("localStorage.removeItem('nearside.answers')")
        page.reload()
        expect(question).to_contain_text("changes what this website suggests")
        question.get_by_role("button", name="Skip").click()
        expect(question.get_by_role("status")).to_contain_text("Skipped")
        page.reload()
        expect(question).to_be_empty()
    refuses = f"""localStorage["nearside.choice"] ??= {kept_choice()!r}"""
    with visitor(chromium, refuses) as page:
        page.goto(form)
        kept = page.evaluate("JSON.stringify(localStorage)")
        question = page.locator("nearside-question")
        expect(question).to_contain_text("for this page alone")
        question.get_by_label("Over 60").check()
        question.get_by_role("button", name="Continue").click()
        expect(question.get_by_role("status")).to_contain_text("Over 60")
        expect(page.get_by_role("heading", name="Free bus travel")).to_be_visible()
        expect(page.get_by_role("heading", name="Apprenticeships")).to_be_hidden()
        assert page.url == form
        assert page.evaluate("JSON.stringify(localStorage)") == kept
        page.reload()
        expect(page.get_by_role("heading", name="Free bus travel")).to_be_hidden()
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(links)
        page.get_by_role("link", name="A business").click()
        page.wait_for_url(site.url + "/business")
