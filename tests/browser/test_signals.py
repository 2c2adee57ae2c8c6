"""What pages notice, in a real browser: what rules ask for, scrubbed on the page, switched by citizens."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from edge_client.signals.kept import KeptSignals
from edge_client.wire.paths import ItemId
from tests.support.browser import PATIENCE_MS, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

E_MAIL = "canary.citizen@example.org"
NUMBER = "485 777 3456"
# Pieces that are long enough to be in no hash and no time by chance.
CANARIES = ("canary", "citizen@", "citizen%40", "485 777", "485+777", "777 3456", "777+3456", "4857773456")
COLLECTOR = "/signals.js"
FORM = "/parking/visitor-permit/apply"
LATER = "({ by }) => { const now = performance.now.bind(performance); performance.now = () => now() + by; }"
HEAR = """
window.nearsideHeard = [];
const post = MessagePort.prototype.postMessage;
for (const kind of [Worker, MessagePort]) {
  const { postMessage } = kind.prototype;
  kind.prototype.postMessage = function (message, ...rest) {
    const heard = JSON.parse(sessionStorage.getItem("heard") ?? "[]");
    sessionStorage.setItem("heard", JSON.stringify([...heard, JSON.stringify(message)]));
    return postMessage.call(this, message, ...rest);
  };
}
"""


def signals(citizen: Citizen) -> list[tuple[str, str, int]]:
    """Kind, subject and bucket of what this device keeps."""
    kept = KeptSignals.from_bytes((citizen.store().get("signals") or '{"off":[],"rows":[],"v":1}').encode())
    return [(signal.kind.value, signal.about, signal.bucket) for signal in kept.rows]


def agreed(citizen: Citizen) -> None:
    """Say yes, and stay until pages know what they may notice."""
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")


def leave_form(page: Page) -> None:
    """Type an e-mail address and a number into every field of the form that takes text."""
    for field in page.locator("main form input[type=text], main form input[type=email]").all():
        field.fill(f"{E_MAIL} {NUMBER}")


def test_what_is_typed_reaches_no_storage_no_message_and_no_request(
    city: PlayedCity, chromium: Browser
) -> None:
    """An e-mail address and a number like one of the NHS, in a search and in a form: of the search the word
    of the catalogue is kept, of the form that it was begun."""
    with citizen_of(city, chromium, HEAR) as citizen:
        agreed(citizen)
        start = len(city.front.seen)
        typed = f"{E_MAIL} parking {NUMBER}".replace(" ", "+").replace("@", "%40")
        citizen.searched(typed)
        citizen.look_at(FORM)
        citizen.noticing()
        leave_form(citizen.page)
        citizen.look_at("/parking/zones")
        citizen.until(lambda: len(signals(citizen)) == 2, "the search and the form")
        assert signals(citizen) == [("searched", "parking", 0), ("form-begun", FORM, 0)]
        heard = "".join(json.loads(citizen.page.evaluate("sessionStorage.getItem('heard')")))
        assert '["searched","parking",' in heard
        requests = [
            f"{request.path} {request.headers} {request.body!r}"
            for request in city.front.since(start)
            if not request.path.startswith("/services")  # the city's own page, asked for by the citizen
        ]
        everything = json.dumps([citizen.store(), citizen.local(), heard, requests])
        assert [canary for canary in CANARIES if canary in everything] == []
        assert citizen.said == []


def search(citizen: Citizen) -> None:
    """Search for parking."""
    citizen.searched("parking")


def read(citizen: Citizen) -> None:
    """Have a page about schools in view for a minute and a half."""
    citizen.look_at("/schools/free-meals")
    citizen.noticing()
    citizen.page.evaluate(LATER, {"by": 90_000})


def begin(citizen: Citizen) -> None:
    """Begin a form."""
    citizen.look_at(FORM)
    citizen.noticing()
    leave_form(citizen.page)


@pytest.mark.parametrize(
    ("act", "noticed", "offered", "why"),
    [
        (
            search,
            ("searched", "parking", 0),
            "/parking/zones",
            "You searched this website for something like it.",
        ),
        (
            read,
            ("read", "/schools/free-meals", 2),
            "/schools/term-dates",
            "You spent some time on “{title}” on this device.",
        ),
        (
            begin,
            ("form-begun", FORM, 0),
            "/parking/visitor-permit",
            "You began “{title}” and have not finished.",
        ),
    ],
    ids=["search", "read", "form"],
)
def test_what_was_noticed_changes_what_is_suggested_and_is_named_as_the_reason(
    city: PlayedCity,
    chromium: Browser,
    act: Callable[[Citizen], None],
    noticed: tuple[str, str, int],
    offered: str,
    why: str,
) -> None:
    """Each by a rule of the city, on this visit; the card says why."""
    with citizen_of(city, chromium) as citizen:
        agreed(citizen)
        act(citizen)
        citizen.look_at("/help/about")
        citizen.until(lambda: signals(citizen) == [noticed], "the signal")
        citizen.look_at("/help/about")
        citizen.open("/")
        card = citizen.page.locator(f'nearside-recommend li[data-item="{offered}"]')
        card.locator(".nearside-why").click()
        title = city.catalogue.get(ItemId(noticed[1].removesuffix("/apply")))
        expect(card.locator(".nearside-reason")).to_have_text(why.format(title=title.title if title else ""))


def test_pages_that_no_rule_asks_about_notice_nothing(city: PlayedCity, chromium: Browser) -> None:
    """A glance, a page, a form and a search of other topics: nothing is written down, not even until told."""
    with citizen_of(city, chromium) as citizen:
        agreed(citizen)
        citizen.look_at("/services?q=library", "/libraries", "/schools/free-meals")
        citizen.page.evaluate(LATER, {"by": 9_000})
        citizen.look_at("/parking/resident-permit/apply")
        leave_form(citizen.page)
        citizen.look_at("/help/about")
        assert signals(citizen) == []
        assert "nearside.untold" not in citizen.local()


def decide(page: Page, **said: str) -> None:
    """Say yes or no to purposes in the panel."""
    for purpose, value in said.items():
        page.locator(f"#nearside-{purpose}-{value}").check()
    page.get_by_role("button", name="Save my choices").click()


def collectors(citizen: Citizen) -> list[str]:
    """Begin a list of every request from now on for the script that notices."""
    loaded: list[str] = []
    citizen.page.on("request", lambda request: COLLECTOR in request.url and loaded.append(request.url))
    return loaded


def test_without_a_yes_no_collector_is_loaded(city: PlayedCity, chromium: Browser) -> None:
    """Neither before the choice nor after a no; after a yes it is."""
    with citizen_of(city, chromium) as citizen:
        loaded = collectors(citizen)
        citizen.open("/services?q=parking")
        citizen.reject()
        citizen.open("/services?q=parking")
        citizen.page.wait_for_load_state("networkidle")
        assert loaded == []
        assert "nearside.collect" not in citizen.local()
        citizen.open("/help/privacy")
        decide(citizen.page, suggest="on")
        citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
        citizen.look_at("/services?q=parking")
        citizen.noticing()
        assert loaded != []


def test_what_notices_is_loaded_after_any_yes_and_notices_nothing_without_its_own(
    city: PlayedCity, chromium: Browser
) -> None:
    """Who allows learning alone fetches what everybody fetches who allows anything, and nothing is noted."""
    with citizen_of(city, chromium) as citizen:
        loaded = collectors(citizen)
        citizen.open("/help/privacy")
        citizen.reject()
        decide(citizen.page, learn="on")
        citizen.until(lambda: citizen.choice()["given"] == ["learn"], "a yes to learning")
        citizen.open(FORM)
        leave_form(citizen.page)
        citizen.open("/services?q=parking")
        citizen.page.wait_for_load_state("networkidle")
        assert loaded != []
        assert {"nearside.collect", "nearside.untold"}.isdisjoint(citizen.local())


def test_a_withdrawn_yes_takes_lists_and_signals_along(city: PlayedCity, chromium: Browser) -> None:
    """What pages may notice and what they noticed is gone, and the next page loads nothing that notices."""
    with citizen_of(city, chromium) as citizen:
        agreed(citizen)
        citizen.searched("parking")
        citizen.look_at("/help/privacy")
        citizen.until(lambda: signals(citizen) == [("searched", "parking", 0)], "the search is kept")
        assert "nearside.collect" in citizen.local()
        decide(citizen.page, suggest="off", learn="off")
        citizen.until(lambda: "signals" not in citizen.store(), "signals that are gone")
        assert {"nearside.collect", "nearside.untold"}.isdisjoint(citizen.local())
        loaded = collectors(citizen)
        citizen.open("/services?q=parking")
        citizen.page.wait_for_load_state("networkidle")
        assert loaded == []
        assert "nearside.collect" not in citizen.local()


def test_each_switch_takes_its_own_kind(city: PlayedCity, chromium: Browser) -> None:
    """Off in the panel: what was noticed of it is gone from storage and from the list, the rest stays; the
    focus stays on the switch. What is let be may be kept shorter."""
    with citizen_of(city, chromium, bypass_csp=True) as citizen:
        agreed(citizen)
        citizen.searched("parking")
        citizen.look_at(FORM)
        citizen.noticing()
        leave_form(citizen.page)
        citizen.look_at("/help/privacy")
        page = citizen.page
        noticing = page.locator(".nearside-noticing")
        searches = noticing.get_by_role("checkbox", name="What you search for on this website")
        expect(searches).to_be_checked(timeout=PATIENCE_MS)
        page.reload()
        expect(noticing.get_by_text("You searched for: parking")).to_be_visible(timeout=PATIENCE_MS)
        expect(noticing.get_by_text("You began the form of")).to_be_visible()
        assert citizen.violations() == []
        searches.focus()
        page.keyboard.press("Space")
        expect(noticing.get_by_role("status")).to_contain_text("is switched off")
        expect(noticing.get_by_text("You searched for: parking")).to_have_count(0)
        expect(searches).to_be_focused()
        expect(searches).not_to_be_checked()
        citizen.until(lambda: [kind for kind, *_ in signals(citizen)] == ["form-begun"], "the rest stays")
        citizen.until(
            lambda: "searched" not in json.loads(citizen.local()["nearside.collect"]),
            "pages notice no more of it",
        )
        kept = noticing.get_by_label("How long it is kept: Which forms you begin and send")
        kept.select_option(label="7 days")
        expect(noticing.get_by_role("status")).to_contain_text("is kept for 7 days at most")
        citizen.until(lambda: '"most_days":{"forms":7}' in (citizen.store()["signals"] or ""), "seven days")
        citizen.look_at("/services?q=parking")
        citizen.noticing()
        citizen.look_at("/help/about")
        assert [kind for kind, *_ in signals(citizen)] == ["form-begun"]
        assert len(citizen.profile().visits) > 2


@pytest.mark.parametrize("home", ["/help/privacy", "/ar/help/privacy"], ids=["en", "ar"])
def test_the_switches_reflow(city: PlayedCity, chromium: Browser, home: str) -> None:
    """At 320 pixels nothing is wider than the page, in both directions of writing."""
    with citizen_of(city, chromium, viewport={"width": 320, "height": 800}) as citizen:
        citizen.open(home)
        citizen.accept()
        citizen.planned()
        citizen.open(home)
        expect(citizen.page.locator(".nearside-noticing fieldset")).to_be_visible(timeout=PATIENCE_MS)
        assert citizen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
