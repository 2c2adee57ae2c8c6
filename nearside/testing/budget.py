"""What our part costs a page: bytes that it waits for, what moved, and how long the page was held up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import brotli  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import BrowserContext, Page

NOTING: Final = """
window.nearsideSeen = { shifts: [], tasks: [] };
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, startTime } of list.getEntries()) {
    window.nearsideSeen.shifts.push({ value, hadRecentInput, startTime });
  }
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const { duration, startTime, attribution } of list.getEntries()) {
    window.nearsideSeen.tasks.push({ duration, startTime, from: attribution.map(({ name }) => name) });
  }
}).observe({ type: "longtask", buffered: true });
"""
"""Notes down, in each page of a context, what moves and what takes long."""

PAINTED: Final = """() => document.fonts.ready.then(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))))"""
"""Done once what has come is painted, with its letters, and what moved then has been noted down."""

_COST: Final = """() => {
  const { shifts, tasks } = window.nearsideSeen;
  const tag = document.querySelector("script[data-agency-key][src]");
  return {
    loader: tag ? tag.src : "",
    shift: shifts.reduce((sum, { value, hadRecentInput }) => sum + (hadRecentInput ? 0 : value), 0),
    longest_task_ms: Math.max(0, ...tasks.map(({ duration }) => duration)),
  };
}"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page cost: the loader, compressed as sites serve it, the sum of layout shifts, the longest
    task."""

    loader_bytes: int
    shift: float
    longest_task_ms: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What a page may cost. The bytes and the shift are what this product promises; what holds a page up
    depends on the machine as well, and is not looked at unless it is said."""

    loader_bytes: int = 10 * 1024
    shift: float = 0.001
    longest_task_ms: float | None = None

    def exceeded(self, cost: Cost) -> list[str]:
        """Return what is over, in words; an empty list where nothing is."""
        over = []
        if cost.loader_bytes > self.loader_bytes:
            over.append(f"loader: {cost.loader_bytes} bytes of {self.loader_bytes}")
        if cost.shift > self.shift:
            over.append(f"layout: moved by {cost.shift:.4f} of {self.shift}")
        if self.longest_task_ms is not None and cost.longest_task_ms > self.longest_task_ms:
            over.append(f"task: {cost.longest_task_ms:.0f} ms of {self.longest_task_ms:.0f}")
        return over


def watch_cost(context: BrowserContext) -> None:
    """Have the pages of a context note down what they cost, from the next page on."""
    context.add_init_script(NOTING)


def cost_of(page: Page) -> Cost:
    """Return what the page that is open has cost, once it is painted; `watch_cost` came before it."""
    page.evaluate(PAINTED)
    seen = page.evaluate(_COST)
    # A server under test may compress nothing: what counts is what a visitor gets.
    loader = brotli.compress(page.context.request.get(seen["loader"]).body()) if seen["loader"] else b""
    return Cost(len(loader), seen["shift"], seen["longest_task_ms"])
