"""Whether a page answers while it works out a flow: `python -m benchmarks.flows`, with the public data sets.

Opens public flows with a real Chromium, at its own speed and slowed down as a phone would be, and notes the
longest task of the page's main thread until the first question, and how long that took from the press.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.public_data import print_report
from edge_client.wire.flow import Flow
from nearside.importing.licences import import_licences
from nearside.importing.smart_answers import next_steps
from nearside.importing.usagov import import_benefit_finder
from tests.support.browser import PATIENCE_MS, QUIET, browser_path
from tests.support.flow_site import FlowSite, flow_site

VISITS = 5
SLOWER = (1, 4)
WATCH = """
window.nearsideTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    window.nearsideTasks.push(duration);
  }
}).observe({ type: "longtask", buffered: true });
"""


def public_flows(folder: Path) -> tuple[Flow, ...]:
    """The licence finder, the benefit finder and next steps for a business."""
    names = ("sectors", "activities", "licences")
    tables = {name: (folder / "licence-finder" / f"{name}.csv").read_bytes() for name in names}
    finder = (folder / "usagov-benefit-finder/death-of-a-loved-one.en.json").read_bytes()
    steps = (folder / "smart-answers/next_steps_for_your_business.yml").read_bytes()
    return (
        import_benefit_finder(finder, language="en", life_event="death-of-a-loved-one").flow,
        import_licences(**tables).flow,
        next_steps(steps),
    )


def visit(browser: Browser, site: FlowSite, name: str, *, slower: int) -> tuple[float, float]:
    """Open a flow and begin it; return the longest task, and the time to the first question, in ms."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(WATCH)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(f"{site.url}/{name}")
        page.get_by_role("button", name="Start now").wait_for()
        waited: float = page.evaluate(
            """() => new Promise((done) => {
              const began = performance.now();
              new MutationObserver(() => {
                if (document.querySelector("nearside-flow legend")) done(performance.now() - began);
              }).observe(document.body, { subtree: true, childList: true });
              document.querySelector("nearside-flow .nearside-button").click();
            })"""
        )
        page.wait_for_timeout(200)  # the observer tells of a task after it
        tasks: list[float] = page.evaluate("window.nearsideTasks")
        return max(tasks, default=0.0), waited


def report(data: Path, console: Console) -> None:
    """Print one row a flow and a speed."""
    flows = public_flows(data)
    table = Table("flow", "questions", "outcomes", "slower", "longest task, ms", "first question, ms")
    with (
        tempfile.TemporaryDirectory() as folder,
        flow_site(Path(folder), flows) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(browser_path()), args=list(QUIET))
        for flow in flows:
            for slower in SLOWER:
                seen = [visit(browser, site, flow.name, slower=slower) for _ in range(VISITS)]
                longest = [task for task, _ in seen]
                first = [waited for _, waited in seen]
                table.add_row(
                    flow.name,
                    str(len(flow.questions)),
                    str(len(flow.outcomes)),
                    f"{slower} times",
                    f"{statistics.median(longest):.0f} ({min(longest):.0f} to {max(longest):.0f})",
                    f"{statistics.median(first):.0f} ({min(first):.0f} to {max(first):.0f})",
                )
        browser.close()
    console.print(table)


if __name__ == "__main__":
    sys.exit(print_report(report, width=120))
