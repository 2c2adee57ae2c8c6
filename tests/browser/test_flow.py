"""Questions on a page in a real browser: answered, changed, checked, saved and resumed, and never sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from demo.stage import AGENCY
from tests.support.browser import NewCitizen
from tests.support.flow_walk import ARABIC, CHILDREN, PAGE, answer, began, nursery, outcomes, question, skip
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

SAVED = "nearside.flow.business-licences"
DRAFT = "nearside.draft.business-licences"
KEY = "flows-key"
# A page whose database is blocked, as in some private windows.
BLOCKED = "IDBFactory.prototype.open = () => { throw new DOMException('blocked', 'SecurityError'); };"


def test_answers_lead_to_what_may_be_needed_with_reasons(new_citizen: NewCitizen) -> None:
    """A nursery at home may need two things, a third depends on what was not said; all say why."""
    page = began(new_citizen())
    nursery(page)
    expect(page.locator("nearside-flow > h2")).to_have_text("Check your answers")
    page.get_by_role("button", name="Show what this means for me").click()
    expect(page.locator("nearside-flow > h2")).to_be_focused()
    assert outcomes(page, "You may need") == [
        "A daycare licence",
        "Planning permission for a nursery at home",
        "To register with the state tax office",
    ]
    assert outcomes(page, "We cannot tell yet") == ["Planning permission for your place"]
    reasons = page.locator("li", has_text="nursery at home").first
    reasons.get_by_text("Why this is listed").click()
    expect(reasons.get_by_text("You look after more than six children at a time")).to_be_visible()
    page.get_by_text("What does not apply").click()
    expect(page.get_by_text("You make, serve or sell food").first).to_be_visible()
    text = page.locator("nearside-flow").inner_text().lower()
    assert "this is not a decision" in text
    assert not re.search(r"qualif|entitled|eligible", text)


def test_no_request_carries_an_answer(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """From the page's opening to its results, everything that the browser asks for is a public file, the same
    as for somebody who answers otherwise; while questions are answered nothing is asked for at all."""

    def asked(answers: Callable[[Page], None]) -> tuple[list[str], list[str]]:
        citizen = new_citizen()
        seen: list[str] = []
        citizen.context.on("request", lambda request: seen.append(f"{request.method} {request.url}"))
        start = len(city.front.seen)
        page = began(citizen)
        opened = len(seen)
        answers(page)
        page.get_by_role("button", name="Show what this means for me").click()
        page.get_by_role("button", name="Save on this device").click()
        expect(page.locator(".nearside-saved")).to_contain_text("Saved on this device until")
        assert seen[opened:] == []
        assert page.url == city.url + PAGE
        heard = city.front.since(start)
        assert all(request.method == "GET" and not request.query and not request.body for request in heard)
        # The title's own way to look for icons apart, everything is what the page names.
        return sorted(seen), sorted(request.path for request in heard)

    def stall(page: Page) -> None:
        answer(page, "Make, serve or sell food")
        answer(page, "At a market stall")
        skip(page)

    large, small = asked(nursery), asked(stall)
    assert large == small
    assert any(path.endswith("/bundle.json") for path in large[1])
    assert all(str(CHILDREN) not in path.replace(city.url, "") for path in large[0])


def test_nothing_begins_and_nothing_is_kept_before_somebody_asks(new_citizen: NewCitizen) -> None:
    """Opening the page asks nothing and stores nothing; answering stores nothing; the button stores, in no
    plain words; the other one deletes, with the key."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    expect(page.get_by_role("button", name="Start now")).to_be_visible()
    assert page.locator("nearside-flow input").count() == 0
    nothing = citizen.local()
    page.get_by_role("button", name="Start now").click()
    nursery(page)
    assert citizen.local() == nothing
    assert SAVED not in nothing
    page.get_by_role("button", name="Save on this device").click()
    expect(page.get_by_role("button", name="Delete what is saved")).to_be_visible()
    lies = citizen.local()[SAVED]
    assert set(json.loads(lies)) == {"v", "until", "iv", "data"}
    assert not re.search(r'"(children|home|trade)"|answers|skipped', lies)
    citizen.until(lambda: KEY in citizen.store(), "the key is kept")
    page.get_by_role("button", name="Delete what is saved").click()
    expect(page.locator(".nearside-saved")).to_have_text("What was saved is deleted.")
    assert citizen.local() == nothing
    citizen.until(lambda: KEY not in citizen.store(), "the key is erased too")


