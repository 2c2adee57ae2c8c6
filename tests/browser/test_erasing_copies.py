"""A citizen has the agency's copy deleted, has a no logged, and is heard when the browser speaks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasure import BODY_BYTES
from consent_ledger.record import Gpc, Status
from edge_client.wire.erasure import RecordsErased
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import ASKS_FOR_PRIVACY, LONG_ENOUGH_MS, NEVER_BUSY, Citizen, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PANEL = "/help/privacy"
ERASURES = "/consent/erasures"


def with_receipts(new_citizen: NewCitizen, **options: Any) -> Citizen:
    """Someone who said yes and has the receipts, on the preferences page."""
    citizen = new_citizen(**options)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.open(PANEL)
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    expect(citizen.page.locator("dl.nearside-receipt")).to_have_count(2)
    return citizen


def delete(page: Page) -> None:
    """Ask for it, and say that it is meant."""
    page.get_by_role("button", name="Delete the agency’s copy of my records").click()
    expect(page.locator(".nearside-copies .nearside-inset")).to_be_focused()
    page.get_by_role("button", name="Delete it now").click()


def sent(city: PlayedCity, start: int) -> list[HttpRequest]:
    return [request for request in city.front.since(start) if request.path == ERASURES]


def test_the_agencys_copy_is_deleted_and_the_receipts_still_prove(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """Asked twice, done at once: the page says when, how many and what remains; the agency's tables hold no
    key any more; the receipts verify as before."""
    citizen = with_receipts(new_citizen)
    start = len(city.front.seen)
    before = citizen.receipts()
    delete(citizen.page)
    copies = citizen.page.locator(".nearside-copies")
    expect(copies.get_by_role("status")).to_contain_text("Records deleted: 2.")
    expect(copies.get_by_role("status")).to_contain_text("There are no backups of it.")
    expect(copies.locator("li")).to_have_count(6)
    expect(copies.get_by_role("status")).to_be_focused()
    expect(copies.get_by_role("button")).to_have_count(0)
    expect(citizen.page.locator("dl.nearside-receipt").first).to_contain_text("The agency’s copydeleted")
    (request,) = sent(city, start)
    assert len(request.body) == BODY_BYTES
    (answer,) = citizen.book()["erasing"]["answers"]
    assert RecordsErased.from_bytes(answer.encode()).erasure.count == 2
    dynamodb = city.stack.client("dynamodb")
    for receipt in before:
        row = dynamodb.get_item(
            TableName=city.stack.outputs["SidecarKeyTable"],
            Key={"pk": {"S": receipt.opening.entry().hex()}},
        )
        assert set(row["Item"]) == {"pk"}
        verify_claims(receipt.check(city.stage.trust("riverton").ledger))
    assert citizen.receipts() == before
    with citizen.page.expect_download() as download:
        citizen.page.get_by_role("button", name="Save this receipt").first.click()
    assert download.value.path().read_bytes() == before[-1].to_bytes()
    assert citizen.said == []


def test_whoever_thinks_better_of_it_keeps_everything(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The second question can be answered with no, by keyboard too; nothing is sent."""
    citizen = with_receipts(new_citizen)
    start = len(city.front.seen)
    page = citizen.page
    first = page.get_by_role("button", name="Delete the agency’s copy of my records")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".nearside-copies .nearside-inset")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Do not delete it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(first).to_be_focused()
    page.wait_for_timeout(500)
    assert sent(city, start) == []


