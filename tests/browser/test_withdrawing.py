"""Taking consent back: it counts at once, everywhere on this device, and is logged whatever happens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from consent_ledger import leaf
from consent_ledger.ed25519 import verify_claims
from consent_ledger.record import Status
from consent_ledger.tiles import read_entries, tiles_of
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support import patient
from tests.support.browser import LONG_ENOUGH_MS, NEVER_BUSY, WORKER_OF_ITS_OWN, Citizen, NewCitizen
from tests.support.playing import PlayedCity, ledger_down

pytestmark = pytest.mark.browser

# What a worker that ought not to be there would write comes once its Python has started.
COLD_START_MS = 6_000
# Counts the workers that a page starts, or joins.
COUNTS_WORKERS = """
window.nearsideStarted = 0;
for (const name of ["Worker", "SharedWorker"].filter((each) => window[each])) {
  window[name] = class extends window[name] {
    constructor(...all) { super(...all); window.nearsideStarted += 1; }
  };
}
"""

BOTH_WORKERS = pytest.mark.parametrize(
    "scripts", [(), (WORKER_OF_ITS_OWN,)], ids=["shared worker", "worker of its own"]
)
WITHDRAWN = [Status.GIVEN, Status.GIVEN, Status.WITHDRAWN, Status.WITHDRAWN]


def regular(new_citizen: NewCitizen, *scripts: str) -> Citizen:
    """Someone who said yes and has seen two pages, now on the preferences page, where a slot is
    personalised."""
    citizen = new_citizen(*scripts)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/parking/resident-permit", "/help/privacy")
    citizen.open("/help/privacy")
    expect(citizen.cards).to_have_count(3)
    return citizen


@BOTH_WORKERS
def test_withdrawing_brings_the_default_page_back_and_leaves_nothing(
    city: PlayedCity, new_citizen: NewCitizen, scripts: tuple[str, ...]
) -> None:
    """Without a reload the server's content is back; plan and profile are gone; the withdrawal is logged."""
    stranger = new_citizen()
    stranger.open("/help/privacy")
    default = stranger.page.locator("nearside-recommend").inner_html()
    citizen = regular(new_citizen, NEVER_BUSY, *scripts, COUNTS_WORKERS)
    assert citizen.page.evaluate("nearsideStarted") > 0
    citizen.page.evaluate("window.loadedOnce = true")
    citizen.withdraw()
    expect(citizen.page.locator("nearside-recommend")).not_to_have_attribute("data-personalised", "")
    assert citizen.page.locator("nearside-recommend").inner_html() == default
    assert citizen.page.evaluate("window.loadedOnce") is True
    assert "nearside.plan" not in citizen.local()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    citizen.until(lambda: set(citizen.local()) == {"nearside.choice"}, "nothing but the choice")
    assert set(citizen.store()) == {"book", "consent-key", "pins", "sent"}
    expect(citizen.page.locator("nearside-status")).to_have_text("Suggestions are off.")
    expect(citizen.page.locator("dl.nearside-receipt").first).to_contain_text("no longer")
    assert [record.status for record in citizen.records()] == WITHDRAWN
    citizen.open("/parking/visitor-permit")
    citizen.page.wait_for_timeout(LONG_ENOUGH_MS)
    assert citizen.page.evaluate("nearsideStarted") == 0
    assert set(citizen.store()) == {"book", "consent-key", "pins", "sent"}