def test_somebody_goes_on_later_where_they_stopped_in_another_language_too(new_citizen: NewCitizen) -> None:
    """Saved answers are offered on a later visit, and count there as they were given; where a byte of them
    was changed they are deleted, and that is said."""
    citizen = new_citizen()
    page = began(citizen)
    nursery(page)
    page.get_by_role("button", name="Save on this device").click()
    expect(page.locator(".nearside-saved")).to_contain_text("Saved")
    page = citizen.open(ARABIC)
    page.get_by_role("button", name="تابع من حيث توقفت").click()
    expect(page.locator("nearside-flow > h2")).to_have_text("راجع إجاباتك")
    expect(page.locator(".nearside-flow-answers dd").nth(2)).to_have_text(str(CHILDREN))
    page.evaluate(
        """(key) => {
          const text = localStorage.getItem(key), last = text.length - 12;
          const other = text[last] === "A" ? "B" : "A";
          localStorage.setItem(key, text.slice(0, last) + other + text.slice(last + 1));
        }""",
        SAVED,
    )
    page = citizen.open(PAGE)
    expect(page.locator(".nearside-flow-lost")).to_contain_text(
        "cannot be read any more, so they are deleted"
    )
    expect(page.get_by_role("button", name="Start now")).to_be_visible()
    citizen.until(lambda: SAVED not in citizen.local(), "they are deleted")


def test_what_is_past_its_day_is_gone(new_citizen: NewCitizen) -> None:
    """Answers past their last day are deleted when the page is opened, and not offered."""
    citizen = new_citizen()
    page = began(citizen)
    nursery(page)
    page.get_by_role("button", name="Save on this device").click()
    expect(page.locator(".nearside-saved")).to_contain_text("Saved")
    old = json.loads(citizen.local()[SAVED]) | {"until": "2020-01-01"}
    text = json.dumps(old, separators=(",", ":"), sort_keys=True)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [SAVED, text])
    page = citizen.open(PAGE)
    expect(page.get_by_role("button", name="Start now")).to_be_visible()
    citizen.until(lambda: SAVED not in citizen.local(), "they are deleted")


def test_a_mistake_is_said_where_it_is_and_the_way_there_is_one_key(new_citizen: NewCitizen) -> None:
    """A question left open puts a summary above it, which has the focus and leads to the field."""
    page = began(new_citizen())
    page.get_by_role("button", name="Continue").click()
    summary = page.locator(".nearside-flow-errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Choose what applies to you, or “None of these”.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Make, serve or sell food")).to_be_focused()
    assert page.get_by_role("group").get_attribute("aria-describedby")


def test_the_keyboard_alone_is_enough(new_citizen: NewCitizen) -> None:
    """From Start to the results without a mouse; each new question has the focus."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    page.get_by_role("button", name="Start now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("nearside-flow legend h2")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("nearside-flow legend h2")).to_have_text("Where will you work?")
    expect(page.locator("nearside-flow legend h2")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("nearside-flow legend h2")).to_have_text("When do you want to open?")
    page.get_by_role("button", name="I would rather not say").press("Enter")
    page.get_by_role("button", name="Show what this means for me").press("Enter")
    expect(page.locator("nearside-flow > h2")).to_have_text("What your answers lead to")
    assert "A place at a market" in outcomes(page, "You may need")


def test_going_back_keeps_answers_and_a_change_drops_only_what_follows_from_it(
    new_citizen: NewCitizen,
) -> None:
    """Back shows what was answered; changing the trade drops the number of children, and not the place."""
    page = began(new_citizen())
    answer(page, "Look after children")
    page.get_by_label("How many children").fill("9")
    answer(page)
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("How many children")).to_have_value("9")
    answer(page)
    answer(page, "At home")
    answer(page, "No")
    page.get_by_role("button", name="Change: What will your business do?").click()
    page.get_by_label("Look after children").uncheck()
    answer(page, "None of these")
    expect(page.locator("nearside-flow > h2")).to_have_text("Check your answers")
    rows = page.locator(".nearside-flow-answers dt").all_inner_texts()
    assert "Where will you work?" in rows
    assert "How many children will you look after at the same time?" not in rows


def test_a_page_seen_before_is_only_a_guess(new_citizen: NewCitizen) -> None:
    """Who comes from the page on food licences is asked whether it is about food; after a no, the question
    itself."""
    citizen = new_citizen()
    citizen.open("/business/food-licence")
    page = citizen.follow(PAGE)
    page.get_by_role("button", name="Start now").click()
    expect(page.locator(".nearside-flow-guess")).to_have_text("Make, serve or sell food")
    answer(page, "No, ask me")
    expect(page.get_by_label("Make, serve or sell food")).not_to_be_checked()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Start now").click()
    citizen.open("/business/food-licence")
    page = citizen.follow(PAGE)
    page.get_by_role("button", name="Start now").click()
    answer(page, "Yes, that is right")
    expect(question(page)).to_have_text("Where will you work?")


@pytest.mark.parametrize("path", [PAGE, ARABIC])
def test_each_step_is_accessible_and_as_narrow_as_a_telephone(new_citizen: NewCitizen, path: str) -> None:
    """Start, a question with an error, answers to check and results: axe finds nothing, and at 320 pixels
    nothing is cut off."""
    citizen = new_citizen(bypass_csp=True, viewport={"width": 320, "height": 800})
    page = citizen.open(path)
    flow = page.locator("nearside-flow")
    found: list[Any] = []

    def look() -> None:
        found.extend(citizen.violations())
        assert page.evaluate("document.documentElement.scrollWidth") == 320

    expect(flow.locator("button").first).to_be_visible()
    look()
    flow.locator(".nearside-flow-actions button").first.click()
    flow.locator("button[type=submit]").click()
    look()
    flow.locator("input").nth(0).check()
    flow.locator("button[type=submit]").click()
    flow.locator("input").nth(0).check()
    flow.locator("button[type=submit]").click()
    flow.locator(".nearside-flow-actions .nearside-link").click()
    look()
    flow.locator(".nearside-flow-actions .nearside-link").click()
    look()
    flow.locator(".nearside-flow-actions button").first.click()
    look()
    assert found == []


def test_without_the_script_the_page_says_where_else_to_look(new_citizen: NewCitizen) -> None:
    """The server's own words stay where nothing runs."""
    page = new_citizen(java_script_enabled=False).page
    assert (AGENCY / "flows.json").is_file()
    page.goto(new_citizen().city.url + PAGE)
    expect(page.locator("nearside-flow")).to_contain_text("These questions need JavaScript.")


