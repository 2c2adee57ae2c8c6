"""Components in every theme and both directions: by keyboard, at every width, and without moving anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from nearside.edge_build import THEMES
from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import AXE, PATIENCE_MS, painted
from tests.support.spacing import hidden_by_the_way, lost_by_spacing

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
STYLES = ROOT / "edge_client/web/themes"
USWDS = ROOT / "node_modules/@uswds/uswds/packages/uswds-core/src/styles/tokens/color"
GOVUK = ROOT / "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css"
SHIFT_BUDGET = 0.001
MINUTE_MS = 60_000
# A page's own script has it laid out before the loader runs: a list that snaps would follow what it showed.
MEASURED = "document.addEventListener('readystatechange', () => document.body.getBoundingClientRect())"
PLAN = {
    "list": ["/parking/permit", "/bins/collection-day", "/housing/repairs"],
    "hero": ["/moving/address"],
    "turn": ["/bins/new", "/parking/rules"],
    "own": ["/parking/permit"],
}
WORDS = {
    "en": {
        "title": "Living here", "list": "Often used", "turn": "News", "why": "Everybody sees the same.",
        "/bins/collection-day": ("Check your bin day", "See when we collect your rubbish and recycling."),
        "/bins/missed": ("Report a missed bin", "We come back within two working days."),
        "/business/start": ("Start a business", "What to register, and where to ask for help."),
        "/parking/rules": ("Where you can park", "Zones, times and what they cost."),
    },
    "ar": {
        "title": "العيش هنا", "list": "الأكثر استخداما", "turn": "الأخبار", "why": "الجميع يرون الشيء نفسه.",
        "/bins/collection-day": ("اعرف يوم جمع النفايات", "اعرف متى نجمع النفايات وما يعاد تدويره."),
        "/bins/missed": ("أبلغ عن حاوية لم تفرغ", "نعود خلال يومي عمل."),
        "/business/start": ("ابدأ مشروعا", "ما يجب تسجيله وأين تطلب المساعدة."),
        "/parking/rules": ("أين يمكنك الوقوف", "المناطق والأوقات والتكلفة."),
    },
}  # fmt: skip
BANNER_HEARD = """
- region "Suggestions on the City of Riverton website":
  - heading "Suggestions on the City of Riverton website" [level=2]
  - paragraph
  - list:
    - listitem: /Suggestions/
    - listitem: /Improving suggestions/
  - button "Accept suggestions"
  - button "Reject suggestions"
  - link "View settings"
"""
ANSWER_HEARD = """
- region "Suggestions on the City of Riverton website":
  - alert: /You have rejected suggestions/
  - button "Hide this message"
"""
HERO_HEARD = """
- text: Suggested for you
- heading "Change your address" [level=2]:
  - link "Change your address"
- paragraph
- 'button "Why this?: Change your address"'
- 'button "Not relevant: Change your address"'
"""
REASON_HEARD = """
- 'button "Why this?: Change your address" [expanded]'
- 'button "Not relevant: Change your address"'
- group
- paragraph: Many people use this page.
"""
CAROUSEL_HEARD = """
- group "News":
  - list:
    - listitem:
      - text: Suggested for you
      - link "Order a new bin"
    - listitem:
      - text: Suggested for you
      - link "Where you can park"
    - listitem:
      - link "Report a missed bin"
  - button "Previous" [disabled]
  - status: 1 of 3
  - button "Next"
"""
SMALL = """
() => [...document.querySelectorAll("main button, main summary, .nearside-banner button")]
  .filter((each) => each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)
"""
OURS = "nearside-hero, nearside-cards, nearside-carousel, nearside-why, .nearside-banner"
CURRENT = """
() => {
  const list = document.querySelector("nearside-carousel ul");
  const box = list.getBoundingClientRect();
  return [...list.children].findIndex((slide) => Math.abs(slide.getBoundingClientRect().left - box.left) < 2);
}
"""


def body(lang: str) -> str:
    """A page with every component, as a server would write it."""
    words = WORDS[lang]

    def card(path: str, tag: str = "li", heading: str = "") -> str:
        title, summary = words[path]
        link = f'<a href="{path}">{title}</a>'
        return f"<{tag}>{f'<{heading}>{link}</{heading}>' if heading else link}<p>{summary}</p></{tag}>"

    slides = "".join(card(path) for path in ("/bins/missed", "/business/start", "/parking/rules"))
    cards = "".join(card(path) for path in ("/bins/collection-day", "/bins/missed", "/business/start"))
    return f"""<main><h1>{words["title"]}</h1>
