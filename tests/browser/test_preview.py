"""A preview in a browser: it opens for what the agency signed and for nothing else, says what it is, and
leaves a device as it found it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from consent_ledger.ed25519 import Ed25519Signer
from demo.previews import preview_links
from demo.stage import AGENCY
from edge_client.preview.persona import Persona
from edge_client.preview.token import FRAGMENT, Preview
from edge_client.wire.paths import ItemId
from tests.support.agency_site import KEY, AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import AXE, LOOKS_EVERY_MS, PATIENCE_MS, READ_STORE, ROOT, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

SIGNER = Ed25519Signer.from_seed("smallville.example/previews", bytes(32))
OTHER = Ed25519Signer.from_seed("smallville.example/previews", b"o" * 32)
PERSONA = Persona("mover", ((ItemId("/moving/checklist"), 30),))
PLAN = {"related": ["/parking/permit", "/housing/repairs"]}
BODY = """<main><h1>A page</h1><nearside-recommend slot="related"><ul>
<li><a href="/bins/missed">Report a missed bin</a></li><li><a href="/bins/new">Order a bin</a></li>
</ul></nearside-recommend></main>"""
# What a citizen's own browser keeps, on whom a preview must leave no trace.
OWN = dict.fromkeys(("nearside.vault", "nearside.flow.moving-home"), json.dumps({"until": "2999-12-31"}))
KEEP_OWN = f"Object.assign(localStorage, {json.dumps(OWN)});"
# Stands where the worker does: what it is told is kept, and what it says the test says.
WORKER = """
window.told = [];
window.Worker = class {
  constructor(url, options) { window.worker = this; this.name = options.name; }
  postMessage(message) { window.told.push(message); }
};
"""


def token(signer: Ed25519Signer = SIGNER, **changes: Any) -> str:
    """Return the fragment of a link that opens for an hour."""
    said = Preview("smallville", int(time.time()) + 3600, PERSONA, at="2027-04-05T09:00", codes=("ward:a",))
    return replace(said, **changes).signed(signer)


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        served.put("/", BODY, more=f' data-preview-key="{SIGNER.key}"')
        # Bundles are signed by another key, which signs no link here.
        bundles = Ed25519Signer.from_seed("smallville.example/bundles", bytes(32)).key
        served.files["/"] = served.files["/"].replace(KEY.encode(), str(bundles).encode())
        yield served


def said(page: Page) -> list[str]:
    """Note down what the console is told."""
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    return lines


@pytest.mark.parametrize(
    ("fragment", "why"),
    [
        (token(OTHER), "note: not signed by a trusted key"),
        (token(site="elsewhere"), "preview: made for another site"),
        (token(expires=1), "preview: the link is over"),
        (token()[:-40], "("),
        (FRAGMENT + "x", "preview: not base64"),
    ],
    ids=["forged", "another-site", "over", "cut", "nothing"],
)
def test_what_is_not_signed_opens_nothing(
    site: AgencySite, chromium: Browser, fragment: str, why: str
) -> None:
    """The page is as it is without the link, with the citizen's own suggestions; a line says why."""
    with visitor(chromium, stored(plan_text(PLAN)), WORKER, "delete window.SharedWorker;") as page:
        lines = said(page)
        page.goto(f"{site.url}/{fragment}")
        expect(page.locator("[data-personalised] li")).to_have_count(2)
        expect(page.locator(".nearside-preview")).to_have_count(0)
        page.wait_for_function("() => window.told.length > 0")
        while not any(each.startswith("nearside:") for each in lines):
            page.wait_for_timeout(LOOKS_EVERY_MS)
        (line,) = [each for each in lines if each.startswith("nearside:")]
        assert line.startswith("nearside: the link to a preview opens none, and the page is as without it")
        assert why in line
        assert "preview" not in page.evaluate("window.told[0]")


