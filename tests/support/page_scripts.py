"""Scripts of an agency's developer, on a page whose device has a plan and rules that ask for something."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.support.agency_site import AgencySite, plan_text, stored, visitor

ROOT = Path(__file__).resolve().parent.parent.parent
PERMIT, MISSED, REPAIRS = "/parking/permit", "/bins/missed", "/housing/repairs"
PLAN = {"related": [PERMIT, REPAIRS]}
# What the rules of a site ask for, as the worker tells pages.
COLLECT = {
    "v": 1,
    "until_ms": 4_000_000_000_000,
    "clicked": [PERMIT],
    "read": ["/"],
    "searched": ["parking"],
    "form-finished": [PERMIT],
}
SETTINGS = {
    "events": {
        "permit-sent": "form-finished",
        "site-search": "searched",
        "watched": "read",
        "went": "clicked",
    },
    "dataLayer": {
        "form_submit": {"track": "permit-sent", "page": "form_page"},
        "search": {"track": "site-search", "words": "term"},
        "unlisted": {"track": "no-such-event"},
    },
    "types": ["GovernmentService", "FAQPage"],
}


def with_api(settings: object = SETTINGS, more: str = "") -> str:
    """The head of a page whose scripts take part."""
    return f'<script type="application/json" data-nearside>{json.dumps(settings)}</script>{more}'


def collecting() -> str:
    """A script that finds a device whose rules ask for something."""
    return f"localStorage['nearside.collect'] ??= {json.dumps(json.dumps(COLLECT))};"


def noticed(page: Page) -> list[list[Any]]:
    """What the page has to tell the worker, without the times."""
    rows: list[list[Any]] = page.evaluate("JSON.parse(localStorage['nearside.untold'] ?? '{}').noticed ?? []")
    return [[kind, about, bucket] for kind, about, _, bucket in rows]


@contextmanager
def taking_part(site: AgencySite, chromium: Browser) -> Iterator[Page]:
    """A device with suggestions, on a page whose scripts take part."""
    site.put(
        "/",
        '<main><nearside-recommend slot="related"></nearside-recommend></main>',
        head=with_api(),
        more=" data-api",
    )
    with visitor(chromium, stored(plan_text(PLAN)), collecting()) as opened:
        opened.goto(f"{site.url}/")
        opened.wait_for_function("() => window.nearside?.version === 1")
        yield opened


def bundle(source: Path, target: Path) -> None:
    """Make one script of a developer's and the packages that it imports."""
    done = subprocess.run(
        [ROOT / "node_modules/.bin/esbuild", source, "--bundle", "--format=esm", f"--outfile={target}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
