"""A citizen checks a receipt: on a page of its own and in the panel, in two languages, with nobody asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from consent_ledger import canonical
from tests.support.browser import Citizen, NewCitizen, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

PANEL = "/help/privacy"
PAGE = "/help/privacy/check"
CHECKS = ["commitment", "notice", "log", "witnesses", "inclusion", "device"]
VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "ledger"
OLD_BROWSER = """
SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"));
"""


@pytest.fixture(scope="module")
def holder(city: PlayedCity, chromium: Browser) -> Iterator[Citizen]:
    """Someone who said yes to both purposes and has the receipts."""
    # The checker of accessibility is put in from outside, which the page's policy would not let a page do.
    with citizen_of(city, chromium, bypass_csp=True) as citizen:
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
        yield citizen


@pytest.fixture(scope="module")
def saved(holder: Citizen) -> bytes:
    """A receipt as its citizen saved it."""
    return holder.receipts()[0].to_bytes()


def elsewhere() -> tuple[str, str]:
    """A receipt of another agency, which two of its three witnesses saw, and that agency's line of keys."""
    cases = json.loads((VECTORS / "verifying.json").read_text(encoding="utf-8"))["cases"]
    (given,) = (row["given"] for row in cases if row["why"] == "a receipt that two of three witnesses saw")
    return bytes.fromhex(given["data"]).decode(), given["trusted"]


def changed(saved: bytes, *path: str | int, to: Any) -> str:
    """A receipt in which one value says something else."""
    receipt: Any = canonical.decode(saved)
    inner = receipt
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return canonical.encode(receipt).decode()


def check(page: Page, receipt: str, *, keys: str | None = None) -> Locator:
    """Paste a receipt, and other keys where they are given; press the button; return what is shown."""
    page.locator("#nearside-check-text").fill(receipt)
    if keys is not None:
        whose = page.locator("nearside-check > details")
        if whose.get_attribute("open") is None:
            whose.locator("summary").click()
        page.locator("#nearside-check-keys").fill(keys)
    page.locator("nearside-check > button").click()
    return page.locator("nearside-check .nearside-checked")


def states(shown: Locator) -> dict[str, str]:
    """What became of each check."""
    lines = shown.locator(".nearside-checks li").all()
    found = {line.get_attribute("data-check"): line.get_attribute("data-state") for line in lines}
    return {str(name): str(state) for name, state in found.items()}


def test_a_saved_receipt_holds_without_a_network(
    city: PlayedCity, new_citizen: NewCitizen, saved: bytes
) -> None:
    """Once the page is open nothing more is asked of anybody: the file is read and checked without a network,
    by a browser that has never been here, and nothing is kept."""
    citizen = new_citizen()
    page = citizen.open(PAGE)
    expect(page.locator("nearside-check > button")).to_be_visible()
    start = len(city.front.seen)
    citizen.context.set_offline(True)
    file = {"name": "receipt.json", "mimeType": "application/json", "buffer": saved}
    page.locator("#nearside-check-file").set_input_files([file])  # type: ignore[list-item]  # a dict will do
    page.locator("nearside-check > button").click()
    shown = page.locator(".nearside-checked")
    expect(shown.locator("h2")).to_have_text("This receipt holds")
    assert list(states(shown)) == CHECKS
    assert {state for check, state in states(shown).items() if check != "witnesses"} == {"held"}
    expect(shown).to_contain_text("somebody said yes to “Suggest pages to me”")
    shown.locator("summary").click()
    expect(shown).to_contain_text("They are the words of this website today.")
    assert city.front.since(start) == []
    assert citizen.local() == {}
    assert citizen.store() == {}
    assert citizen.context.cookies() == []
    assert citizen.said == []


def test_the_page_runs_nothing_but_what_checks_receipts(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """No loader, no worker, no banner: the page's one script is check.js."""
    start = len(city.front.seen)
    page = new_citizen().open(PAGE)
    expect(page.locator("nearside-check > button")).to_be_visible()
    asked = [request.path for request in city.front.since(start)]
    assert [path for path in asked if not path.startswith("/assets/")] == [PAGE, "/nearside/check.js"]
    expect(page.locator(".nearside-banner")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "to", "failed"),
    [
        (("record", "dct:language"), "zz", "unreadable"),
        (("salt",), "00" * 32, "commitment"),
        (("leaf", "n"), "11" * 32, "commitment notice inclusion"),
        (("signature",), "A" * 86 + "==", "device"),
    ],
    ids=["record", "salt", "notice", "signature"],
)
def test_what_is_wrong_is_named(
    new_citizen: NewCitizen, saved: bytes, path: tuple[str, ...], to: str, failed: str
) -> None:
    """A receipt that was changed is not to be relied on, and the page says which checks failed."""
    page = new_citizen().open(PAGE)
    shown = check(page, changed(saved, *path, to=to))
    if failed == "unreadable":
        expect(shown.locator("h2")).to_have_text("This is not a receipt")
        return
    expect(shown.locator("h2")).to_have_text("Do not rely on this receipt")
    bad = {name for name, state in states(shown).items() if state == "failed"}
    # An entry that is not the one in the log is not at its place either.
    assert bad == set(failed.split()) - ({"commitment"} if path[0] == "leaf" else set())


