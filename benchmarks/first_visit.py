"""What a citizen's first visit costs, and how soon pages are personal: `python -m benchmarks.first_visit`.

Sets the fictional city up on the local deployment, and visits it with a real Chromium: a new browser and
a new profile for each first visit, medians of several.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no types
import httpx
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.inference import measure_inference
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import CHROMIUM, PATIENCE_MS, QUIET
from tests.support.playing import PlayedCity, played_city

FIRST_VISITS = 3
PAGE_VIEWS = 9
# Notes when the citizen clicked, and when the device had decided what the next pages show.
CLOCK = """
window.nearsideAt = {};
addEventListener("click", () => { window.nearsideAt.clicked ??= performance.now(); }, true);
new MutationObserver(() => {
  if (document.documentElement?.dataset.nearside === "planned") {
    window.nearsideAt.planned ??= performance.now();
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-nearside"] });
"""
PAINTED = """
() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const painted = list.getEntriesByName("first-contentful-paint")[0];
    if (painted) resolve(painted.startTime);
  }).observe({ type: "paint", buffered: true });
})
"""
APPLIED = """() => performance.getEntriesByName("nearside:applied")[0]?.startTime"""


@contextmanager
def profile(playwright: Playwright, folder: Path) -> Iterator[Page]:
    """A browser whose profile lies in `folder`, and a page of it."""
    context: BrowserContext = playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=list(QUIET), headless=True
    )
    context.add_init_script(CLOCK)
    try:
        yield context.pages[0]
    finally:
        context.close()


def planned_ms(page: Page, since: str) -> float:
    """Wait until the device has decided; return the milliseconds since the click, or since navigation
    began."""
    page.wait_for_selector("html[data-nearside=planned]", state="attached", timeout=PATIENCE_MS)
    spent: float = page.evaluate(f"window.nearsideAt.planned - ({since})")
    return spent


def accept(page: Page, url: str) -> float:
    """Open the home page and say yes; return the milliseconds until the next pages are decided."""
    page.goto(url)
    page.locator(".nearside-banner button").first.click()
    return planned_ms(page, "window.nearsideAt.clicked")


def forget(page: Page, url: str) -> None:
    """Remove what the site keeps, but not what the browser has cached."""
    page.goto("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage,indexeddb"})


def measure_bytes(city: PlayedCity, asked: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """Return for each kind of file: how many were asked for, bytes as served, bytes as built."""
    kinds: dict[str, tuple[int, int, int]] = {}
    for path in dict.fromkeys(asked):
        with httpx.stream("GET", city.url + path, headers={"accept-encoding": "br"}) as answer:
            raw = b"".join(answer.iter_raw())
            encoded = answer.headers.get("content-encoding") == "br"
        plain = brotli.decompress(raw) if encoded else raw
        count, served, built = kinds.get(kind_of(path), (0, 0, 0))
        kinds[kind_of(path)] = (count + 1, served + len(raw), built + len(plain))
    return [(kind, *sizes) for kind, sizes in sorted(kinds.items())]


def kind_of(path: str) -> str:
    """Say which part of a visit a file belongs to."""
    if "/pyodide/" in path:
        return "yes: Python runtime (Pyodide)"
    if "/ort/" in path:
        return "yes: model runtime (ONNX Runtime Web)"
    if "/runtime/" in path:
        return "yes: worker and the device's code"
    if path.startswith("/nearside/riverton/"):
        return "yes: bundle (catalogue, rules, model)"
    return "page: loader" if path == "/nearside/loader.js" else "page: HTML, style, fonts, images"


def without_loader(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Answer as the deployment does, but take the loader's tag out of pages."""
    plain = HttpRequest(request.method, request.path, request.query, {}, request.body)
    response = answer(plain)
    if not response.headers.get("content-type", "").startswith("text/html"):
        return answer(request)
    head, _, rest = response.body.partition(b'<script type="module"')
    return HttpResponse(200, response.headers, head + rest.partition(b"</script>")[2])


