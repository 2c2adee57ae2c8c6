"""A home page laid out as sites of Singapore's Isomer are: one tag, and two elements in its own grid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import AXE, painted

pytestmark = pytest.mark.browser

# The grid, written anew: what the classes of Isomer's template do to the boxes of a page.
GRID = b"""
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; font: 1.125rem/1.5 Lato, sans-serif; color: #484848 }
h1, h2, h3, p, ul { margin: 0; padding: 0 }
ul { list-style: none }
.bp-container { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem }
.bp-section { padding: 3rem 0 }
.bp-hero { padding: 4rem 0; background: #4a3a6b; color: #fff }
.row { display: flex; flex-wrap: wrap; margin: 0 -0.75rem }
.is-centered { justify-content: center }
.padding--bottom { padding-bottom: 1rem }
.col { flex: 1 1 16rem; padding: 0.75rem }
.col.is-9 { flex: none; width: 75% }
.has-text-centered { text-align: center }
.has-text-white { color: #fff }
.bp-notification { padding: 0.75rem 0; background: #f0f0f0 }
.bp-footer { padding: 2rem 0; background: #2c2c2c; color: #fff }
.bp-footer a { color: #fff }
"""
# Stands for the site's measuring script, which is there before anything else and is none of ours.
WOGAA = b"window.measured = { before: document.querySelectorAll('[data-personalised]').length };"
BODY = """
<header class="bp-notification"><div class="bp-container">
<p>An official website. <a href="/help">How to tell</a></p></div></header>
<nav class="navbar" aria-label="Main"><div class="bp-container"><ul class="row">
<li class="col"><a class="navbar-item" href="/parking/rules">Parking</a></li>
<li class="col"><a class="navbar-item" href="/bins/collection-day">Bins</a></li></ul></div></nav>
<div id="main-content" role="main">
<section class="bp-hero bg-hero"><div class="bp-hero-body"><div class="bp-container">
<div class="row is-vcentered is-centered ma"><div class="col is-9 has-text-centered has-text-white">
<h1 class="display padding--bottom--lg margin--none">Living in Smallville</h1>
</div></div></div></div></section>
<section class="bp-section" aria-labelledby="often"><div class="bp-container">
<h2 class="has-text-secondary padding--bottom" id="often">Often used</h2>
<nearside-recommend slot="list"><ul class="row padding--bottom">
<li class="col"><div class="media-card-plain padding--lg"><h3><a class="is-media-card" href="/bins/missed">
Report a missed bin</a></h3><p class="description">We come back within two days.</p></div></li>
<li class="col"><div class="media-card-plain padding--lg"><h3><a class="is-media-card" href="/business/start">
Start a business</a></h3><p class="description">What to register.</p></div></li>
<li class="col"><div class="media-card-plain padding--lg"><h3><a class="is-media-card" href="/parking/rules">
Where you can park</a></h3><p class="description">Zones and times.</p></div></li>
</ul></nearside-recommend></div></section>
<section class="bp-section" aria-labelledby="news"><div class="bp-container">
<h2 class="has-text-secondary padding--bottom" id="news">News</h2>
<nearside-carousel slot="turn" aria-labelledby="news"><ul>
<li><a href="/bins/new">Order a new bin</a><p>In two sizes.</p></li>
<li><a href="/moving/address">Change your address</a><p>Before you move.</p></li>
<li><a href="/housing/repairs">Ask for a repair</a><p>In a flat of the city's.</p></li>
</ul></nearside-carousel></div></section>
</div>
<footer class="bp-footer"><div class="bp-container"><a href="/help">Contact</a></div></footer>"""
HEAD = """<link rel="stylesheet" href="/grid.css"><link rel="stylesheet" href="/nearside/themes/neutral.css">
<script src="/wogaa.js"></script>"""
PLAN = {"list": ["/parking/permit", "/bins/missed"], "turn": ["/housing/repairs"]}
FOUND = """async () => [
  ...(await axe.run()).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
  ...[...document.querySelectorAll("[id]")].map(({ id }) => id)
    .filter((id, at, all) => all.indexOf(id) !== at)]"""
PLACES = "all => all.map((each) => each.querySelector('a').getAttribute('href'))"


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        served.files |= {"/grid.css": GRID, "/wogaa.js": WOGAA}
        served.put("/", BODY, head=HEAD)
        yield served


def test_one_tag_and_two_elements_are_enough(site: AgencySite, chromium: Browser) -> None:
    """What was decided is in the grid's own places, moves nothing, wide and narrow, and shares no id with the
    page; the carousel turns by keyboard; the site's own script ran before it."""
    for width in (1280, 375):
        size = {"width": width, "height": 900}
        with visitor(chromium, stored(plan_text(PLAN)), bypass_csp=True, viewport=size) as page:
            page.goto(f"{site.url}/")
            expect(page.locator(".nearside-controls")).to_have_count(1)
            places = page.locator("nearside-recommend ul.row > li.col")
            assert places.evaluate_all(PLACES) == ["/parking/permit", "/bins/missed", "/business/start"]
            assert page.evaluate("measured.before") == 0
            painted(page)
            assert page.evaluate("nearsideSeen.shifts.reduce((sum, { value }) => sum + value, 0)") <= 0.001
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.evaluate(AXE.read_text("utf-8"))
            assert page.evaluate(FOUND) == []
            if folder := os.environ.get("NEARSIDE_PICTURES"):
                page.screenshot(path=Path(folder) / f"isomer-{width}.png", full_page=True)
            page.locator(".nearside-next").focus()
            page.keyboard.press("Enter")
            expect(page.locator(".nearside-place-of-slide")).to_have_text("2 of 3")


def test_without_script_or_choice_the_page_is_the_sites_own(site: AgencySite, chromium: Browser) -> None:
    """The same three places, as the site wrote them."""
    own = ["/bins/missed", "/business/start", "/parking/rules"]
    for options in ({"java_script_enabled": False}, {}):
        with visitor(chromium, **options) as page:
            page.goto(f"{site.url}/")
            assert page.locator("nearside-recommend li").evaluate_all(PLACES) == own
