"""Flags for a page's own scripts: answered from the plan, by the SDK's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.agency_site import AgencySite, agency_site, plan_text, stored, visitor
from tests.support.browser import LOOKS_EVERY_MS
from tests.support.page_scripts import (
    PERMIT,
    PLAN,
    REPAIRS,
    ROOT,
    bundle,
    with_api,
)  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        yield served


def test_flags_are_the_plans_and_tell_nobody(site: AgencySite, chromium: Browser, tmp_path: Path) -> None:
    """The SDK's own client gets what was decided, as each type of flag, and the defaults after `off()`; no
    request follows from a question, whatever the context says."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "flags.js").write_text(
        """import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
        const nearside = await window.nearside.ready;
        await OpenFeature.setContext({ targetingKey: "somebody@example.org" });
        await OpenFeature.setProviderAndWait(nearside.flags());
        window.client = OpenFeature.getClient();
        window.changes = 0;
        client.addHandler(ProviderEvents.ConfigurationChanged, () => (window.changes += 1));
        document.documentElement.dataset.flags = "ready";"""
    )
    bundle(tmp_path / "flags.js", tmp_path / "bundled.js")
    site.files["/flags.js"] = (tmp_path / "bundled.js").read_bytes()
    body = '<main></main><script type="module" src="/flags.js"></script>'
    ask = """(flag) => [
      client.getBooleanDetails(flag, false),
      client.getStringDetails(flag, "none"),
      client.getNumberDetails(flag, 0),
      client.getObjectDetails(flag, []),
    ].map(({ value, reason, errorCode }) => [
      Array.isArray(value) ? value.map(({ item }) => item) : value, reason, errorCode ?? null])"""
    nothing = [[value, "DEFAULT", None] for value in (False, "none", 0, [])]
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        page.goto(site.put("/", body, head=with_api(), more=" data-api"))
        page.wait_for_selector("html[data-flags=ready]")
        while not any(path.endswith("/worker.js") for path in site.seen):  # once the page is idle
            page.wait_for_timeout(LOOKS_EVERY_MS)
        start = len(site.seen)
        assert page.evaluate(ask, "related") == [
            [value, "TARGETING_MATCH", None] for value in (True, PERMIT, 2, [PERMIT, REPAIRS])
        ]
        assert page.evaluate(ask, "unknown") == nothing
        page.evaluate("window.nearside.off()")
        assert page.evaluate(ask, "related") == nothing
        assert page.evaluate("window.changes") == 1
        assert site.seen[start:] == []
