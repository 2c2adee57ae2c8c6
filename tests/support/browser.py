"""A citizen at a real browser: one context is one device, with storage of its own.

A test module that wants it names this file in `pytest_plugins`, beside `tests.support.playing`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from consent_ledger import canonical
from consent_ledger.receipt import Receipt
from consent_ledger.record import ConsentRecord
from edge_client.profile import Profile
from nearside.testing import violations
from nearside.testing.budget import NOTING, PAINTED
from nearside.testing.egress import OWN_WORKER
from tests.support.playing import PlayedCity

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = Path("/usr/bin/chromium")
# The same engine without the window around it, which costs more than most pages (`chromium-headless-shell`).
SHELL = Path("/usr/bin/chromium-headless-shell")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium asks its maker what the fields of any form mean: the browser's own doing, and no page's.
    "--disable-features=AutofillServerCommunication",
)
# Python's program is compiled once, without the second, optimising pass: a device of a test lives for a few
# seconds, and half of what it computed was that pass.
ONE_PASS = "--js-flags=--liftoff-only"
PATIENCE_MS = 60_000
LOOKS_EVERY_MS = 50

WORKER_OF_ITS_OWN = OWN_WORKER
# What waits for a page to be idle, up to four seconds, begins once the page is there: then a second is long
# enough to see that nothing begins.
NEVER_BUSY = "window.requestIdleCallback = (act) => setTimeout(act);"
LONG_ENOUGH_MS = 1_000
# Takes everything in and never answers: nobody holds what a test put into the storage to what a device has.
DEAF_WORKER = "delete window.SharedWorker; window.Worker = class { postMessage() {} terminate() {} };"
ASKS_FOR_PRIVACY = """
Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true });
"""
STORAGE_BLOCKED = """
Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("blocked", "SecurityError"); },
});
"""
# Only notes down what happened: a page that breaks a policy or throws is told of in the console.
WATCH = (
    """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`violation: ${violatedDirective} ${blockedURI}`));
"""
    + NOTING
)
HAS_SIGNALS = """() => performance.getEntriesByType("resource").some(
  ({ name, responseEnd }) => name.endsWith("/signals.js") && responseEnd > 0
)"""
OPENED = """new Promise((resolve, reject) => {
  const request = indexedDB.open("nearside");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
})"""
READ_STORE = (
    """
async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "nearside")) return {};
  const db = await """
    + OPENED
    + """;
  const values = db.transaction("values").objectStore("values");
  const all = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const [keys, kept] = await Promise.all([all(values.getAllKeys()), all(values.getAll())]);
  db.close();
  const text = (value) => value instanceof Uint8Array ? new TextDecoder().decode(value) : null;
  return Object.fromEntries(keys.map((key, place) => [key, text(kept[place])]));
}
"""
)
WRITE_STORE = (
    """
