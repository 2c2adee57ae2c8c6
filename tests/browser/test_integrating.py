"""What an agency's developer integrates: docs/integrating.md, its examples and types."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from nearside.pinned_loader import pinned
from tests.support.agency_site import RUNTIME, AgencySite, agency_site, plan_text, stored, visitor
from tests.support.page_scripts import (
    PERMIT,
    PLAN,
    ROOT,
    bundle,
    collecting,
    noticed,
    with_api,
)  # fmt: skip

pytestmark = pytest.mark.browser

GUIDE = (ROOT / "docs/integrating.md").read_text("utf-8")
TYPES = ROOT / "edge_client/web/integration/nearside.d.ts"


def blocks(language: str) -> list[str]:
    """The guide's code in one language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    with agency_site() as served:
        yield served


def test_the_examples_of_the_guide_run(site: AgencySite, chromium: Browser, tmp_path: Path) -> None:
    """The guide's page with each of its scripts does what the guide says."""
    (html,) = blocks("html")
    scripts = blocks("js")
    assert len(scripts) == 3
    # The flags' example uses a package: it is bundled as a developer would.
    (tmp_path / "own.js").write_text(
        "".join(f"{{ await (async () => {{ {one} }})(); }}" for one in scripts[:2])
    )
    (tmp_path / "flags.js").write_text(scripts[2])
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    bundle(tmp_path / "flags.js", tmp_path / "bundled.js")
    site.files["/guide"] = (
        html.replace(
            'src="/own.js"></script>',
            'src="/own.js"></script><script type="module" src="/flags.js"></script>',
        )
        .replace("<title>", '<meta name="nearside:item" content="/"><title>')
        .encode()
    )
    site.files["/own.js"] = (tmp_path / "own.js").read_bytes()
    site.files["/flags.js"] = (tmp_path / "bundled.js").read_bytes()
    said: list[str] = []
    with visitor(chromium, stored(plan_text(PLAN)), collecting()) as page:
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "assert") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{site.url}/guide")
        expect(page.locator("#said")).to_have_text("Apply for a parking permit: Many people use this page.")
        expect(page.locator("h1")).to_have_attribute("data-first", PERMIT)
        expect(page.locator("[data-personalised] li")).to_have_count(2)
        assert [line for line in said if "404" not in line] == []
        assert noticed(page) == [["form-finished", PERMIT, 0], ["read", "/", 2]]
        assert page.evaluate("window.nearside.page") == {
            "item": "/",
            "lang": "en",
            "type": "GovernmentService",
            "topic": "Parking",
        }
        page.evaluate(
            "dispatchEvent(new StorageEvent('storage', { key: null, newValue: localStorage.clear() }))"
        )
        expect(page.locator("#said")).to_have_text("Suggestions are off.")


def test_a_page_that_does_not_ask_has_no_api(site: AgencySite, chromium: Browser) -> None:
    """Without `data-api` nothing is added to the window, and nothing more is fetched."""
    address = site.put("/plain", "<main></main>", head=with_api())
    with visitor(chromium, stored(plan_text(PLAN))) as page:
        start = len(site.seen)
        page.goto(address)
        page.wait_for_function("() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        assert page.evaluate("'nearside' in window") is False
        assert f"{RUNTIME}/integration.js" not in site.seen[start:]


def test_a_loader_of_other_bytes_than_the_tag_says_does_not_run(site: AgencySite, chromium: Browser) -> None:
    """As printed by the build the tag runs it; with one byte changed the page is the server's own."""
    raw = site.files["/nearside/loader.js"]
    tag = pinned(raw)
    site.put("/pinned", '<main><p id="own">Ours</p></main>')
    page_text = site.files["/pinned"].decode()
    assert 'src="/nearside/loader.js"' in page_text
    site.files["/pinned"] = page_text.replace('src="/nearside/loader.js"', str(tag)).encode()
    for body, banners in ((raw, 1), (raw + b" ", 0)):
        site.files[f"/{tag.path}"] = body
        said: list[str] = []
        with visitor(chromium) as page:
            page.on("console", lambda line, said=said: said.append(line.text))
            page.goto(f"{site.url}/pinned")
            expect(page.locator(".nearside-banner")).to_have_count(banners)
            expect(page.locator("#own")).to_be_visible()
        assert any("integrity" in line for line in said) == (banners == 0)


@pytest.mark.parametrize(
    ("described", "told"),
    [
        (
            {"@type": "GovernmentService", "serviceType": ["Parking", "Roads"]},
            ["GovernmentService", "Parking"],
        ),
        (
            {"@graph": [{"@type": "Person", "name": "x"}, {"@type": ["FAQPage"], "about": {"name": "Bins"}}]},
            ["FAQPage", "Bins"],
        ),
        ([{"@type": "Event", "about": "Fair"}], [None, None]),  # of a type that the page does not list
        ({"@type": "FAQPage", "about": 7, "mainEntity": [{"text": "long"}]}, ["FAQPage", None]),
        ("{", [None, None]),
    ],
)  # fmt: skip
def test_a_page_is_about_what_its_structured_data_says(
    site: AgencySite, chromium: Browser, described: object, told: list[str | None]
) -> None:
    """Of the listed types, type and topic; whatever is written wrongly tells nothing."""
    text = described if isinstance(described, str) else json.dumps(described)
    more = f'<script type="application/ld+json">{text}</script>'
    with visitor(chromium) as page:
        page.goto(site.put("/", "<main></main>", head=with_api(more=more), more=" data-api"))
        page.wait_for_function("() => window.nearside?.version === 1")
        assert page.evaluate("[nearside.page.type, nearside.page.topic]") == told


def test_the_types_hold_for_whoever_uses_them(tmp_path: Path) -> None:
    """TypeScript takes a developer's code by the shipped types, and the provider as the SDK's; it refuses
    what the API does not have."""
    shutil.copy(TYPES, tmp_path / "nearside.d.ts")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    good = """import { OpenFeature } from "@openfeature/web-sdk";
    import type { Item, Tracked } from "./nearside";
    const nearside = await window.nearside!.ready;
    const items: readonly Item[] = await nearside.recommend("related");
    const said: Tracked = nearside.track("went", { page: items[0].item });
    const stop: () => void = nearside.on("planned", () => console.log(said));
    OpenFeature.setProvider(nearside.flags());
    stop();
    """
    (tmp_path / "good.ts").write_text(good)
    assert check_types(tmp_path, "good.ts") == ""
    for line in (
        "nearside.consent.give(['suggest']);",
        "nearside.profile.export();",
        "nearside.track('went', { email: 'x' });",
        "nearside.decide('related').items[0].title = 'x';",
    ):
        (tmp_path / "bad.ts").write_text(good + line)
        assert "bad.ts" in check_types(tmp_path, "bad.ts")


def check_types(folder: Path, file: str) -> str:
    done = subprocess.run(
        [
            ROOT / "node_modules/.bin/tsc", "--noEmit", "--strict", "--target", "es2022",
            "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
            "--types", "", file, "nearside.d.ts",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return done.stdout
