"""The way out of a page for whoever may be looked over the shoulder: at once, and the visit is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from nearside.edge_build import THEMES
from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import AXE, painted
from tests.support.spacing import hidden_by_the_way, lost_by_spacing

pytestmark = pytest.mark.browser

BODY = """<main><nearside-exit><a href="{away}" rel="nofollow noreferrer">{words}</a></nearside-exit>
<h1>Help</h1>
<nearside-recommend slot="related"><ul><li><a href="/bins/missed">Bins</a></li></ul></nearside-recommend>
<label for="said">What happened</label><input id="said">{lines}</main>"""
# More than a screen of links as wide as a small one.
LINES = "".join(
    f'<p><a href="/before#{at}">Number {at} of the many places to ask for help</a></p>' for at in range(15)
)
PLAN = {"related": ["/parking/permit"]}
# Takes everything in and never answers: as a worker that is busy, or still starting.
BUSY = "window.SharedWorker = undefined; window.Worker = class { postMessage() {} };"
AXE_RULES = """async () => (await axe.run({ runOnly: ["color-contrast", "target-size", "link-name"] }))
  .violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))"""
WORDS = {"en": "Exit this page", "ar": "اخرج من هذه الصفحة"}
KEYS = {"en": "or press Shift three times", "ar": "أو اضغط مفتاح Shift ثلاث مرات"}


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        served.files["/weather"] = b"<!doctype html><title>Weather</title><p>Sun."
        served.put("/before", "<main><a href='/help'>Help</a></main>")
        for lang in WORDS:
            for theme in THEMES:
                head = f'<link rel="stylesheet" href="/nearside/themes/{theme}.css">'
                body = BODY.format(away="/weather", words=WORDS[lang], lines=LINES)
                served.put(f"/{theme}/{lang}", body, head=head, lang=lang)
        served.files["/help"] = served.files["/neutral/en"]
        yield served


@pytest.fixture
def page(site: AgencySite, chromium: Browser) -> Iterator[Page]:
    """On the page that may have to be left, from one before; with a yes, a plan, and a busy worker."""
    with visitor(chromium, stored(plan_text(PLAN)), BUSY, bypass_csp=True) as opened:
        opened.goto(f"{site.url}/before")
        opened.get_by_role("link", name="Help").click()
        expect(opened.locator(".nearside-exit-keys")).to_have_text(KEYS["en"])
        expect(opened.locator("[data-personalised]")).to_have_count(1)
        yield opened


def left_behind(page: Page, site: AgencySite) -> tuple[str, bool, int]:
    """Once the other page is there, in this one's place: where it says that somebody came from, whether what
    was decided is still kept, and how many times the visit to be forgotten has; Back leads to before."""
    page.wait_for_url(f"{site.url}/weather")
    came_from = page.evaluate("document.referrer")
    kept = page.evaluate("({ ...localStorage })")
    page.go_back()
    page.wait_for_url(f"{site.url}/before")
    return came_from, "nearside.plan" in kept, len(json.loads(kept["nearside.untold"])["another"])


def test_a_press_leaves_at_once_and_the_visit_is_forgotten(page: Page, site: AgencySite) -> None:
    """Back does not lead there again; that no worker answers holds up nothing."""
    page.get_by_role("link", name="Exit this page").click()
    assert left_behind(page, site) == ("", False, 2)


def test_a_page_that_is_left_before_it_is_idle_is_not_remembered(site: AgencySite, chromium: Browser) -> None:
    """What it would have told of its view comes after the visit was forgotten: it is not told."""
    watched = """window.nearsideTold = []; window.SharedWorker = undefined;
    window.Worker = class { postMessage({ type }) { nearsideTold.push(type); } };
    window.requestIdleCallback = (act) => { window.whenIdle = act; };"""
    with visitor(chromium, stored(plan_text(PLAN)), watched) as page:
        page.goto(f"{site.url}/help")
        expect(page.locator(".nearside-exit-keys")).to_be_visible()
        page.wait_for_function("() => window.whenIdle")
        page.route("**/weather", lambda route: route.fulfill(status=204))  # a page that does not come
        page.evaluate("document.querySelector('nearside-exit a').click()")
        page.evaluate("whenIdle()")
        told = page.evaluate("nearsideTold.filter((type) => type !== 'open')")
        assert told == ["sync", "sync"]


def test_shift_three_times_does_the_same_and_is_announced(page: Page, site: AgencySite) -> None:
    """Each press says how many more; a capital letter is no press, and begins anew."""
    status = page.locator("nearside-exit [role=status]")
    page.locator("#said").focus()
    page.keyboard.press("Shift")
    expect(status).to_have_text("Shift: press two more times to leave this page")
    page.keyboard.press("Shift+A")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    expect(status).to_have_text("Shift: press once more to leave this page")
    page.keyboard.press("Shift")
    assert left_behind(page, site) == ("", False, 2)


def test_who_never_said_yes_leaves_and_nothing_is_kept_or_fetched(
    site: AgencySite, chromium: Browser
) -> None:
    """There is nothing to forget; no worker is started for it. Without script it is a link."""
    with visitor(chromium) as page:
        page.goto(f"{site.url}/help")
        expect(page.locator(".nearside-exit-keys")).to_be_visible()
        start = len(site.seen)
        page.get_by_role("link", name="Exit this page").click()
        page.wait_for_url(f"{site.url}/weather")
        assert page.evaluate("({ ...localStorage })") == {}
        assert [path for path in site.seen[start:] if "/nearside/" in path] == []
    with visitor(chromium, java_script_enabled=False) as page:
        page.goto(f"{site.url}/help")
        page.get_by_role("link", name="Exit this page").click()
        page.wait_for_url(f"{site.url}/weather")


def test_it_is_readable_in_every_theme_and_both_directions(site: AgencySite, chromium: Browser) -> None:
    """axe finds nothing; it is large enough to press, and stays in sight on a small screen, over nothing that
    has the focus. With text set apart nothing is lost."""
    with visitor(chromium, bypass_csp=True, viewport={"width": 320, "height": 400}) as page:
        for theme, lang in (*((theme, "en") for theme in THEMES), ("neutral", "ar")):
            page.goto(f"{site.url}/{theme}/{lang}")
            expect(page.locator(".nearside-exit-keys")).to_have_text(KEYS[lang])
            painted(page)
            moved = page.evaluate("nearsideSeen.shifts.reduce((sum, { value }) => sum + value, 0)")
            assert moved <= 0.001, (theme, lang)
            page.evaluate(AXE.read_text("utf-8"))
            found = page.evaluate(AXE_RULES)
            assert found == [], (theme, lang)
            link = page.get_by_role("link", name=WORDS[lang]).bounding_box()
            assert link is not None
            assert link["height"] >= 44
            assert lost_by_spacing(page, "main") == [], (theme, lang)
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            expect(page.locator("nearside-exit a")).to_be_in_viewport(ratio=1)
        assert hidden_by_the_way(page) == []
