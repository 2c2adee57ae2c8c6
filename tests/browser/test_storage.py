"""Storage that is full, damaged, evicted, or shared with a lagging tab.

The page always works, and no more counts than was given.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PATHS = ("/waste/collection-days", "/parking/resident-permit")
# What pages keep, each of it damaged in these ways; the choice itself is damaged on its own.
TEXTS = ("", "{", "null", "[]", "7", '"text"', "{}", '{"v":1}', '{"v":99,"until":"2999-01-01"}')
KEYS = (
    "nearside.plan",
    "nearside.untold",
    "nearside.collect",
    "nearside.alerts",
    "nearside.place",
    "nearside.vault",
    "nearside.flow.no-such",
    "nearside.reminder.no-such",
)
CHOICES = (*TEXTS, '{"given":"suggest","at":1}', '{"given":["suggest"],"at":"x"}', '{"given":[7],"at":1}')
# What the worker keeps, each of it damaged in these ways.
KINDS = ("profile", "told", "signals", "decided", "reporter", "arm", "pins", "sent")
BYTES = {
    "garbage": "new Uint8Array([255, 0, 123])",
    "truncated": "before instanceof Uint8Array ? before.slice(0, before.length >> 1) : new Uint8Array()",
    "another version": """new TextEncoder().encode('{"v":99}')""",
    "text": "'text'",
    "object": "({ messages: 7, files: [null] })",
}
DAMAGE = """
async ([kinds, damage]) => {
  const db = await new Promise((resolve) => {
    const request = indexedDB.open("nearside");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = db.transaction("values", "readwrite");
  const values = transaction.objectStore("values");
  for (const kind of kinds) {
    const request = values.get(kind);
    request.onsuccess = () => values.put(new Function("before", `return ${damage}`)(request.result), kind);
  }
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
  db.close();
}
"""
FILL = """
() => {
  for (let size = 1 << 22; size > 0; size >>= 1) {
    try { for (let i = 0; ; i += 1) localStorage.setItem(`filler-${size}-${i}`, "x".repeat(size)); } catch {}
  }
}
"""
# Chromium's override of a quota does not reach a context of its own: writes end as they do where it does.
FULL = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...all) {
  const request = put.apply(this, all);
  request.addEventListener("success", () => this.transaction.abort());
  return request;
};
"""
DRAIN = """
() => Object.keys(localStorage)
  .filter((key) => key.startsWith("filler"))
  .forEach((key) => localStorage.removeItem(key))
"""
AHEAD = "if (sessionStorage.ahead) { const now = Date.now; Date.now = () => now() + 365 * 86400000; }"


def says_yes(citizen: Citizen) -> None:
    """A citizen with something to lose: a yes that is logged, a profile and a plan."""
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at(*PATHS)
    citizen.until(lambda: citizen.choice()["notice"] is None, "the choice is logged")


def put(citizen: Citizen, values: dict[str, str]) -> None:
    citizen.page.evaluate("(values) => Object.assign(localStorage, values)", values)


def test_what_pages_keep_may_be_damaged_in_any_way(city: PlayedCity, chromium: Browser) -> None:
    """The page works, the console is silent, and a choice that cannot be read is asked again.

    A no then takes along what an earlier yes had kept.
    """
    with citizen_of(city, chromium) as citizen:
        says_yes(citizen)
        for text in TEXTS:
            put(citizen, dict.fromkeys(KEYS, text))
            citizen.open("/")
            expect(citizen.page.locator("h1")).to_be_visible()
            assert citizen.said == [], text
        citizen.planned()
        whole = citizen.local()["nearside.choice"]
        for text in CHOICES:
            put(citizen, {"nearside.choice": text})
            citizen.open("/")
            expect(citizen.banner).to_be_visible()
            assert citizen.page.locator("[data-personalised]").count() == 0
            put(citizen, {"nearside.choice": whole})
        put(citizen, {"nearside.choice": "{"})
        citizen.open("/")
        assert citizen.profile().visits != ()
        citizen.reject()
        citizen.until(lambda: "profile" not in citizen.store(), "what was kept under the lost yes is gone")
        assert citizen.choice()["given"] == []
        assert citizen.said == []


def test_what_the_worker_keeps_may_be_damaged_in_any_way(city: PlayedCity, chromium: Browser) -> None:
    """It goes on without what it cannot read; without the book it asks again; another key signs rightly."""
    with citizen_of(city, chromium, bypass_csp=True) as citizen:
        says_yes(citizen)
        for name, damage in BYTES.items():
            citizen.page.evaluate(DAMAGE, [KINDS, damage])
            citizen.look_at("/")
            assert citizen.said == [], name
        assert len(citizen.profile().visits) == 1
        citizen.page.evaluate(DAMAGE, [["consent-key"], "'text'"])
        citizen.look_at(*PATHS)
        citizen.page.evaluate(DAMAGE, [["book"], BYTES["garbage"]])
        citizen.open("/")
        citizen.page.wait_for_selector("html[data-nearside^=lost]", state="attached")
        assert "nearside.plan" not in citizen.local()
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.until(
            lambda: citizen.choice()["notice"] is None, "the new choice is logged, under the new key"
        )
        assert citizen.said == []


def test_a_full_storage_stops_no_withdrawal(city: PlayedCity, chromium: Browser) -> None:
    """Neither storage takes anything: pages work, and a no counts at once and erases.

    Told again, it is logged when there is room.
    """
    with citizen_of(city, chromium, WORKER_OF_ITS_OWN) as citizen:
        says_yes(citizen)
        citizen.context.route("**/worker.js", fill_up)
        citizen.page.evaluate(FILL)
        citizen.open("/parking/zones")
        citizen.page.wait_for_selector("html[data-nearside$=unkept i]", state="attached")
        assert len(citizen.profile().visits) == 3
        citizen.open("/help/privacy")
        citizen.withdraw()
        citizen.until(lambda: "profile" not in citizen.store(), "what was looked at is gone")
        assert citizen.book()["choices"]["suggest"] == "given"  # nothing new can be written down
        assert "suggest" not in json.loads(citizen.local().get("nearside.choice", '{"given":[]}'))["given"]
        citizen.context.unroute("**/worker.js")
        citizen.page.evaluate(DRAIN)
        citizen.open("/")
        if "nearside.choice" not in citizen.local():
            citizen.reject()
        citizen.until(lambda: citizen.book()["choices"]["suggest"] == "withdrawn", "the no is taken in")
        assert citizen.said == []


def test_what_is_evicted_is_asked_anew(city: PlayedCity, chromium: Browser) -> None:
    """Under an open page, whose worker lives on: nothing comes back, and the next yes works.

    A clock that was a year ahead when a lost choice was made delays no later one.
    """
    with citizen_of(city, chromium, AHEAD) as citizen:
        citizen.open("/")
        citizen.page.evaluate("sessionStorage.ahead = 'yes'")
        says_yes(citizen)
        ahead = citizen.choice()["at"]
        citizen.page.evaluate("delete sessionStorage.ahead; localStorage.clear()")
        citizen.open("/")
        citizen.reject()
        citizen.until(lambda: citizen.book()["choices"]["suggest"] == "withdrawn", "a later no counts")
        citizen.until(lambda: "profile" not in citizen.store(), "and erases")
        assert citizen.book()["chosen_ms"] > ahead
        session = citizen.context.new_cdp_session(citizen.page)
        session.send(
            "Storage.clearDataForOrigin", {"origin": city.url, "storageTypes": "local_storage,indexeddb"}
        )
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.look_at(*PATHS)
        assert len(citizen.profile().visits) == 3
        citizen.until(lambda: citizen.choice()["notice"] is None, "it is signed rightly, and logged")
        session.send(
            "Storage.clearDataForOrigin", {"origin": city.url, "storageTypes": "local_storage,indexeddb"}
        )
        citizen.page.locator("h1").click()
        citizen.open("/")
        expect(citizen.banner).to_be_visible()
        assert citizen.store().get("profile") is None
        assert citizen.said == []


def fill_up(route: Route) -> None:
    """Serve the worker with a database that takes nothing."""
    answer = route.fetch()
    route.fulfill(response=answer, body=FULL + answer.text())


def suggested(citizen: Citizen) -> set[str]:
    """The items that some page would show by the plan that is kept."""
    plan = json.loads(citizen.local().get("nearside.plan", '{"pages": {}, "items": []}'))
    every = [plan["pages"], plan.get("later", {}).get("pages", {})]
    return {
        plan["items"][place][0]
        for pages in every
        for slots in pages.values()
        for placed in slots.values()
        for place, *_ in placed
    }


def cards_of(citizen: Citizen) -> list[Any]:
    items: list[Any] = citizen.page.locator("[data-item]").evaluate_all(
        "(all) => all.map((one) => one.dataset.item)"
    )
    return items


def test_a_lagging_tab_brings_nothing_back(city: PlayedCity, chromium: Browser) -> None:
    """Another tab erased the plan, or made it anew, since this one read it.

    What is called not relevant here changes that one, and writes no older one back.
    """
    with citizen_of(city, chromium) as citizen:
        says_yes(citizen)
        citizen.look_at("/")
        first = citizen.page
        lagging = citizen.tab()
        citizen.look_at("/")
        item, other, *_ = cards_of(citizen)
        citizen.page = first
        first.locator(f'[data-item="{item}"] .nearside-no').click()
        assert item not in suggested(citizen)
        # A browser tells its other processes a moment later; what the other tab shows is the older plan.
        citizen.page = lagging
        citizen.until(lambda: item not in suggested(citizen), "the other tab has the plan that is kept")
        lagging.locator(f'[data-item="{other}"] .nearside-no').click()
        citizen.page = first
        citizen.until(lambda: not {item, other} & suggested(citizen), "a plan without both")
        citizen.until(lambda: {item, other} <= citizen.profile().dismissed, "both are taken in")
        first.get_by_role("button", name="This visit was for someone else").click()
        # What the other tab shows of it goes at once, so that nobody presses anything there.
        expect(lagging.locator("nearside-recommend[data-personalised]")).to_have_count(0)
        citizen.until(lambda: not {item, other} & suggested(citizen), "a plan without both")
        citizen.until(lambda: citizen.profile().visits == (), "the visit is forgotten")
        assert citizen.said == []