def test_a_preview_shows_what_was_decided_for_it_and_reads_nothing_of_the_citizens(
    site: AgencySite, chromium: Browser
) -> None:
    """The server's content stays until the device has decided for the persona; clock and place are the
    link's. The overlay opens with its trace, by keyboard, and is gone with Escape. Links go on with it, and
    afterwards the page, and what is kept, are the citizen's own."""
    with visitor(chromium, stored(plan_text(PLAN)), KEEP_OWN, WORKER) as page:
        page.goto(f"{site.url}/{token()}")
        frame = page.locator(".nearside-preview")
        expect(frame.get_by_role("heading", name="Preview")).to_be_visible()
        expect(frame).to_contain_text("as “mover” would")
        expect(frame).to_contain_text("April 5, 2027 at 9:00")
        expect(frame).to_contain_text("ward:a")
        expect(page.locator("[data-personalised]")).to_have_count(0)
        expect(page.locator(".nearside-banner")).to_have_count(0)
        page.wait_for_function("() => window.told.some(({ type }) => type === 'view')", timeout=PATIENCE_MS)
        opened, view = page.evaluate("[told[0], told.find(({ type }) => type === 'view')]")
        assert Preview.parse(opened["preview"]["text"]).persona == PERSONA
        assert page.evaluate("worker.name") == "nearside-preview"
        assert view["context"]["hour"] == 9
        assert view["told"]["choice"]["given"] == ["suggest", "place"]
        tell = "(data) => worker.onmessage({ data })"
        page.evaluate(tell, {"kind": "plan", "text": plan_text(PLAN)})
        expect(page.locator("[data-personalised] li")).to_have_count(2)
        expect(frame.get_by_role("status")).to_have_text("What it shows was decided on this device.")

        frame.get_by_role("button", name="Show how it was decided").focus()
        page.keyboard.press("Enter")
        overlay = page.locator(".nearside-debug")
        expect(overlay.get_by_role("heading", level=2)).to_be_focused()
        page.evaluate(tell, {"kind": "trace", "text": json.dumps(TRACE)})
        expect(overlay).to_contain_text("/parking/permit — model, 0.5, often-next")
        expect(overlay).to_contain_text("suppression: 9 − looked-at 3")
        expect(overlay).to_contain_text("moves-for-movers — audience")
        expect(overlay).to_contain_text("suggest, place")
        for theirs in ("profile", "/nearside/loader.js", "nearside.choice"):
            expect(overlay).to_contain_text(theirs)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
        page.keyboard.press("Escape")
        expect(overlay).to_have_count(0)
        expect(frame.get_by_role("button", name="Show how it was decided")).to_be_focused()

        page.evaluate("document.querySelector('main a').addEventListener('click', (e) => e.preventDefault())")
        page.locator("main a").first.click()
        expect(page.locator("main a").first).to_have_attribute("href", re.compile("#nearside-preview="))

        frame.get_by_role("button", name="End the preview").click()
        expect(page).to_have_url(f"{site.url}/")
        expect(page.locator(".nearside-preview")).to_have_count(0)
        expect(page.locator("[data-personalised] li")).to_have_count(2)
        kept = page.evaluate("({ ...localStorage })")
        assert kept == {**OWN, "nearside.choice": kept["nearside.choice"], "nearside.plan": plan_text(PLAN)}
        assert json.loads(kept["nearside.choice"])["given"] == ["suggest"]
        assert page.evaluate(READ_STORE) == {}


TRACE = {
    "v": 1,
    "at_ms": 1,
    "bundle": 1,
    "given": ["suggest"],
    "kept": {"profile": 99},
    "slots": [
        {
            "page": "/",
            "slot": "related",
            "level": "model",
            "wanted": 2,
            "steps": [["eligibility", 10, {"audience": 1}], ["suppression", 9, {"looked-at": 3}]],
            "offers": [["moves-for-movers", None, "audience"]],
            "placed": [
                ["/parking/permit", 500, "model", "often-next"],
                ["/housing/repairs", 250, "model", "popular"],
            ],
        }
    ],
}


def test_a_part_of_the_address_that_comes_later_opens_it_too(site: AgencySite, chromium: Browser) -> None:
    """Pasted into the address of a page that is open."""
    with visitor(chromium, WORKER) as page:
        page.goto(f"{site.url}/")
        expect(page.locator(".nearside-preview")).to_have_count(0)
        page.evaluate("(fragment) => { location.hash = fragment; }", token())
        expect(page.locator(".nearside-preview")).to_have_count(1)


def example(city: PlayedCity) -> dict[str, Any]:
    """The example of docs/testing.md, with the city's address, key and personas in the place of its own."""
    (block,) = re.findall(r"```pytest\n(.*?)```", (ROOT / "docs/testing.md").read_text("utf-8"), re.DOTALL)
    here = {
        '"https://riverton.example"': repr(city.url),
        'read_key(Path("editors.key"))': "signer",
        'Path("personas.json")': repr(AGENCY / "personas.json").replace("PosixPath", "Path"),
        'Path("node_modules/axe-core/axe.min.js")': repr(AXE).replace("PosixPath", "Path"),
    }
    for said, is_ in here.items():
        assert block.count(said) == 1
        block = block.replace(said, is_)
    names: dict[str, Any] = {"signer": city.stage.deployment.agency_signer()}
    exec(compile(block, "docs/testing.md", "exec"), names)  # noqa: S102  # our own document
    return names


def test_the_city_is_previewed_by_the_real_engine_and_nothing_is_left(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """The guide's own example, months ahead: a begun task is offered as it would be, and its trace
    names the rule. The device that looked keeps nothing, and asked for nothing but public files."""
    links = preview_links(
        city.stage.deployment, "/", site=city.catalogue.site, now=int(time.time()), at="2027-04-05T09:00"
    )
    assert list(links) == ["newcomer", "business", "parking", "family"]
    citizen = new_citizen(bypass_csp=True)
    start = len(city.front.seen)
    page = citizen.page
    example(city)["test_the_home_page_of_somebody_who_began_a_permit"](page)
    frame = page.locator(".nearside-preview")
    expect(frame.get_by_role("status")).to_have_text("What it shows was decided on this device.")
    frame.get_by_role("button", name="Show how it was decided").click()
    overlay = page.locator(".nearside-debug")
    expect(overlay).to_contain_text("/parking/resident-permit — go-on-with-permit", timeout=PATIENCE_MS)
    assert citizen.local() == {}
    assert citizen.store() == {}
    seen = city.front.since(start)
    assert {request.method for request in seen} == {"GET"}
    assert not any("preview=" in request.path for request in seen)
    assert not any(request.path.startswith("/consent/receipts") for request in seen)
    assert citizen.said == []
