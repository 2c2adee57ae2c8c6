"""Whoever can write where public files lie puts no question of their own on a page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent_ledger import canonical
from demo.stage import AGENCY
from edge_client.wire.flow_reading import parse_flows
from tests.support.agency_site import visitor
from tests.support.city import SITE
from tests.support.flow_site import FlowSite, flow_site

pytestmark = pytest.mark.browser

BUNDLE = f"nearside/{SITE}/bundle.json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowSite]:
    """The demo city's questions, published but for those that its own rules are told of."""
    file = json.loads((AGENCY / "flows.json").read_bytes())
    plain = [flow for flow in file["flows"] if flow.get("tone") != "quiet"]
    raw = canonical.encode({**file, "flows": plain})
    with flow_site(tmp_path_factory.mktemp("flows"), parse_flows(raw)) as served:
        yield served


def questions(root: Path) -> Path:
    """The file of questions, by its hash."""
    manifest = json.loads(json.loads((root / BUNDLE).read_bytes())["manifest"].split("\n")[1])
    return root / f"nearside/{SITE}/files/{manifest['files']['flows.json']['sha256']}"


def other_words(root: Path) -> None:
    """Another question under the same hash."""
    file = questions(root)
    file.write_bytes(
        file.read_bytes().replace(b"What will your business do?", b"What is your mother's name?")
    )


def other_manifest(root: Path) -> None:
    """A manifest that names other bytes, under the old signature."""
    bundle = json.loads((root / BUNDLE).read_bytes())
    digest = questions(root).name
    bundle["manifest"] = bundle["manifest"].replace(digest, "0" * 64)
    (root / BUNDLE).write_bytes(canonical.encode(bundle))


def other_proof(root: Path) -> None:
    """A proof that leads elsewhere."""
    bundle = json.loads((root / BUNDLE).read_bytes())
    lines = bundle["proof"].split("\n")
    place = lines.index("")
    lines[place - 1] = base64.b64encode(b"\0" * 32).decode()
    bundle["proof"] = "\n".join(lines)
    (root / BUNDLE).write_bytes(canonical.encode(bundle))


def other_site(root: Path) -> None:
    """A bundle that was made for another site."""
    bundle = json.loads((root / BUNDLE).read_bytes())
    bundle["manifest"] = bundle["manifest"].replace(f"nearside bundle {SITE}", "nearside bundle largeville")
    (root / BUNDLE).write_bytes(canonical.encode(bundle))


def looked_at(site: FlowSite, chromium: Browser, *scripts: str, asks: bool = False) -> str:
    """A new device's page offers to begin, or the server's words are still there; what it says."""
    with visitor(chromium, *scripts) as page:
        page.goto(f"{site.url}/business-licences", wait_until="networkidle")
        flow = page.locator("nearside-flow")
        if asks:
            expect(flow.get_by_role("button").first).to_be_visible()
        else:
            expect(flow).to_have_text("Read on.")
        return flow.inner_text()


@pytest.mark.parametrize("attack", [other_words, other_manifest, other_proof, other_site])
def test_questions_that_the_agency_did_not_sign_and_log_are_not_put(
    site: FlowSite, chromium: Browser, attack: Callable[[Path], None]
) -> None:
    """A changed byte, manifest, proof or site leaves the page as the server wrote it."""
    files = {file: file.read_bytes() for file in (site.root / BUNDLE, questions(site.root))}
    looked_at(site, chromium, asks=True)
    attack(site.root)
    try:
        assert any(file.read_bytes() != before for file, before in files.items())
        looked_at(site, chromium)
    finally:
        for file, before in files.items():
            file.write_bytes(before)


def test_questions_of_a_bundle_that_ran_out_are_not_put(site: FlowSite, chromium: Browser) -> None:
    """Forty days later the bundle is past its dates, and its questions are not put."""
    later = "const now = Date.now; Date.now = () => now() + 40 * 86_400_000;"
    assert looked_at(site, chromium, later) == "Read on."