def measure_pages(city: PlayedCity, page: Page) -> dict[str, list[float]]:
    """Return the first contentful paint of the home page without loader, with it, and personalised, in turns;
    when the personalised one had its suggestions; and when the next plan was there."""
    found: dict[str, list[float]] = {
        "plain": [],
        "default": [],
        "personalised": [],
        "applied": [],
        "planned": [],
    }
    plan = page.evaluate("localStorage.getItem('nearside.plan')")
    for _ in range(PAGE_VIEWS):
        with city.front.answering(without_loader):
            fresh(page, city.url)
            found["plain"].append(page.evaluate(PAINTED))
        fresh(page, city.url)
        page.evaluate("localStorage.removeItem('nearside.plan')")
        fresh(page, city.url)
        found["default"].append(page.evaluate(PAINTED))
        planned_ms(page, "0")
        page.evaluate("(plan) => localStorage.setItem('nearside.plan', plan)", plan)
        fresh(page, city.url)
        found["personalised"].append(page.evaluate(PAINTED))
        found["applied"].append(page.evaluate(APPLIED))
        found["planned"].append(planned_ms(page, "0"))
    return found


def fresh(page: Page, url: str) -> None:
    """Open the home page from the server: other variants of it may be in the cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    page.goto(url)
    session.detach()


def spread(values: Sequence[float]) -> str:
    """The median, with the least and the largest."""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def main() -> int:
    """Print the tables; 1 where there is no browser."""
    if not CHROMIUM.exists():
        print("Chromium not found", file=sys.stderr)
        return 1
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as name, played_city(Path(name) / "city") as city:
        cold, warm, asked = [], [], list[str]()
        with sync_playwright() as playwright:
            for number in range(FIRST_VISITS):
                folder = Path(name) / f"profile-{number}"
                start = len(city.front.seen)
                with profile(playwright, folder) as page:
                    cold.append(accept(page, city.url))
                    asked += [each.path for each in city.front.since(start) if each.method == "GET"]
                with profile(playwright, folder) as page:
                    forget(page, city.url)
                    warm.append(accept(page, city.url))
                    pages = measure_pages(city, page) if number == FIRST_VISITS - 1 else {}
                    version = page.context.browser.version if page.context.browser else "Chromium"
            inference = measure_inference(city, playwright)
        public = [path for path in asked if not path.startswith("/consent")]
        show(console, measure_bytes(city, public), cold=cold, warm=warm, pages=pages, inference=inference)
        console.print(f"Chromium {version}")
    return 0


def show(
    console: Console,
    sizes: list[tuple[str, int, int, int]],
    *,
    cold: list[float],
    warm: list[float],
    pages: dict[str, list[float]],
    inference: dict[str, list[float]],
) -> None:
    """Print what was measured."""
    table = Table("part of a first visit", "files", "bytes served", "bytes built", title="Bytes")
    for kind, count, served, built in sizes:
        table.add_row(kind, str(count), f"{served:,}", f"{built:,}")
    total = sum(served for _, _, served, _ in sizes)
    table.add_row("all", str(sum(row[1] for row in sizes)), f"{total:,}", f"{sum(row[3] for row in sizes):,}")
    console.print(table)
    table = Table("from", "to", "ms", title="Time: median (least to largest)")
    table.add_row("yes, new browser and profile", "next pages decided", spread(cold))
    table.add_row("yes, files in the browser's cache", "next pages decided", spread(warm))
    table.add_row("navigation, without the loader", "first contentful paint", spread(pages["plain"]))
    table.add_row("navigation, default content", "first contentful paint", spread(pages["default"]))
    table.add_row("navigation, personalised", "suggestions in place", spread(pages["applied"]))
    table.add_row("navigation, personalised", "first contentful paint", spread(pages["personalised"]))
    table.add_row("navigation, worker alive", "next pages decided", spread(pages["planned"]))
    console.print(table)
    table = Table("one decision in the worker", "ms", title="Inference: median (least to largest)")
    for what, values in inference.items():
        table.add_row(what, f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