def test_a_withdrawal_is_in_the_ledger_and_its_receipt_holds_elsewhere(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """With the ledger's and its witnesses' keys another program finds every receipt true, and every entry
    in its place."""
    citizen = regular(new_citizen)
    citizen.withdraw()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    keys = city.stack.log_keys()

    def public(path: str) -> bytes | None:
        answer = patient.get(f"{city.url}/ledger/{path}")
        return answer.content if answer.status_code == 200 else None

    size = max(receipt.proof.check(receipt.opening.entry(), keys)[0].size for receipt in citizen.receipts())
    entries = [entry for tile in tiles_of(size) if tile.level < 0 for entry in read_entries(tile, public)]
    assert len(citizen.receipts()) == 4
    for receipt in citizen.receipts():
        verify_claims(receipt.check(keys))
        assert entries[receipt.proof.index] == leaf.to_bytes(receipt.leaf)


def test_withdrawing_counts_in_the_other_tab_too(new_citizen: NewCitizen) -> None:
    """A tab that was open all the while goes back to default content, and does not bring the choice back."""
    for scripts in ((), (WORKER_OF_ITS_OWN,)):
        citizen = regular(new_citizen, NEVER_BUSY, *scripts)
        other = citizen.page
        citizen.planned()
        citizen.tab()
        page = citizen.open("/help/privacy")
        citizen.withdraw()
        expect(other.locator("nearside-recommend")).not_to_have_attribute("data-personalised", "")
        expect(other.locator("nearside-status")).to_have_text("Suggestions are off.")
        citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")  # noqa: B023 - called in the loop
        page.wait_for_timeout(COLD_START_MS // 2)
        assert set(citizen.local()) == {"nearside.choice"}
        assert citizen.choice()["given"] == []
        assert set(citizen.store()) == {"book", "consent-key", "pins", "sent"}


def test_a_withdrawal_counts_even_when_the_page_is_left_at_once(new_citizen: NewCitizen) -> None:
    """The tab goes on before the worker has heard of it: the next page tells it, and the profile is gone."""
    citizen = regular(new_citizen, WORKER_OF_ITS_OWN)
    citizen.withdraw()
    citizen.open("/parking/visitor-permit")
    citizen.until(lambda: "profile" not in citizen.store(), "a profile that is gone")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    assert [record.status for record in citizen.records()] == WITHDRAWN
    citizen.until(lambda: set(citizen.local()) == {"nearside.choice"}, "nothing but the choice")


def test_withdrawing_works_while_the_ledger_is_down(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The page and the profile do not wait for the ledger; the record is sent at a later page."""
    citizen = regular(new_citizen)
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "receipts of the consent")

    with city.front.answering(ledger_down):
        citizen.withdraw()
        citizen.until(lambda: "profile" not in citizen.store(), "a profile that is gone")
        citizen.until(lambda: "nearside.untold" not in citizen.local(), "a worker that has kept the choice")
        expect(citizen.page.locator("nearside-recommend")).not_to_have_attribute("data-personalised", "")
        expect(citizen.page.locator("nearside-preferences")).to_contain_text("A receipt is on its way.")
        expect(citizen.page.locator("nearside-preferences")).to_contain_text("keeps no list of pages")
        assert len(citizen.book()["pending"]) == 2
    citizen.open("/parking/visitor-permit")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    assert [record.status for record in citizen.records()] == WITHDRAWN
    citizen.until(lambda: citizen.choice()["notice"] is None, "a choice with nothing left to tell")


def test_a_proof_that_was_tampered_with_is_no_receipt(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A proof with one byte changed leaves the record pending; the true one, later, makes it a receipt."""
    citizen = new_citizen()
    citizen.open("/")

    def forged(request: HttpRequest, answer: Answer) -> HttpResponse:
        response = answer(request)
        if not request.path.startswith("/consent/receipts/") or response.status != 200:
            return response
        tampered.append(request.path)
        lines = response.body.decode().split("\n")
        place = next(at for at, line in enumerate(lines) if re.fullmatch(r"[A-Za-z0-9+/]{43}=", line))
        lines[place] = ("B" if lines[place].startswith("A") else "A") + lines[place][1:]
        return HttpResponse(200, response.headers, "\n".join(lines).encode())

    tampered: list[str] = []
    with city.front.answering(forged):
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: len(set(tampered)) == 2, "a forged proof for each record")
        citizen.open("/help/privacy")
        expect(citizen.page.locator(".nearside-receipts")).to_contain_text("A receipt is on its way.")
        citizen.page.wait_for_timeout(3_000)
        assert citizen.book()["receipts"] == []
        expect(citizen.page.locator("dl.nearside-receipt")).to_have_count(0)
        assert citizen.choice()["notice"] is not None
    citizen.open("/parking/resident-permit")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "true receipts")