def test_nothing_below_moves_when_the_questions_arrive(new_citizen: NewCitizen) -> None:
    """The room for the questions is kept: their coming shifts nothing."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    expect(page.get_by_role("button", name="Start now")).to_be_visible()
    page.wait_for_timeout(300)
    shifts = page.evaluate("window.nearsideSeen.shifts.filter((one) => !one.hadRecentInput)")
    assert sum(one["value"] for one in shifts) <= 0.001


def test_answers_are_kept_as_they_are_given_where_that_is_allowed(new_citizen: NewCitizen) -> None:
    """Asked beside the second question, in the agency's words, and nowhere before; from the yes on the page
    can be left at any question; the no in the panel deletes what was kept."""
    citizen = new_citizen(bypass_csp=True)
    page = began(citizen)
    asking = page.locator(".nearside-asking")
    expect(asking).to_have_count(0)
    answer(page, "Look after children")
    expect(asking).to_contain_text("stay on this device, without a press of yours")
    assert (citizen.local(), citizen.violations()) == ({}, [])
    asking.get_by_role("button", name="Keep my answers as I go").click()
    expect(page.locator(".nearside-flow-remember [role=status]")).to_be_focused()
    citizen.until(lambda: DRAFT in citizen.local(), "the first answer is kept")
    first = citizen.local()[DRAFT]
    page.get_by_label("How many children").fill(str(CHILDREN))
    answer(page)
    citizen.until(lambda: citizen.local().get(DRAFT) != first, "the answers are kept")
    assert set(json.loads(citizen.local()[DRAFT])) == {"v", "until", "iv", "data"}
    assert citizen.choice()["asked"] == ["remember"]
    citizen.open("/")
    citizen.open(PAGE)
    expect(page.locator("nearside-flow")).to_contain_text(
        "Answers that you gave here are kept on this device"
    )
    page.get_by_role("button", name="Continue where you left off").click()
    expect(question(page)).to_have_text("Where will you work?")
    expect(asking).to_have_count(0)
    citizen.open("/help/privacy")
    page.locator("#nearside-remember-off").check()
    page.get_by_role("button", name="Save my choices").click()
    citizen.until(lambda: DRAFT not in citizen.local(), "the answers are gone")


def test_where_no_key_can_be_had_nothing_is_kept_and_that_is_said(new_citizen: NewCitizen) -> None:
    """Neither by a yes to keeping answers nor by the button, in plain words least of all."""
    citizen = new_citizen()
    citizen.page.add_init_script(BLOCKED)
    page = began(citizen)
    answer(page, "Make, serve or sell food")
    page.get_by_role("button", name="Keep my answers as I go").click()
    expect(page.locator(".nearside-flow-remember [role=status]")).to_contain_text("cannot be kept")
    answer(page, "At a market stall")
    expect(page.locator(".nearside-flow-remember")).to_contain_text("cannot be kept")
    skip(page)
    page.get_by_role("button", name="Save on this device").click()
    expect(page.locator(".nearside-saved")).to_contain_text("Nothing is saved")
    assert {SAVED, DRAFT}.isdisjoint(citizen.local())


def test_pages_that_were_looked_at_suggest_answers_under_consent(new_citizen: NewCitizen) -> None:
    """After a yes to suggestions, and saying why; a yes takes the answer, a no asks; without consent the same
    visits suggest nothing."""
    citizen = new_citizen(bypass_csp=True)
    page = citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/business/daycare-licence", "/parking/zones", PAGE)
    guess = page.locator("nearside-flow .nearside-flow-guess")

    def suggested() -> bool:
        page.get_by_role("button", name="Start now").click()
        expect(page.locator("nearside-flow legend")).to_be_visible()
        if guess.count() == 0:
            page.get_by_role("button", name="Back").click()
        return guess.count() == 1

    citizen.until(suggested, "this device's visits")
    expect(guess).to_have_text("Look after children under eight")
    expect(page.locator("nearside-flow")).to_contain_text("You looked at “Apply for a daycare licence”")
    assert citizen.violations() == []
    page.get_by_label("Yes, that is right").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("nearside-flow legend h2")).to_contain_text("How many children")
    citizen.open("/help/privacy")
    citizen.withdraw()
    began(citizen)
    expect(page.locator("nearside-flow legend")).to_be_visible()
    expect(guess).to_have_count(0)