def test_a_wish_survives_a_failure_and_a_closed_page(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The agency cannot be reached: the page says so, and the same request goes out when the citizen comes
    back."""
    citizen = with_receipts(new_citizen)
    start = len(city.front.seen)

    def failing(request: HttpRequest, answer: Answer) -> HttpResponse:
        return HttpResponse(503, {}, b"") if request.path == ERASURES else answer(request)

    with city.front.answering(failing):
        delete(citizen.page)
        citizen.until(lambda: len(sent(city, start)) == 1, "a first try")
        expect(citizen.page.locator(".nearside-copies").get_by_role("status")).to_contain_text("asks again")
    citizen.open(PANEL)
    expect(citizen.page.locator(".nearside-copies").get_by_role("status")).to_contain_text(
        "Records deleted: 2."
    )
    first, second = sent(city, start)
    assert first.body == second.body


@pytest.mark.parametrize("path", [PANEL, "/ar/help/privacy"])
def test_the_panel_is_accessible_before_and_after(new_citizen: NewCitizen, path: str) -> None:
    """axe finds nothing in the question, nor in the answer, in either language; nothing runs off a narrow
    screen."""
    citizen = with_receipts(new_citizen, bypass_csp=True, viewport={"width": 320, "height": 900})
    page = citizen.open(path)
    button = page.locator(".nearside-copies button")
    button.click()
    assert citizen.violations() == []
    button.first.click()
    expect(page.locator(".nearside-copies li")).to_have_count(6)
    assert citizen.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_signal_that_comes_on_takes_the_yes_back(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """After a yes the browser begins to ask for privacy: the next page is the server's own before anything is
    shown, nothing of the profile stays, and the receipts say that the signal decided."""
    stranger = new_citizen()
    stranger.open("/parking/resident-permit")
    default = stranger.page.locator("nearside-recommend").inner_html()
    citizen = new_citizen(NEVER_BUSY)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/parking/resident-permit", "/waste/new-bin")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "receipts of the yes")
    assert citizen.profile().visits
    citizen.context.add_init_script(ASKS_FOR_PRIVACY)
    citizen.open("/parking/resident-permit")
    slot = citizen.page.locator("nearside-recommend")
    assert slot.get_attribute("data-personalised") is None
    assert slot.inner_html() == default
    expect(citizen.page.locator("nearside-status")).to_have_text(
        "Suggestions are off because of your browser’s privacy setting."
    )
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    citizen.until(lambda: set(citizen.local()) == {"nearside.choice"}, "nothing but the choice")
    assert set(citizen.store()) == {"book", "consent-key", "pins", "sent"}
    said = [(record.status, record.gpc) for record in citizen.records()]
    assert said == [(Status.GIVEN, Gpc.ABSENT)] * 2 + [(Status.WITHDRAWN, Gpc.APPLIED)] * 2
    for receipt in citizen.receipts():
        verify_claims(receipt.check(city.stage.trust("riverton").ledger))
    start = len(city.front.seen)
    citizen.open("/waste/new-bin")
    expect(citizen.banner).to_have_count(0)
    citizen.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert [request.path for request in city.front.since(start) if request.method != "GET"] == []


def test_an_explicit_yes_under_the_signal_is_not_taken_back_by_it(new_citizen: NewCitizen) -> None:
    """Turned on by hand while the browser asks for privacy: it stays on with the next pages, until the
    citizen withdraws it. A question that was left open is signed neither way."""
    citizen = new_citizen(ASKS_FOR_PRIVACY)
    page = citizen.open(PANEL)
    save = page.get_by_role("button", name="Save my choices")
    save.click()
    expect(page.locator("nearside-preferences form .nearside-saved")).to_contain_text("nothing is saved")
    assert citizen.local() == {}
    page.locator("#nearside-suggest-on").check()
    save.click()
    citizen.planned()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 1, "a receipt of the yes")
    for path in ("/", "/waste/new-bin"):
        citizen.open(path)
        expect(citizen.page.locator("nearside-status")).to_have_text("Suggestions are on.")
    citizen.open(PANEL)
    page.locator("#nearside-suggest-off").check()
    save.click()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt of the withdrawal")
    assert [(record.status, record.gpc) for record in citizen.records()] == [
        (Status.GIVEN, Gpc.PRESENT),
        (Status.WITHDRAWN, Gpc.PRESENT),
    ]


def test_a_no_is_logged_for_whoever_wants_to_prove_it(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A no stays on the device until its citizen asks for a receipt; then it costs and tells what a yes does:
    one record a purpose, each of the same size."""
    start = len(city.front.seen)
    citizen = new_citizen()
    citizen.open("/")
    citizen.reject()
    page = citizen.open(PANEL)
    expect(page.locator(".nearside-receipts")).to_contain_text("Nothing about that has left this device.")
    assert [request.path for request in city.front.since(start) if request.method != "GET"] == []
    page.get_by_role("button", name="Log my no and give me a receipt").click()
    expect(page.locator("dl.nearside-receipt")).to_have_count(2)
    assert [(record.status, record.gpc) for record in citizen.records()] == [(Status.REFUSED, Gpc.ABSENT)] * 2
    posts = [request for request in city.front.since(start) if request.method == "POST"]
    assert [(request.path, len(request.body)) for request in posts] == [("/consent/events", 4096)] * 2
    # What the list of what is known asks for may come after the receipts.
    citizen.until(lambda: "pins" in citizen.store(), "the newest bundle is remembered")
    assert set(citizen.store()) == {"book", "consent-key", "pins", "sent"}
    assert json.loads(citizen.local()["nearside.choice"])["given"] == []
    for receipt in citizen.receipts():
        verify_claims(receipt.check(city.stage.trust("riverton").ledger))
