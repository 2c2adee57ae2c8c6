"""The story of the demo in a real, headless Chromium: each step is checked, told and photographed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright
from rich.console import Console

from consent_ledger.errors import Untrue
from nearside.commands.stopping import ToldToStop
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
        except ToldToStop:
            # Ctrl-C goes to the browser's driver too: what it leaves unanswered is nobody's to hear of.
            logging.getLogger("asyncio").disabled = True
            raise
        finally:
            with suppress(Error):
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


def tell_story(url: str, *, preview: str, out: Path, console: Console) -> None:
    """Tell the whole story against the demo at `url`; `preview` is a link to one.

    Raises `Untrue` at the first step that does not hold.
    """
    console.rule("The story, in a headless Chromium")
    with chromium(Settings.read()) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        teller = Teller(page, out=out, console=console)
        _accept(page, url, teller)
        _see_suggestions(page, url, teller)
        _see_the_home_page(page, url, teller)
        _turn_slides(page, url, teller)
        _see_receipts(page, url, teller)
        _withdraw(page, url, teller)
        _preview(page, preview, teller)
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
    # What was said is taken in, and another card decided on, before the page is looked at again.
    page.wait_for_function(
        "() => JSON.parse(localStorage['nearside.plan']).pages[location.pathname]?.related?.length === 3"
    )
    page.reload()
    again = page.locator("nearside-recommend[data-personalised] li a").all_inner_texts()
    teller.tell("and it does not come back", holds=bool(again) and titles[0] not in again, whole_page=True)


def _see_the_home_page(page: Page, url: str, teller: Teller) -> None:
    _look_at(page, f"{url}/")
    lead = page.locator("nearside-hero[data-personalised]")
    title = lead.locator("a").inner_text()
    lead.locator(".nearside-why").click()
    because = lead.locator(".nearside-reason").inner_text()
    teller.tell(f"the home page leads with {title}: {because}", holds="looked at" in because)
    page.locator("nearside-why summary").click()
    reasons = page.locator("nearside-why li b").all_inner_texts()
    cards = page.locator("nearside-recommend[data-personalised] li a").all_inner_texts()
    teller.tell("the reasons of its list, in one place", holds=reasons == cards and len(reasons) == 3)
    pictured = page.locator("nearside-cards[data-personalised] li")
    files = pictured.locator("use").evaluate_all("all => all.map((use) => use.href.baseVal.split('#')[0])")
    titles = pictured.locator("a").all_inner_texts()
    teller.tell(
        f"with pictures, all parts of one file that everybody has: {', '.join(titles)}",
        holds=len(files) == 3 and set(files) == {"/assets/pictures.svg"},
        whole_page=True,
    )
    pictured.locator("a").first.click()
    page.wait_for_url(lambda address: address != f"{url}/")
    page.wait_for_selector("html[data-nearside=planned]", state="attached")


def _turn_slides(page: Page, url: str, teller: Teller) -> None:
    _look_at(page, f"{url}{JOURNEY[0]}")
    slides = page.locator("nearside-carousel[data-personalised]")
    count = slides.locator("li").count()
    place = slides.locator(".nearside-controls").get_by_role("status")
    first = place.inner_text() == f"1 of {count}"
    slides.get_by_role("button", name="Next").click()  # which brings it into view, for the picture
    place.filter(has_text=f"2 of {count}").wait_for()
    teller.tell(
        f"{count} slides, the suggested ones first; they turn when a button is pressed, never alone",
        holds=first and slides.locator("li[data-item]").count() == 3,
    )


def _look_at(page: Page, address: str) -> None:
    """Go to a page, and stay until the device has taken it in."""
    page.goto(address)
    page.wait_for_selector("html[data-nearside=planned]", state="attached")


def _see_receipts(page: Page, url: str, teller: Teller) -> None:
    _look_at(page, f"{url}{CHOICES}")
    page.reload()  # this page has a plan of its own from now on, which saying no will take away
    receipts = page.locator(".nearside-receipt")
    receipts.nth(1).wait_for()
    known = page.locator(".nearside-known-list li").filter(has_text="Forget this page")
    known.first.wait_for()
    teller.tell(
        f"two receipts, checked in this browser; the device knows {known.count()} pages",
        holds=receipts.count() == 2,
        whole_page=True,
    )
    outcomes = page.locator(".nearside-outcomes-list li")
    outcomes.first.wait_for()
    said = [" ".join(row.split()) for row in outcomes.all_inner_texts()]
    teller.tell(f"what became of suggestions, and stays here: {'; '.join(said)}", holds=bool(said))


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


def _preview(page: Page, link: str, teller: Teller) -> None:
    kept = page.evaluate("JSON.stringify({ ...localStorage })")
    page.goto(link)
    frame = page.locator(".nearside-preview")
    frame.get_by_role("status").filter(has_text="was decided").wait_for()
    cards = page.locator("nearside-recommend[data-personalised] li")
    titles = cards.locator("a").all_inner_texts()
    teller.tell(
        f"an editor looks at April's page as somebody else: {', '.join(titles)}",
        holds=cards.count() == 3,
    )
    frame.get_by_role("button", name="Show how it was decided").click()
    overlay = page.locator(".nearside-debug")
    overlay.get_by_text("go-on-with-permit").first.wait_for()
    same = page.evaluate("JSON.stringify({ ...localStorage })") == kept
    teller.tell("how it was decided, rule by rule; and nothing was kept of it", holds=same, whole_page=True)


def _respect_the_browser(page: Page, url: str, teller: Teller) -> None:
    page.goto(f"{url}/")
    off = page.locator("nearside-status").inner_text()
    quiet = page.locator(".nearside-banner").count() == 0 and page.evaluate("localStorage.length") == 0
    teller.tell(f"with Global Privacy Control nobody asks, and nothing is kept: {off}", holds=quiet)
