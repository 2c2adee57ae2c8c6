"""What a page's own scripts may ask of a device, and what they may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import LOOKS_EVERY_MS
from tests.support.page_scripts import (
    MISSED,
    PERMIT,
    PLAN,
    REPAIRS,
    collecting,
    noticed,
    taking_part,
    with_api,
)  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        yield served


@pytest.fixture
def page(site: AgencySite, chromium: Browser) -> Iterator[Page]:
    with taking_part(site, chromium) as opened:
        yield opened


def test_it_decides_for_slots_of_this_page_alone(page: Page) -> None:
    """What is not decided is empty; what is handed out cannot be changed."""
    assert page.evaluate("window.nearside.decide('other')") == {
        "slot": "other",
        "personalised": False,
        "items": [],
    }
    assert page.evaluate("window.nearside.decide('related').items.map(({ item }) => item)") == [
        PERMIT,
        REPAIRS,
    ]
    changed = """() => {
      "use strict";
      const tries = [
        () => { window.nearside.decide("related").items[0].title = "x"; },
        () => { window.nearside.track = () => "taken"; },
        () => { window.nearside = {}; },
        () => { delete window.nearside; },
      ];
      return tries.map((act) => { try { act(); return "changed"; } catch { return "refused"; } });
    }"""
    assert page.evaluate(changed) == ["refused"] * 4


def test_a_hostile_script_finds_no_yes_and_no_profile(page: Page) -> None:
    """Whatever hangs on the API is known: there is no export, and nothing that gives consent."""
    reachable = """() => {
      const found = new Set();
      const walk = (value, path) => {
        for (const key of Reflect.ownKeys(Object(value))) {
          if (typeof value === "function" || typeof value === "string" || key === "ready") continue;
          found.add(`${path}${String(key)}`);
          walk(value[key], `${path}${String(key)}.`);
        }
      };
      walk(window.nearside, "");
      return [...found].sort();
    }"""
    assert page.evaluate(reachable) == sorted(
        [
            "version", "page", "page.item", "page.lang", "page.type", "page.topic",
            "consent", "consent.settings", "consent.read", "consent.subscribe",
            "decide", "recommend", "track", "on", "off", "debug", "flags",
        ]
    )  # fmt: skip
    before = page.evaluate("localStorage['nearside.choice']")
    page.evaluate("window.nearside.consent.read().given.concat('learn')")
    page.evaluate("() => { try { window.nearside.consent.read().given.push('learn'); } catch {} }")
    assert page.evaluate("window.nearside.consent.read()") == {
        "asked": True,
        "given": ["suggest"],
        "signal": False,
    }
    assert page.evaluate("localStorage['nearside.choice']") == before


def test_a_name_is_nothing_but_a_name(page: Page) -> None:
    """What every object has is no slot, no event and no flag."""
    for name in ("constructor", "__proto__", "toString", "hasOwnProperty"):
        assert page.evaluate("(name) => window.nearside.decide(name).items", name) == []
        assert page.evaluate("(name) => window.nearside.recommend(name)", name) == []
        flag = "(name) => window.nearside.flags().resolveNumberEvaluation(name, 7).value"
        assert page.evaluate(flag, name) == 7


WORKER = """
  // Stands where the worker does, so that a test sees what it is told and says what it answers.
  window.told = [];
  window.SharedWorker = undefined;
  window.Worker = class {
    constructor() { window.worker = this; }
    postMessage(message) { window.told.push(message); }
  };
  // What a page does when it is idle is done when the test says so.
  window.idle = [];
  window.requestIdleCallback = (act) => window.idle.push(act);
