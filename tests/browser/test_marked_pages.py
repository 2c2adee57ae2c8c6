"""What a page says of itself, in a real browser: from a page that says it to the panel, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from edge_client.signals.kept import KeptSignals
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import PATIENCE_MS, Citizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

SAYS_SO, LIES = "/planning/building-permit", "/planning/comment"
MARK = "life-event:renovating-a-home"
OFFERED = "/housing/energy-grants"
SAYING = re.compile("“.?Apply for a building permit.?” says of itself that it goes with:")
REASON = "You looked at “Apply for a building permit” on this device."
# What a page could print about whoever reads it, in each place that is read, beside much that nobody needs.
LIE = {
    "@type": "GovernmentService",
    "serviceType": "canary citizen",
    "audience": {"audienceType": "canary.citizen@example.org"},
    "description": "canary " * 2000,
}


@contextmanager
def lying(city: PlayedCity) -> Iterator[None]:
    """Until the body ends, one page of the city prints who reads it, and markup that is none."""
    block = f'<script type="application/ld+json">{json.dumps(LIE)}</script></head>'
    audience = '<main data-audience="Canary Citizen|&lt;script&gt;alert(1)&lt;/script&gt;|__proto__" '

    def rewritten(request: HttpRequest, answer: Answer) -> HttpResponse:
        if request.path != LIES:
            return answer(request)
        plain = {name: value for name, value in request.headers.items() if name != "accept-encoding"}
        response = answer(replace(request, headers=plain))
        page = response.body.decode().replace("</head>", block).replace("<main ", audience)
        return replace(response, body=page.encode())

    with city.front.answering(rewritten):
        yield


def marks(citizen: Citizen) -> list[tuple[str, str]]:
    """Pages and what they said, as this device keeps it."""
    kept = KeptSignals.from_bytes((citizen.store().get("signals") or '{"off":[],"rows":[],"v":1}').encode())
    return [(signal.about, signal.mark) for signal in kept.rows]


def reasons(citizen: Citizen) -> set[str]:
    """The kinds of reason of what the home page is to show."""
    plan = citizen.plan()
    return {reason for slots in plan["pages"]["/"].values() for _, reason, _ in slots}


def test_what_a_page_says_of_itself_changes_what_another_shows(city: PlayedCity, chromium: Browser) -> None:
    """The home page offers what a rule has for it, and says because of which page; the panel says what that
    page said, and its switch takes it back. What a page prints about somebody is kept nowhere."""
    with lying(city), citizen_of(city, chromium) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
        assert json.loads(citizen.local()["nearside.collect"])["marks"] == [MARK]
        citizen.look_at(SAYS_SO)
        citizen.until(lambda: marks(citizen) == [(SAYS_SO, MARK)], "what the page says of itself")
        citizen.until(lambda: "marked" in reasons(citizen), "a plan that rests on it")
        citizen.look_at(LIES)
        assert marks(citizen) == [(SAYS_SO, MARK)]
        assert "canary" not in json.dumps([citizen.store(), citizen.local()]).lower()
        citizen.open("/")
        card = citizen.page.locator(f'[data-personalised] [data-item="{OFFERED}"]')
        card.locator(".nearside-why").click()
        expect(card.locator(".nearside-reason")).to_have_text(REASON)
        citizen.open("/help/privacy")
        noticing = citizen.page.locator(".nearside-noticing")
        line = noticing.get_by_text(SAYING)
        expect(line).to_contain_text("renovating-a-home", timeout=PATIENCE_MS)
        noticing.get_by_role("checkbox", name="What pages that you look at say of themselves").uncheck()
        expect(line).to_have_count(0)
        citizen.until(lambda: "marked" not in reasons(citizen), "a plan without it")
        citizen.until(lambda: marks(citizen) == [], "what it said is gone")
        citizen.look_at(SAYS_SO)
        assert (marks(citizen), citizen.said) == ([], [])