def test_another_agencys_receipt_is_checked_with_its_keys(new_citizen: NewCitizen) -> None:
    """An auditor puts in the keys that they trust: under this site's own nothing holds, under the right ones
    all does, with the witnesses counted; keys that cannot be read are said to be so."""
    receipt, keys = elsewhere()
    page = new_citizen().open(PAGE)
    shown = check(page, receipt)
    expect(shown.locator("h2")).to_have_text("Do not rely on this receipt")
    assert states(shown)["log"] == "failed"
    shown = check(page, receipt, keys=keys)
    expect(shown.locator("h2")).to_have_text("This receipt holds")
    expect(shown).to_contain_text("Witnesses that saw the same log: 2 of 3. Asked for: 2.")
    more = keys.replace(" 2 ", " 3 ")
    shown = check(page, receipt, keys=more)
    expect(shown.locator("h2")).to_have_text("Do not rely on this receipt")
    assert [name for name, state in states(shown).items() if state == "failed"] == ["witnesses"]
    expect(check(page, receipt, keys="hello").locator("h2")).to_have_text("These keys cannot be read")


def test_a_file_can_be_dropped(new_citizen: NewCitizen, saved: bytes) -> None:
    """What is dropped is taken as if it had been chosen, and what was pasted before is gone."""
    page = new_citizen().open(PAGE)
    page.locator("#nearside-check-text").fill("pasted before")
    dropped = page.evaluate_handle(
        """(text) => {
          const data = new DataTransfer();
          data.items.add(new File([text], "receipt.json", { type: "application/json" }));
          return data;
        }""",
        saved.decode(),
    )
    page.locator(".nearside-drop").dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.locator("#nearside-check-text")).to_have_value("")
    page.locator("nearside-check > button").click()
    expect(page.locator(".nearside-checked h2")).to_have_text("This receipt holds")


def test_it_works_by_keyboard_and_says_what_is_missing(new_citizen: NewCitizen, saved: bytes) -> None:
    """Tab leads from the file over text and keys to the button; without a receipt the page says so and
    goes back to the file; the verdict takes the focus, so that it is read out."""
    page = new_citizen().open(PAGE)
    page.locator("#nearside-check-file").focus()
    for place in ("#nearside-check-text", "nearside-check > details summary", "nearside-check > button"):
        page.keyboard.press("Tab")
        expect(page.locator(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Choose a receipt file or paste a receipt first.")
    expect(page.locator("#nearside-check-file")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.insert_text(saved.decode() + "\n")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".nearside-checked h2")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_text("")


def test_a_browser_that_cannot_check_says_so(new_citizen: NewCitizen, saved: bytes) -> None:
    """Where WebCrypto has no Ed25519 nothing is claimed about the receipt."""
    page = new_citizen(OLD_BROWSER).open(PAGE)
    shown = check(page, saved.decode())
    expect(shown.locator("h2")).to_have_text("This browser cannot check signatures")
    expect(shown.locator(".nearside-checks")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(("lang", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_the_page_is_accessible_in_both_languages(
    city: PlayedCity, chromium: Browser, saved: bytes, lang: str, direction: str, width: int
) -> None:
    """Before and after, held and failed, open and closed: axe finds nothing, nothing runs off a small screen,
    targets are large enough, and no word is left in the other language."""
    viewport = {"width": width, "height": 900}
    with citizen_of(city, chromium, bypass_csp=True, viewport=viewport) as citizen:
        page = citizen.open(PAGE if lang == "en" else f"/{lang}{PAGE}")
        assert page.locator("html").get_attribute("dir") == direction
        assert citizen.violations() == []
        for receipt in (saved.decode(), changed(saved, "salt", to="00" * 32), "not a receipt"):
            shown = check(page, receipt, keys=page.locator("#nearside-check-keys").input_value())
            expect(shown.locator("h2")).to_be_focused()
            for more in shown.locator("summary").all():
                more.click()
            assert citizen.violations() == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
            words = shown.locator("h2, .nearside-checks p, dt").all_inner_texts()
            assert all(("receipt" in text or " the " in text) <= (lang == "en") for text in words)
        targets = page.locator("nearside-check :is(button, summary, input, textarea)").all()
        sizes = [target.bounding_box() for target in targets]
        assert len(sizes) >= 5
        assert all(size is not None and min(size["height"], size["width"]) >= 24 for size in sizes)
        assert citizen.said == []


def test_each_receipt_of_the_panel_can_be_checked_in_place(city: PlayedCity, holder: Citizen) -> None:
    """Beside saving a receipt there is checking it: in place, without a request."""
    page = holder.open(PANEL)
    buttons = page.get_by_role("button", name="Check:")
    expect(buttons).to_have_count(2)
    holder.planned()
    start = len(city.front.seen)
    for place, button in enumerate(buttons.all()):
        button.click()
        shown = page.locator(".nearside-checked").nth(place)
        expect(shown.locator("h4")).to_have_text("This receipt holds")
        expect(shown.locator("h4")).to_be_focused()
        assert list(states(shown)) == CHECKS
    asked = [request.path for request in city.front.since(start)]
    assert not any("receipt" in path or path.endswith(".js") for path in asked)
    assert holder.violations() == []
    page.get_by_role("link", name="Check a receipt that you saved").click()
    expect(page.locator("h1")).to_have_text("Check a receipt")