"""
BE_IDLE = "window.idle.splice(0).forEach((act) => act())"
HEARD = """() => {
  window.heard = [];
  for (const event of ["consent", "planned", "failed", "constructor", "toString"]) {
    nearside.on(event, () => heard.push(event));
  }
  nearside.consent.subscribe(({ given }) => heard.push(given.join()));
  nearside.flags().events.addHandler("PROVIDER_CONFIGURATION_CHANGED", () => heard.push("flags"));
}"""


def told(page: Page) -> list[str]:
    """The kinds of message that the worker has heard, but for the one that opens the line."""
    kinds: list[str] = page.evaluate("window.told.map(({ type }) => type)")
    return kinds[1:]


def idle(page: Page) -> None:
    """Let the page be idle, once it has something to do then."""
    page.wait_for_function("() => window.idle.length > 0")
    page.evaluate(BE_IDLE)


@pytest.fixture
def watched(site: AgencySite, chromium: Browser) -> Iterator[Page]:
    """A page with a worker that only listens, and with what this browser keeps in a list."""
    body = """<main><nearside-recommend slot="related"></nearside-recommend></main>
    <nearside-preferences></nearside-preferences>"""
    site.put("/watched", body, head=with_api(), more=" data-api")
    until = "2999-12-31"
    kept = f"localStorage['nearside.flow.moving-home'] ??= JSON.stringify({{ until: '{until}' }});"
    with visitor(chromium, stored(plan_text(PLAN)), kept, WORKER) as opened:
        yield opened


def test_a_page_hears_of_choices_and_of_no_deletion(site: AgencySite, watched: Page) -> None:
    """One thing that is deleted, and everything: neither is told to the page's own scripts. A choice is, and
    what the device says of its plans is under its own name alone."""
    watched.goto(f"{site.url}/watched")
    watched.wait_for_function("() => window.nearside?.version === 1")
    watched.evaluate(HEARD)
    watched.locator(".nearside-kept-list button").click()
    expect(watched.locator(".nearside-kept-list li .nearside-noted")).to_be_focused()
    assert watched.evaluate("heard") == []
    watched.reload()
    watched.wait_for_function("() => window.nearside?.version === 1")
    watched.evaluate(HEARD)
    watched.locator(".nearside-forget").click()
    expect(watched.locator(".nearside-known .nearside-saved")).to_be_focused()
    assert watched.evaluate("heard") == []
    assert watched.evaluate("'nearside.plan' in localStorage") is False
    for kind, text in (("taken", "{}"), ("plan", "{}"), ("state", "failed: x")):
        watched.evaluate("(data) => worker.onmessage({ data })", {"kind": kind, "text": text})
    assert watched.evaluate("heard") == ["planned", "failed"]
    watched.locator(".nearside-panel button[type=submit]").click()
    assert watched.evaluate("heard.slice(2)") == ["consent", "suggest", "flags"]


def test_a_page_that_stands_aside_at_once_is_not_remembered(site: AgencySite, watched: Page) -> None:
    """`off()` as soon as the API is ready comes before the view is told, though the page is idle long before
    its script is there; without it the view is told."""
    address = f"{site.url}/watched"
    watched.goto(address)
    idle(watched)
    assert "view" in told(watched)
    watched.add_init_script(
        "addEventListener('DOMContentLoaded', () => nearside.ready.then((api) => api.off()))"
    )
    held: list[Route] = []
    watched.route("**/integration.js", lambda route: held.append(route))
    with watched.expect_request("**/integration.js"):
        watched.goto(address)
    watched.evaluate(BE_IDLE)
    assert "view" not in told(watched)
    while not held:
        watched.wait_for_timeout(LOOKS_EVERY_MS)
    held[0].continue_()
    watched.wait_for_function("() => window.nearside?.version === 1")
    idle(watched)
    assert "sync" in told(watched)
    assert "view" not in told(watched)


def test_what_was_remembered_stays_when_a_page_stands_aside(site: AgencySite, watched: Page) -> None:
    """`off()` takes nothing back, and nothing more is told: a page's script deletes nothing for anybody."""
    watched.goto(f"{site.url}/watched")
    watched.wait_for_function("() => window.nearside?.version === 1")
    idle(watched)
    before = told(watched)
    watched.evaluate("window.nearside.off()")
    assert told(watched) == before
    watched.locator(".nearside-panel button[type=submit]").click()
    assert "view" not in told(watched)[len(before) :]
    assert len(told(watched)) > len(before)


def test_off_gives_the_page_back_and_keeps_the_choice(site: AgencySite, chromium: Browser) -> None:
    """The server's content is back, nothing more is taken, and the citizen's choice is as it was."""
    body = f'<main><nearside-recommend slot="related"><ul><li><a href="{MISSED}">Bins</a></li></ul></nearside-recommend></main>'  # noqa: E501 - one page
    address = site.put("/off", body, head=with_api(), more=" data-api")
    with visitor(chromium, stored(plan_text(PLAN)), collecting()) as page:
        page.goto(address)
        expect(page.locator("[data-personalised]")).to_have_count(1)
        page.wait_for_function("() => window.nearside?.version === 1")
        before = page.evaluate("[localStorage['nearside.choice'], localStorage['nearside.plan']]")
        page.evaluate("window.nearside.off()")
        expect(page.locator("[data-personalised]")).to_have_count(0)
        expect(page.locator("main a")).to_have_attribute("href", MISSED)
        assert page.evaluate("window.nearside.track('permit-sent', { page: '/parking/permit' })") == "off"
        assert page.evaluate("window.nearside.decide('related').personalised") is False
        assert page.evaluate("[localStorage['nearside.choice'], localStorage['nearside.plan']]") == before
        assert noticed(page) == []
