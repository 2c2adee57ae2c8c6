"""Every element of the city in every theme, with the theme's style sheet alone: readable, whole and large
enough to press, wide and narrow, in both directions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from demo.alerts import put_alerts
from nearside.edge_build import THEMES
from tests.support.browser import AXE, PATIENCE_MS, NewCitizen
from tests.support.playing import PlayedCity
from tests.support.spacing import lost_by_spacing

pytestmark = pytest.mark.browser

# What an agency's page brings, and no more: everything of ours is the theme's.
BARE = """
body { margin: 0; font: 1.125rem/1.5 "Noto Sans", "Noto Sans Arabic", sans-serif }
body { color: #1b1b1b; background: #fff }
main, header, footer { max-width: 60rem; margin: 0 auto; padding: 1rem }
img, svg { max-width: 100%; height: auto }
"""
# What is there once an element has come.
PAGES = {
    "/waste/collection-days": "nearside-recommend[data-personalised] .nearside-why",
    "/": ".nearside-alert-full",
    "/moving": "nearside-carousel[data-personalised] .nearside-next",
    "/help/privacy": "nearside-preferences .nearside-receipt",
    "/emergencies/alerts": "nearside-place select",
    "/business/which-licences": "nearside-flow button",
    "/parking/resident-permit": "nearside-reminder button",
    "/parking/resident-permit/renew": "nearside-keep button",
    "/ar/business/which-licences": "nearside-flow button",
}
# What is the city's own markup in its own style is left alone: these are the elements that a theme is for.
OURS = (
    "nearside-alert, nearside-place, nearside-recommend, nearside-carousel, nearside-cards, "
    "nearside-reminder, nearside-reminders, "
    "nearside-flow, nearside-preferences, nearside-keep, nearside-prefill, nearside-tasks, nearside-visit, "
    "nearside-hero, nearside-question, nearside-why, nearside-apart, nearside-exit, .nearside-banner"
)
RULES = ["color-contrast", "target-size", "label", "button-name", "link-name", "list"]
FOUND = """async ([ours, rules]) => {
  const shown = [...document.querySelectorAll(ours)].filter((each) => each.checkVisibility());
  const { violations } = await axe.run({ include: shown }, { runOnly: rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""
SMALL = """(ours) => [...document.querySelectorAll(ours)]
  .flatMap((each) => [...each.querySelectorAll("button, select")])
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)"""
WIDE = """(ours) => [...document.querySelectorAll(ours)]
  .filter((each) => each.checkVisibility())
  .flatMap((each) =>
    [each, ...each.querySelectorAll("*:not(pre *, .nearside-alert-line *, nearside-carousel ul *)")])
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 200))"""
WEAR = """(href) => new Promise((resolve) => {
  const link = document.querySelector("link[rel=stylesheet]");
  link.addEventListener("load", resolve, { once: true });
  link.href = href;
})"""


def dressed(route: Route) -> None:
    """Answer for a style sheet: the bare page, and a theme."""
    theme = route.request.url.rpartition("/")[2]
    sheet = f'@import "/nearside/themes/{theme}";\n{BARE}'
    route.fulfill(content_type="text/css", body=sheet)


def looked_at(page: Page, name: str) -> None:
    """Hold one page in each theme, wide and at 320 px, at last with its text set apart; keep a picture of
    each where a folder is named."""
    page.evaluate(AXE.read_text("utf-8"))
    for theme in THEMES:
        page.evaluate(WEAR, f"/dressed/{theme}.css")
        assert page.evaluate(FOUND, [OURS, RULES]) == [], (theme, name)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(SMALL, OURS) == [], (theme, name)
            assert page.evaluate(WIDE, OURS) == [], (theme, name, width)
            if folder := os.environ.get("NEARSIDE_PICTURES"):
                page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
    assert lost_by_spacing(page, OURS) == [], name


def begin_questions(page: Page) -> None:
    """Begin, and go on without an answer: what is wrong is said."""
    page.locator("nearside-flow button").first.click()
    page.locator("nearside-flow .nearside-flow-actions button").first.click()
    expect(page.locator("nearside-flow .nearside-problem").first).not_to_be_empty()


ACTS: dict[str, Callable[[Page], None]] = {
    "/business/which-licences": begin_questions,
    "/ar/business/which-licences": begin_questions,
}


def test_every_element_is_whole_in_every_theme(
    city: PlayedCity, new_citizen: NewCitizen, quiet_city: None
) -> None:
    """With an alert, with suggestions, with the panel full and the questions begun."""
    put_alerts(city.stage.deployment, "river", "heatwave")
    citizen = new_citizen(bypass_csp=True)
    citizen.open("/")
    citizen.page.route("**/dressed/*", dressed)
    looked_at(citizen.page, "asked")
    citizen.accept()
    citizen.planned()
    citizen.look_at("/parking/zones", "/waste/collection-days")
    for path, there in PAGES.items():
        page = citizen.open(path)
        expect(page.locator(there).first).to_be_visible(timeout=PATIENCE_MS)
        if path in ACTS:
            ACTS[path](page)
        for more in page.locator("nearside-preferences details, nearside-recommend details").all():
            more.evaluate("each => (each.open = true)")
        looked_at(page, path.strip("/").replace("/", "-") or "home")
