"""Real public flows at a real browser: the licence finder, next steps for a business, the benefit finder."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from nearside.importing.licences import import_licences
from nearside.importing.smart_answers import next_steps
from nearside.importing.usagov import import_benefit_finder
from tests.support.flow_site import FlowSite, flow_site
from tests.support.flow_walk import skip, stepping

pytestmark = [pytest.mark.browser, pytest.mark.data]

FILE = re.compile(
    r"GET /(?:[a-z-]+/?|nearside/(?:loader\.js|runtime/0{16}/flows\.js|smallville/bundle\.json"
    r"|smallville/files/[0-9a-f]{64})) HTTP/1\.1|GET /favicon\.ico HTTP/1\.1"
)
FLOWS = ("licences", "next-steps-for-your-business", "death-of-a-loved-one-en")


@pytest.fixture(scope="module")
def data(request: pytest.FixtureRequest) -> Path:
    """The public data sets."""
    folder: Path = request.getfixturevalue("public_data")
    for name in ("licence-finder", "smart-answers", "usagov-benefit-finder"):
        if not (folder / name).is_dir():
            pytest.skip(f"public data set {name} not found: set NEARSIDE_DATA")
    return folder


@pytest.fixture(scope="module")
def site(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowSite]:
    """Three public flows, published in one file."""
    tables = {
        name: (data / "licence-finder" / f"{name}.csv").read_bytes()
        for name in ("sectors", "activities", "licences")
    }
    steps = (data / "smart-answers/next_steps_for_your_business.yml").read_bytes()
    finder = (data / "usagov-benefit-finder/death-of-a-loved-one.en.json").read_bytes()
    flows = (
        import_benefit_finder(finder, language="en", life_event="death-of-a-loved-one").flow,
        import_licences(**tables).flow,
        next_steps(steps),
    )
    with flow_site(tmp_path_factory.mktemp("flows"), flows) as served:
        yield served


@pytest.fixture
def page(chromium: Browser, site: FlowSite) -> Iterator[Page]:
    """A page of a new device; whatever happens on it, everything asked for is a public file."""
    start = len(site.seen)
    with chromium.new_context() as context:
        made = context.new_page()
        made.on("pageerror", lambda error: pytest.fail(str(error)))
        yield made
        address = made.url
    assert all(FILE.fullmatch(line) for line in site.seen[start:]), site.seen[start:]
    assert "?" not in address
    assert "#" not in address


def begin(page: Page, site: FlowSite, name: str) -> int:
    """Open a flow and start it; return how much was asked for until then."""
    page.goto(f"{site.url}/{name}")
    page.get_by_role("button", name="Start now").click()
    expect(page.locator("nearside-flow legend")).to_be_visible()
    return len(site.seen)


def go_on(page: Page) -> None:
    """Give the answer."""
    with stepping(page):
        page.get_by_role("button", name="Continue").click()


def listed(page: Page) -> list[str]:
    """What may be needed, or may be got: the titles up to what depends on more."""
    page.get_by_role("button", name="Show what this means for me").click()
    found: list[str] = page.evaluate(
        """() => {
          const parts = [...document.querySelector("nearside-flow").children];
          const from = parts.findIndex((part) => part.matches("h3"));
          const rest = parts.slice(from + 1);
          const to = rest.findIndex((part) => part.matches("h3, details, .nearside-flow-actions"));
          return rest.slice(0, to).flatMap((part) =>
            [...part.querySelectorAll(":scope > li > :first-child")].map((title) => title.textContent));
        }"""
    )
    return found


def test_a_restaurant_in_england_is_told_the_tables_licences_and_no_answer_is_sent(
    page: Page, site: FlowSite, data: Path
) -> None:
    """Sector, all its activities and the nation: the licences are those of a query of the table."""
    started = begin(page, site, "licences")
    page.get_by_label("What is your line of business?").select_option(label="Licensed restaurants")
    go_on(page)
    for box in page.get_by_role("checkbox").all()[:-1]:
        box.check()
    go_on(page)
    page.get_by_label("England").check()
    go_on(page)
    with (data / "licence-finder/licences.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            row["LICENCE"].strip()
            for row in csv.DictReader(file)
            if row["SECTOR"] == "Licensed restaurants" and "1" in (row["DA_ENGLAND"], row["ALL_OF_UK"])
        }
    assert set(listed(page)) == expected
    assert len(expected) == 18
    assert len(site.seen) == started


def test_next_steps_for_a_business_from_home_are_listed(page: Page, site: FlowSite) -> None:
    """Six questions lead to what a small company that works from home has to do, and nothing is sent."""
    started = begin(page, site, "next-steps-for-your-business")
    for answer in ("No", "No", "Neither", "No", "My home", "No"):
        page.get_by_label(re.compile(f"^{answer}$")).check()
        go_on(page)
    found = listed(page)
    assert "Register for Corporation Tax" in found
    assert "Check the rules on running a business from home" in found
    assert "Register for VAT" not in found
    assert len(found) == 16 + 3
    assert len(site.seen) == started


def test_a_survivor_is_told_the_published_benefits(page: Page, site: FlowSite, data: Path) -> None:
    """The first published scenario, answered in the browser with its clock, gives its four benefits, and one
    that depends on what was not said."""
    scenario = json.loads((data / "usagov-benefit-finder/scenarios.json").read_bytes())["scenario_1_covid"][
        "en"
    ]
    values = scenario["param"]
    flow = import_benefit_finder(
        (data / "usagov-benefit-finder/death-of-a-loved-one.en.json").read_bytes(),
        language="en",
        life_event="x",
    ).flow
    by_title = {question.title["en"]: question.id for question in flow.questions}
    # The day of the publication is the day of the questions; whether the bundle is in force is asked today.
    page.add_init_script(
        """
        const now = Date.now;
        window.Date = class extends Date {
          constructor(...given) { super(...(given.length ? given : ["2024-02-15T12:00:00"])); }
          static now() { return now(); }
        };
        """
    )
    begin(page, site, "death-of-a-loved-one-en")
    while page.locator("nearside-flow legend").count():
        match values.get(by_title[page.locator("nearside-flow legend").inner_text()]):
            case {"year": year, "month": month, "day": day}:
                for label, value in (("Day", day), ("Month", month), ("Year", year)):
                    page.get_by_label(label, exact=True).fill(str(value))
                go_on(page)
            case str(text):
                page.get_by_label(text, exact=True).check()
                go_on(page)
            case _:
                skip(page)
    found = listed(page)
    expected = scenario["results"]["eligible"]["eligible_benefits"]
    assert len(found) == len(expected) == 4
    assert all(any(title.startswith(name) for name in expected) for title in found)
    expect(page.get_by_role("heading", name="We cannot tell yet")).to_be_visible()
