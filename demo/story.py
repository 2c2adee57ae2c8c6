"""The story of the demo in a real, headless Chromium: each step is checked, told and photographed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Page, sync_playwright
from rich.console import Console

from consent_ledger.errors import Untrue
from nearside.settings import Settings

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS: Final = 120_000
JOURNEY: Final = ("/moving", "/moving/checklist")
CHOICES: Final = "/help/privacy"


@contextmanager
def chromium(settings: Settings) -> Iterator[BrowserContext]:
    """Start a headless Chromium with a profile of its own. Raises `Untrue` when there is none, with the
    remedy."""
    if settings.chromium is None:
        raise Untrue("chromium: not found; install it (apt-get install chromium) or set NEARSIDE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(settings.chromium), args=list(FLAGS))
        try:
            yield browser.new_context(viewport={"width": 1280, "height": 900})
        finally:
            browser.close()


class Teller:
    """Tells one step after another, and photographs the page after each."""

    def __init__(self, page: Page, *, out: Path, console: Console) -> None:
        self._page = page
        self._out = out
        self._console = console
        self._step = 0

    def tell(self, words: str, *, holds: bool, whole_page: bool = False) -> None:
        """Say what was seen and keep a picture. Raises `Untrue` when it was not so."""
        self._step += 1
        picture = self._out / f"{self._step:02d}.png"
        self._page.screenshot(path=picture, full_page=whole_page)
        self._console.print(f"  {'ok' if holds else 'FAILED'}  {words}  [dim]({picture.name})[/dim]")
        if not holds:
            raise Untrue(f"story: not so: {words}")


def tell_story(url: str, *, out: Path, console: Console) -> None:
    """Tell the whole story against the demo at `url`. Raises `Untrue` at the first step that does not
    hold."""
    console.rule("The story, in a headless Chromium")
    with chromium(Settings.read()) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        teller = Teller(page, out=out, console=console)
        _accept(page, url, teller)
        _see_suggestions(page, url, teller)
        _see_receipts(page, url, teller)
        _withdraw(page, url, teller)
    with chromium(Settings.read()) as context:
        context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
        )
        page = context.new_page()
        teller = Teller(page, out=fresh_numbers(out), console=console)
        _respect_the_browser(page, url, teller)


def fresh_numbers(out: Path) -> Path:
    """Return a folder beside the first pictures for those of another browser."""
    folder = out / "gpc"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _accept(page: Page, url: str, teller: Teller) -> None:
    page.goto(f"{url}/")
    banner = page.locator(".nearside-banner")
    teller.tell("the city's site asks before it keeps anything", holds=banner.is_visible())
    empty = page.evaluate("localStorage.length") == 0 and page.evaluate("indexedDB.databases()") == []
    teller.tell("nothing is stored yet", holds=empty)
    page.get_by_role("button", name="Accept suggestions").click()
    confirmation = banner.get_by_role("alert")
    confirmation.wait_for()
    teller.tell("accepting is confirmed at once", holds="accepted" in confirmation.inner_text())
    page.wait_for_selector("html[data-nearside=planned]", state="attached")
    teller.tell("the worker has checked the bundle and made a plan", holds=True)


def _see_suggestions(page: Page, url: str, teller: Teller) -> None:
    for path in JOURNEY:
        page.locator(f"main a[href='{path}']").first.click()
        page.wait_for_url(f"{url}{path}")
        page.wait_for_selector("html[data-nearside=planned]", state="attached")
    cards = page.locator("nearside-recommend[data-personalised] li")
    titles = cards.locator("a").all_inner_texts()
    teller.tell(f"two pages on, suggested: {', '.join(titles)}", holds=len(titles) == 3, whole_page=True)
    cards.first.locator(".nearside-why").click()
    reason = cards.first.locator(".nearside-reason")
    teller.tell(f"why? {reason.inner_text()}", holds=reason.is_visible(), whole_page=True)
    cards.first.locator(".nearside-no").click()
    teller.tell(f"not relevant: {titles[0]} goes", holds=cards.first.locator("a").count() == 0)
    page.wait_for_timeout(2000)
    page.reload()
    again = page.locator("nearside-recommend[data-personalised] li a").all_inner_texts()
    teller.tell("and it does not come back", holds=bool(again) and titles[0] not in again, whole_page=True)


def _see_receipts(page: Page, url: str, teller: Teller) -> None:
    page.goto(f"{url}{CHOICES}")
    page.wait_for_selector("html[data-nearside=planned]", state="attached")
    page.reload()  # this page has a plan of its own from now on, which saying no will take away
    receipts = page.locator(".nearside-receipt")
    receipts.nth(1).wait_for()
    known = page.locator(".nearside-known-list li")
    known.first.wait_for()
    teller.tell(
        f"two receipts, checked in this browser; the device knows {known.count()} pages",
        holds=receipts.count() == 2,
        whole_page=True,
    )


def _withdraw(page: Page, url: str, teller: Teller) -> None:
    personalised = page.locator("nearside-recommend[data-personalised]")
    before = personalised.count()
    for name in ("suggest", "learn"):
        page.locator(f"#nearside-{name}-off").check()
    page.get_by_role("button", name="Save my choices").click()
    teller.tell(
        "saying no puts the page back at once, without a reload", holds=personalised.count() == 0 < before
    )
    page.locator(".nearside-receipt").nth(3).wait_for()
    words = page.locator(".nearside-receipt").all_inner_texts()
    teller.tell(
        "and is logged: four receipts, two of them of a withdrawal",
        holds=sum("no longer" in text for text in words) == 2,
        whole_page=True,
    )
    kept = json.loads(page.evaluate("JSON.stringify(Object.keys(localStorage))"))
    teller.tell(
        f"the plan and the profile are gone; kept: {', '.join(kept)}", holds=kept == ["nearside.choice"]
    )


def _respect_the_browser(page: Page, url: str, teller: Teller) -> None:
    page.goto(f"{url}/")
    off = page.locator("nearside-status").inner_text()
    quiet = page.locator(".nearside-banner").count() == 0 and page.evaluate("localStorage.length") == 0
    teller.tell(f"with Global Privacy Control nobody asks, and nothing is kept: {off}", holds=quiet)