<nearside-hero slot="hero">{card("/parking/rules", "section", "h2")}</nearside-hero>
<section aria-labelledby="list"><h2 id="list">{words["list"]}</h2>
<nearside-cards slot="list"><ul>{cards}</ul></nearside-cards></section>
<section aria-labelledby="turn"><h2 id="turn">{words["turn"]}</h2>
<nearside-carousel slot="turn" aria-labelledby="turn"><ul>{slides}</ul></nearside-carousel></section>
<nearside-why slot="own">{words["why"]}</nearside-why></main>"""


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        served.files["/page.css"] = b"""
          body { margin: 0; font: 1.1875rem/1.5 "Noto Sans Arabic", sans-serif; color: #1b1b1b }
          main { max-width: 60rem; margin: 0 auto; padding: 1rem }"""
        for theme in THEMES:
            for lang in WORDS:
                head = f'<link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/nearside/themes/{theme}.css">'  # noqa: E501 - two tags
                served.put(f"/{theme}/{lang}", body(lang), head=head, lang=lang)
        yield served


def loaded(page: Page) -> None:
    """Wait until every part has come."""
    expect(page.locator(".nearside-controls")).to_have_count(1, timeout=PATIENCE_MS)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("lang", WORDS)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    site: AgencySite, chromium: Browser, theme: str, lang: str
) -> None:
    """With the banner, and with everything that a suggestion can show, wide and at 320 px: contrast and names
    hold, the page does not scroll sideways, and what is pressed is large enough. With text set apart as
    readers may set it (1.4.12) nothing is cut off, or under another thing."""
    for scripts in ((), (stored(plan_text(PLAN, lang=lang)),)):
        with visitor(chromium, *scripts, bypass_csp=True, viewport={"width": 1280, "height": 900}) as page:
            page.goto(f"{site.url}/{theme}/{lang}")
            loaded(page)
            for why in page.locator(".nearside-why, summary").all():
                why.click()
            page.evaluate(AXE.read_text("utf-8"))
            for width in (1280, 320):
                page.set_viewport_size({"width": width, "height": 900})
                found = page.evaluate("async () => (await axe.run()).violations")
                assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert page.evaluate(SMALL) == []
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert lost_by_spacing(page, OURS) == [], width
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_moves(site: AgencySite, chromium: Browser, theme: str, width: int) -> None:
    """Whoever fills the slots, the page below them stands where it stood, and nothing shifts."""
    places = []
    for lang in WORDS:
        for plan in (PLAN, {}):
            size = {"width": width, "height": 900}
            with visitor(chromium, stored(plan_text(plan, lang=lang)), MEASURED, viewport=size) as page:
                page.goto(f"{site.url}/{theme}/{lang}")
                loaded(page)
                painted(page)
                assert page.evaluate(CURRENT) == 0, "what was decided comes first, and is seen first"
                shifts = page.evaluate("window.nearsideSeen.shifts.map(({ value }) => value)")
                assert sum(shifts) <= SHIFT_BUDGET
                places.append(page.locator("nearside-why").bounding_box())
        default, decided = places[-1], places[-2]
        assert default is not None
        assert decided is not None
        assert abs(default["y"] - decided["y"]) <= 1


@pytest.mark.parametrize("lang", WORDS)
def test_a_carousel_turns_by_keyboard_and_never_by_itself(
    site: AgencySite, chromium: Browser, lang: str
) -> None:
    """Its buttons turn it one slide on or back, in either direction of reading, say where it is, and keep the
    focus at either end; left alone it stays, for a minute and longer."""
    with visitor(chromium, reduced_motion="reduce") as page:
        page.clock.install()
        page.goto(f"{site.url}/neutral/{lang}")
        loaded(page)
        status = page.locator("nearside-carousel [role=status]")
        page.clock.run_for(MINUTE_MS)
        assert page.evaluate(CURRENT) == 0
        on, back = page.locator(".nearside-next"), page.locator(".nearside-previous")
        on.focus()
        for expected in (1, 2, 2):
            page.keyboard.press("Enter")
            expect(status).to_contain_text(str(expected + 1))
            page.wait_for_function(f"() => ({CURRENT})() === {expected}")
            expect(on).to_be_focused()
        expect(on).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("Shift+Tab")
        expect(back).to_be_focused()
        page.keyboard.press("Space")
        page.wait_for_function(f"() => ({CURRENT})() === 1")
        # A link in another slide comes into view with the focus.
        page.locator("nearside-carousel a").last.focus()
        page.wait_for_function(f"() => ({CURRENT})() === 2")
        expect(status).to_contain_text("3")
        page.clock.run_for(MINUTE_MS)
        assert page.evaluate(CURRENT) == 2


def test_a_screen_reader_is_told_what_is_there_in_its_order(site: AgencySite, chromium: Browser) -> None:
    """Banner, hero and carousel by role, name and state: what is suggested says so before its title, each
    button names what it is about, the end of a carousel is disabled, and where it stands is a status."""
    with visitor(chromium) as page:
        page.goto(f"{site.url}/neutral/en")
        expect(page.locator(".nearside-banner")).to_match_aria_snapshot(BANNER_HEARD)
        page.locator(".nearside-banner button").nth(1).click()
        expect(page.locator(".nearside-banner")).to_match_aria_snapshot(ANSWER_HEARD)
        expect(page.locator(".nearside-banner-inner")).to_be_focused()
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(f"{site.url}/neutral/en")
        loaded(page)
        expect(page.locator("nearside-hero")).to_match_aria_snapshot(HERO_HEARD)
        carousel = page.locator("nearside-carousel")
        expect(carousel).to_match_aria_snapshot(CAROUSEL_HEARD)
        page.locator(".nearside-why").first.click()
        expect(page.locator("nearside-hero")).to_match_aria_snapshot(REASON_HEARD)
        page.locator(".nearside-next").click()
        expect(carousel.get_by_role("status")).to_have_text("2 of 3")


@pytest.mark.parametrize("lang", WORDS)
def test_nothing_covers_what_has_the_focus(site: AgencySite, chromium: Browser, lang: str) -> None:
    """By Tab through the whole page on a small screen, with the banner, and with suggestions (2.4.11)."""
    for scripts in ((), (stored(plan_text(PLAN, lang=lang)),)):
        with visitor(chromium, *scripts, viewport={"width": 320, "height": 480}) as page:
            page.goto(f"{site.url}/neutral/{lang}")
            loaded(page)
            assert hidden_by_the_way(page) == []


def test_in_arabic_everything_is_mirrored(site: AgencySite, chromium: Browser) -> None:
    """The first slide is at the right, the next one comes from the left, and arrows point that way."""
    arrows = {}
    for lang in WORDS:
        with visitor(chromium, reduced_motion="reduce") as page:
            page.goto(f"{site.url}/neutral/{lang}")
            loaded(page)
            back, on = (page.locator(f".nearside-{name}").bounding_box() for name in ("previous", "next"))
            assert back is not None
            assert on is not None
            before = page.evaluate(
                "getComputedStyle(document.querySelector('.nearside-next'), '::after').content"
            )
            page.locator(".nearside-next").click()
            page.wait_for_function("() => document.querySelector('nearside-carousel ul').scrollLeft !== 0")
            left = page.evaluate("document.querySelector('nearside-carousel ul').scrollLeft")
            arrows[lang] = (on["x"] > back["x"], left > 0, "→" in before)
    assert arrows == {"en": (True, True, True), "ar": (False, False, False)}


@pytest.mark.parametrize("theme", THEMES)
def test_a_page_sets_tokens_and_rules_of_its_own(site: AgencySite, chromium: Browser, theme: str) -> None:
    """A token that the page sets anew counts, and so does a plain rule for an element."""
    site.files["/own.css"] = b":root { --nearside-paper: rgb(1, 2, 3) } ul > li { padding: 7px }"
    head = "".join(
        f'<link rel="stylesheet" href="{sheet}">' for sheet in (f"/nearside/themes/{theme}.css", "/own.css")
    )
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(site.put("/own", body("en"), head=head))
        first = page.locator("nearside-cards li").first
        expect(first).to_have_css("background-color", "rgb(1, 2, 3)")
        expect(first).to_have_css("padding-top", "7px")


def test_values_are_those_of_the_published_tokens() -> None:
    """Every colour that says which token it is has that token's value in the package that publishes it."""
    published = GOVUK.read_text("utf-8")
    govuk = re.findall(r"(#\w+); /\* (--govuk-[\w-]+) \*/", (STYLES / "govuk.css").read_text("utf-8"))
    assert len(govuk) == 19
    assert [row for row in govuk if f"{row[1]}:{row[0]}" not in published] == []
    uswds = re.findall(
        r"(#\w+); /\* ([a-z-]+?)-(\d+)(v?)(?::| \*/)", (STYLES / "uswds.css").read_text("utf-8")
    )
    assert len(uswds) == 16
    for value, family, grade, vivid in uswds:
        text = (USWDS / f"_{family}.scss").read_text("utf-8")
        plain, _, bright = text.partition('"vivid"')
        assert f"{grade}: {value}," in (bright if vivid else plain), (family, grade, vivid)
