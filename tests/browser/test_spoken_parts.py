"""Questions and suggestions in Spanish and Welsh on narrow screens: in their language, and none cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from edge_client.explanation import ReasonKind
from edge_client.wire.flow_reading import read_flow
from tests.support import flow_example
from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import PATIENCE_MS
from tests.support.flow_site import FlowSite, flow_site
from tests.support.flow_walk import stepping
from tests.support.languages import LANGUAGES, NARROW, look, words

pytestmark = pytest.mark.browser

# For how long answers are kept (edge_client/web/flows/store.js).
KEPT_DAYS = 30
FLOW_PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Questions</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script type="module" src="/nearside/loader.js" data-site="smallville" data-agency-key="{agency}" data-ledger-key="{ledger}"></script>
</head><body><main><nearside-flow name="example">Read on.</nearside-flow></main></body></html>
"""  # noqa: E501 - a page, line by line


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowSite]:
    """A flow of every kind of question in three languages, on a page in each."""

    def spoken(value: object) -> object:
        if isinstance(value, dict) and set(value) == {"en", "cy"}:
            address = value["en"].startswith("/")
            return value | {lang: value["en"] if address else f"{lang}: {value['en']}" for lang in LANGUAGES}
        if isinstance(value, dict):
            return {name: spoken(inner) for name, inner in value.items()}
        return [spoken(inner) for inner in value] if isinstance(value, list) else value

    written = spoken(flow_example.flow() | {"languages": ["en", "es", "cy"]})
    with flow_site(tmp_path_factory.mktemp("questions"), (read_flow(written, "flow"),)) as site:  # type: ignore[arg-type]  # an author's JSON
        english = (site.root / "example/index.html").read_text("utf-8")
        agency, ledger = (english.split(f'data-{key}-key="')[1].split('"')[0] for key in ("agency", "ledger"))
        for lang in LANGUAGES:
            (site.root / lang).mkdir()
            page = FLOW_PAGE.format(lang=lang, agency=agency, ledger=ledger)
            (site.root / lang / "index.html").write_text(page, "utf-8")
        yield site


@pytest.mark.parametrize("lang", LANGUAGES)
def test_questions(questions: FlowSite, chromium: Browser, lang: str) -> None:
    """Begun, answered wrongly and rightly, checked, and what the answers lead to."""
    said = words(lang)["flows"]
    with visitor(chromium, **NARROW) as page:
        page.goto(f"{questions.url}/{lang}/")

        def button(name: str) -> Locator:
            return page.get_by_role("button", name=said[name], exact=True).first

        expect(page.locator("nearside-flow button").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("nearside-flow")).to_have_attribute("lang", lang)
        look(page, lang)
        button("start").click()
        expect(page.locator("nearside-flow legend")).to_be_visible()
        look(page, lang)
        asked = 0
        while page.locator("nearside-flow legend").count():
            asked += 1
            button("continue").click()
            expect(page.locator("nearside-flow")).to_contain_text(said["problem"])
            look(page, lang)
            with stepping(page):
                answer(page)
                button("continue").click()
            look(page, lang)
        assert 3 <= asked <= 5
        expect(page.get_by_role("heading", name=said["check"])).to_be_visible()
        button("show").click()
        expect(page.locator("nearside-flow")).to_contain_text(said["not-a-decision"])
        look(page, lang)
        for more in page.locator("nearside-flow details").all():
            more.evaluate("each => (each.open = true)")
        look(page, lang)
        button("save").click()
        until = datetime.now().astimezone().date() + timedelta(days=KEPT_DAYS)
        expect(page.locator(".nearside-saved").first).to_contain_text(str(until.year))
        look(page, lang)


def answer(page: Page) -> None:
    """Answer whatever is asked."""
    fields = page.locator("nearside-flow input")
    kind = fields.first.get_attribute("type")
    if kind in ("radio", "checkbox"):
        (fields.last if kind == "radio" else fields.first).check()
    elif fields.count() == 3:
        for place, text in enumerate(("27", "3", "1985")):
            fields.nth(place).fill(text)
    else:
        fields.first.fill("3")


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """Pages with each component."""
    with agency_site() as served:
        cards = "".join(
            f'<li><a href="{path}">{path}</a><p>.</p></li>' for path in ("/bins/missed", "/parking/rules")
        )
        body = f"""<main><h1>Smallville</h1>
<nearside-recommend slot="list"><ul>{cards}</ul></nearside-recommend>
<nearside-carousel slot="turn" aria-label="Smallville"><ul>{cards}</ul></nearside-carousel>
<nearside-why slot="list">.</nearside-why></main>"""
        head = '<link rel="stylesheet" href="/nearside/themes/govuk.css">'
        for lang in LANGUAGES:
            served.put(f"/{lang}", body, head=head, lang=lang)
        yield served


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", list(ReasonKind))
def test_suggestions_with_every_reason(
    site: AgencySite, chromium: Browser, lang: str, kind: ReasonKind
) -> None:
    """Each kind of reason that the device can have has its words; a carousel and the list of reasons too."""
    plan = plan_text({"list": ["/parking/permit", "/bins/new"], "turn": ["/bins/new"]}, lang=lang, kind=kind)
    with visitor(chromium, stored(plan), **NARROW) as page:
        page.goto(f"{site.url}/{lang}")
        expect(page.locator(".nearside-controls")).to_have_count(1, timeout=PATIENCE_MS)
        said = words(lang)
        page.locator(".nearside-why").first.click()
        reason = said["page"][f"reason-{kind.value}"].partition("{")[0]
        expect(page.locator(".nearside-reason").first).to_contain_text(reason.strip())
        expect(page.locator("nearside-why summary")).to_have_text(said["components"]["why"])
        page.locator("nearside-why summary").click()
        look(page, lang)
        page.locator(".nearside-no").first.click()
        expect(page.locator(".nearside-noted").first).to_have_text(said["page"]["noted"])
        look(page, lang)