async ([kind, text]) => {
  const db = await """
    + OPENED
    + """;
  const transaction = db.transaction("values", "readwrite");
  transaction.objectStore("values").put(new TextEncoder().encode(text), kind);
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
  db.close();
}
"""
)


def painted(page: Page) -> None:
    """Wait until what has come is painted, with its letters, and what moved then has been noted down."""
    page.evaluate(PAINTED)


@dataclass
class Citizen:
    """One device of one citizen: `said` is whatever its consoles complained of."""

    city: PlayedCity
    context: BrowserContext
    page: Page
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the city by its address."""
        self.page.goto(self.city.url + path)
        return self.page

    def follow(self, path: str) -> Page:
        """Go to a page by a link on this one, as citizens do."""
        self.page.locator(f'a[href="{path}"]').first.click()
        self.page.wait_for_url(self.city.url + path)
        return self.page

    def tab(self) -> Page:
        """Open another tab, and go on there."""
        self.page = self.context.new_page()
        self.listen(self.page)
        return self.page

    def listen(self, page: Page) -> None:
        """Note down what the console of a page, or of its worker, complains of."""
        page.on("console", lambda line: self.said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def accept(self) -> None:
        """Say yes in the banner."""
        self.banner.get_by_role("button").first.click()

    def reject(self) -> None:
        """Say no in the banner."""
        self.banner.get_by_role("button").nth(1).click()

    def withdraw(self) -> None:
        """Say no to everything on the preferences page, once it asks."""
        asked = self.page.get_by_role("radio", name="No")
        expect(asked.first).to_be_visible(timeout=PATIENCE_MS)
        for radio in asked.all():
            radio.check()
        self.page.get_by_role("button", name="Save my choices").click()

    def planned(self) -> None:
        """Wait until the device has decided what the next pages show."""
        self.page.wait_for_selector("html[data-nearside=planned]", state="attached", timeout=PATIENCE_MS)

    def look_at(self, *paths: str) -> None:
        """Look at pages one after the other, at each until the device has taken it in."""
        for path in paths:
            self.open(path)
            self.planned()

    @property
    def banner(self) -> Locator:
        """The banner that asks for consent."""
        return self.page.locator(".nearside-banner")

    @property
    def cards(self) -> Locator:
        """What was suggested on this device, on the page that is open."""
        return self.page.locator("nearside-recommend[data-personalised] li")

    def noticing(self) -> None:
        """Wait until the page has the script that notices: it comes behind what the page shows."""
        self.page.wait_for_function(HAS_SIGNALS, timeout=PATIENCE_MS)

    def searched(self, words: str, path: str = "/services") -> None:
        """Search the site, and stay until that is noticed: who leaves the results before has searched for
        nothing."""
        self.look_at(f"{path}?q={words}")
        self.until(
            lambda: (
                '"searched"' in self.local().get("nearside.untold", "") + (self.store().get("signals") or "")
            ),
            "a search that is noticed",
        )

    def local(self) -> dict[str, str]:
        """Return the page's local storage."""
        kept: dict[str, str] = self.page.evaluate("() => ({ ...localStorage })")
        return kept

    def plan(self) -> dict[str, Any]:
        """Return the plan that the next pages apply."""
        plan: dict[str, Any] = json.loads(self.local()["nearside.plan"])
        return plan

    def store(self) -> dict[str, str | None]:
        """Return the device's own storage as text; a key that cannot be exported is None."""
        kept: dict[str, str | None] = self.page.evaluate(READ_STORE)
        return kept

    def put(self, kind: str, text: str) -> None:
        """Write into the device's own storage what no code of ours did."""
        self.page.evaluate(WRITE_STORE, [kind, text])

    def profile(self) -> Profile:
        """Return what this device has learnt."""
        return Profile.from_bytes((self.store()["profile"] or "").encode())

    def book(self) -> dict[str, Any]:
        """Return the choices, and the records and receipts of them."""
        book = canonical.decode((self.store()["book"] or "").encode())
        assert isinstance(book, dict)
        return book

    def choice(self) -> dict[str, Any]:
        """Return the choice as pages remember it."""
        choice: dict[str, Any] = json.loads(self.local()["nearside.choice"])
        return choice

    def receipts(self) -> tuple[Receipt, ...]:
        """Return the receipts that this device has verified, each after the one that it names."""
        receipts = [Receipt.from_bytes(text.encode()) for text in self.book()["receipts"]]
        after = {receipt.opening.record.previous: receipt for receipt in receipts}
        assert len(after) == len(receipts)
        chain: list[Receipt] = []
        while (following := after.get(chain[-1].opening.entry() if chain else None)) is not None:
            chain.append(following)
        return tuple(chain)

    def records(self) -> tuple[ConsentRecord, ...]:
        """Return the records of those receipts."""
        return tuple(receipt.opening.record for receipt in self.receipts())

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds that the page does not show."""
        for _ in range(PATIENCE_MS // LOOKS_EVERY_MS):
            if holds():
                return
            self.page.wait_for_timeout(LOOKS_EVERY_MS)
        raise AssertionError(f"waited in vain: {what}")

    def violations(self) -> list[str]:
        """Return what axe finds on the page that is open; the context must have been made for it."""
        return violations(self.page, AXE)


NewCitizen = Callable[..., Citizen]


def browser_path() -> Path:
    """The browser that NEARSIDE_CHROMIUM names, or Debian's Chromium, without its window where it can be."""
    named = os.environ.get("NEARSIDE_CHROMIUM")
    path = Path(named) if named else SHELL if SHELL.exists() else CHROMIUM
    if not path.exists():
        pytest.skip("Chromium not found: set NEARSIDE_CHROMIUM")
    return path


@contextmanager
def chromium_at(*arguments: str, path: Path | None = None) -> Iterator[Browser]:
    """Run a browser until the body ends: that of `browser_path` where none is named."""
    path = path or browser_path()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *arguments])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for each module: while it runs, nobody else in the process can drive another."""
    with chromium_at(ONE_PASS) as browser:
        yield browser


@contextmanager
def citizen_of(city: PlayedCity, chromium: Browser, *scripts: str, **options: Any) -> Iterator[Citizen]:
    """A new device: `scripts` run first in each of its pages, `options` are those of a browser's context."""
    with chromium.new_context(**options) as context:
        context.set_default_timeout(PATIENCE_MS)
        for script in (WATCH, *scripts):
            context.add_init_script(script)
        citizen = Citizen(city, context, context.new_page())
        citizen.listen(citizen.page)
        yield citizen


@pytest.fixture
def new_citizen(city: PlayedCity, chromium: Browser) -> Iterator[NewCitizen]:
    """Makes devices that are gone when the test is over."""
    with ExitStack() as devices:

        def new(*scripts: str, **options: Any) -> Citizen:
            return devices.enter_context(citizen_of(city, chromium, *scripts, **options))

        yield new
