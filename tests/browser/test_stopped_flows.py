"""A whole site falls silent: its flows too, in browsers from before anything could be stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from demo.stage import AGENCY
from edge_client.wire.flow_reading import parse_flows
from lambdas.shared.publishing.stopping import stopped
from tests.support.agency_site import visitor
from tests.support.city import rules
from tests.support.flow_site import FlowSite, flow_site

pytestmark = pytest.mark.browser

NAME = "business-licences"
SAVED = f"nearside.flow.{NAME}"
TEXT = json.dumps({"v": 2, "until": "2099-01-01", "iv": "AAAA", "data": "AAAA"})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowSite]:
    """A silent site, whose page asks for its flow by the name that it has always had."""
    flows = json.loads((AGENCY / "flows.json").read_bytes())["flows"]
    (plain,) = [flow for flow in flows if flow["name"] == NAME]
    raw = json.dumps({"flows": [plain], "v": 1}, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    silent = stopped({"rules.json": rules(), "flows.json": raw.encode()}, None)["flows.json"]
    with flow_site(tmp_path_factory.mktemp("silent"), parse_flows(silent)) as served:
        ask(served.root, f"stopped.{NAME}")
        yield served


def ask(root: Path, stands_at: str) -> None:
    """The page as it is and was, and not as the test's own server makes one of each flow."""
    page = (root / stands_at / "index.html").read_text("utf-8")
    (root / NAME).mkdir()
    (root / NAME / "index.html").write_text(page.replace(f'name="{stands_at}"', f'name="{NAME}"'), "utf-8")


def test_a_page_keeps_what_its_server_wrote_in_the_place_of_a_stopped_flow(
    site: FlowSite, chromium: Browser
) -> None:
    """What was saved of it stays in the browser for when it goes on; the flow itself is in the bundle, by a
    name that no page has."""
    keep = f"localStorage.setItem({json.dumps(SAVED)}, {json.dumps(TEXT)});"
    with visitor(chromium, keep) as page:
        page.goto(f"{site.url}/{NAME}", wait_until="networkidle")
        expect(page.locator("nearside-flow")).to_have_text("Read on.")
        assert page.evaluate("key => localStorage.getItem(key)", SAVED) == TEXT
        page.goto(f"{site.url}/stopped.{NAME}", wait_until="networkidle")
        expect(page.locator("nearside-flow").get_by_role("button").first).to_be_visible()
