"""What a page's own scripts tell a device: by the page's list, and as little as rules ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.page_scripts import (
    PERMIT,
    PLAN,
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


@pytest.mark.parametrize(
    ("said", "answer", "kept"),
    [
        (["permit-sent", {"page": PERMIT}], "taken", [["form-finished", PERMIT, 0]]),
        (["permit-sent"], "taken", []),  # of this page no rule asks
        (["permit-sent", {"page": "https://elsewhere.example/x"}], "malformed", []),
        (["permit-sent", {"page": "//elsewhere.example"}], "malformed", []),
        (["permit-sent", {"page": "/parking/permit?name=somebody"}], "malformed", []),
        (["permit-sent", {"page": PERMIT, "e-mail": "somebody@example.org"}], "malformed", []),
        (["permit-sent", "somebody@example.org"], "malformed", []),
        (["watched", {"seconds": 9}], "taken", []),
        (["watched", {"seconds": 61}], "taken", [["read", "/", 2]]),
        (["watched", {"seconds": -1}], "malformed", []),
        (["watched", {"seconds": "60"}], "malformed", []),
        (["went"], "malformed", []),
        (["went", {"page": PERMIT}], "taken", [["clicked", PERMIT, 0]]),
        (
            ["site-search", {"words": "Parking for somebody@example.org 943 476 5919"}],
            "taken",
            [["searched", "parking", 0]],
        ),
        (["site-search", {"words": "something private"}], "taken", []),
        (["site-search", {}], "malformed", []),
        (["site-search", {"words": "x" * 201}], "malformed", []),
        (["constructor"], "unlisted", []),
        (["no-such-event", {"page": PERMIT}], "unlisted", []),
        ([None], "unlisted", []),
    ],
)  # fmt: skip
def test_only_what_is_listed_and_asked_for_is_taken(
    page: Page, said: list[object], answer: str, kept: list[list[Any]]
) -> None:
    """Names by the page's list, properties by their kind, pages and words by what rules ask for."""
    assert page.evaluate("(said) => window.nearside.track(...said)", said) == answer
    assert noticed(page) == kept


def test_without_consent_nothing_is_taken(site: AgencySite, chromium: Browser) -> None:
    """Before a choice, and after a no, an event leaves nothing behind."""
    for scripts in ((), (stored(plan_text(PLAN), given=()),)):
        with visitor(chromium, *scripts) as page:
            page.goto(site.put("/", "<main></main>", head=with_api(), more=" data-api"))
            page.wait_for_function("() => window.nearside?.version === 1")
            assert page.evaluate("window.nearside.track('watched', { seconds: 99 })") == "off"
            assert page.evaluate("'nearside.untold' in localStorage") is False


def test_a_tag_managers_events_are_read_and_left_alone(site: AgencySite, chromium: Browser) -> None:
    """What was pushed before, and late, is found; the array and its `push` are as they were."""
    site.files["/manager.js"] = b"""
      const sent = { event: "form_submit", form_page: "/parking/permit", email: "somebody@example.org" };
      window.dataLayer = [sent];
      window.ownPush = window.dataLayer.push;
    """
    head = with_api() + '<script src="/manager.js"></script>'
    with visitor(chromium, stored(plan_text(PLAN)), collecting()) as page:
        page.goto(site.put("/", "<main></main>", head=head, more=" data-api"))
        page.wait_for_function("() => (localStorage['nearside.untold'] ?? '').includes('form-finished')")
        page.evaluate(
            """() => {
              dataLayer.push(null, 7, { event: "unlisted", term: "parking" }, { event: "other" });
              dataLayer.push(["event", "search"]);
              dataLayer.push({ event: "search", term: "Parking near somebody@example.org" });
            }"""
        )
        page.wait_for_function("() => (localStorage['nearside.untold'] ?? '').includes('searched')")
        assert noticed(page) == [["form-finished", PERMIT, 0], ["searched", "parking", 0]]
        assert page.evaluate("dataLayer.push === ownPush && Object.keys(dataLayer).join()") == "0,1,2,3,4,5,6"
        assert page.evaluate("Object.isFrozen(dataLayer) || Object.isSealed(dataLayer)") is False
        assert page.evaluate("JSON.stringify(dataLayer[0])") == json.dumps(
            {"event": "form_submit", "form_page": PERMIT, "email": "somebody@example.org"},
            separators=(",", ":"),
        )


@pytest.mark.parametrize(
    "settings",
    [
        "[",
        [],
        {"events": []},
        {"events": {"x": "everything"}},
        {"dataLayer": {"x": "y"}, "types": "Event"},
    ],
)
def test_settings_that_are_written_wrongly_list_nothing(
    site: AgencySite, chromium: Browser, settings: object
) -> None:
    """The API is there all the same, and takes nothing."""
    text = settings if isinstance(settings, str) else json.dumps(settings)
    head = f'<script type="application/json" data-nearside>{text}</script>'
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(site.put("/", "<main></main>", head=head, more=" data-api"))
        page.wait_for_function("() => window.nearside?.version === 1")
        assert page.evaluate("window.nearside.track('x')") == "unlisted"
