"""Pages that an agency's developer writes, served with the loader and the parts that they ask for.

For suites that watch slots, components and the page's own scripts in a browser. Plans are printed by the
device's own code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from consent_ledger import canonical
from demo.stage import AGENCY
from edge_client.explanation import Reason, ReasonKind
from edge_client.plan import PagePlan, Plan, Suggestion
from edge_client.ranking import Ranked
from edge_client.wire.catalogue import Catalogue, Picture
from edge_client.wire.paths import ItemId
from nearside import edge_build
from tests.support.browser import PATIENCE_MS, WATCH
from tests.support.chosen import kept_choice
from tests.support.city import catalogue

RUNTIME = "/nearside/runtime/0000000000000000"
FAR_FUTURE_S = 4_000_000_000
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
# What infra/delivery.yaml sends with pages.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types nearside"
)
TAG = '<script type="module" blocking="render" src="/nearside/loader.js" data-site="smallville" data-agency-key="{key}"{more}></script>'  # noqa: E501 - one tag, as an agency writes it
KEY = "smallville.example/bundles+c0ffee00+AZr+/V1Jm1zvYVZ5hBKoDq2QmHJmfIcgwjPKyZJMqnvy"
SHELL = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="nearside:item" content="/">
{head}{tag}</head><body>{body}</body></html>
"""


@dataclass
class AgencySite:
    """What is served at each path, as text or bytes; every request is in `seen`."""

    url: str
    files: dict[str, bytes]
    seen: list[str] = field(default_factory=list)

    def put(self, path: str, body: str, *, head: str = "", more: str = "", lang: str = "en") -> str:
        """Serve a page; `more` are attributes of the script tag. Return its address."""
        page = SHELL.format(
            lang=lang,
            dir="rtl" if lang == "ar" else "ltr",
            title="A page",
            head=head,
            tag=TAG.format(key=KEY, more=more),
            body=body,
        )
        self.files[path] = page.encode()
        return self.url + path


def plan_text(
    slots: Mapping[str, Sequence[str]],
    *,
    lang: str = "en",
    kind: ReasonKind = ReasonKind.POPULAR,
    pictures: Mapping[str, Picture] | None = None,
) -> str:
    """Print the plan for the page `/` that shows these items, by path, in these slots."""
    small = catalogue()
    items = tuple(replace(item, picture=(pictures or {}).get(item.id)) for item in small.items)
    city = Catalogue(small.site, items)
    suggestions = {
        slot: tuple(
            Suggestion(Ranked(city.index_of(ItemId(item)), 1.0), Reason(kind, None)) for item in items
        )
        for slot, items in slots.items()
    }
    plan = Plan(1, FAR_FUTURE_S, lang, (PagePlan("/", tuple(suggestions.items())),))
    return plan.to_bytes(city).decode()


def stored(plan: str, given: Sequence[str] = ("suggest",), *, version: int | None = None) -> str:
    """Return a script that finds a device whose citizen said yes, on an earlier page, with this plan kept;
    `version` is that of the notice then, None for the present one."""
    values = {"nearside.choice": kept_choice(*given, at=1, version=version), "nearside.plan": plan}
    # Once: what the page then does to its storage counts on the next page too.
    return f"""if (!sessionStorage.begun) {{
      sessionStorage.begun = "yes";
      Object.assign(localStorage, {json.dumps(values)});
    }}"""


@contextmanager
def visitor(chromium: Browser, *scripts: str, **options: Any) -> Iterator[Page]:
    """A new device with a page open: `scripts` run first in each of its pages."""
    with chromium.new_context(**options) as context:
        context.set_default_timeout(PATIENCE_MS)
        for script in (WATCH, *scripts):
            context.add_init_script(script)
        yield context.new_page()


@cache
def built_parts() -> Mapping[str, bytes]:
    """Bundle the loader and what pages load beside it, and no runtime, once. Return the files by path."""
    scripts = {f"{RUNTIME}/{part}.js": f"{part}/define.js" for part in (*edge_build.PARTS, *edge_build.TOOLS)}
    files: dict[str, bytes] = {}
    with TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "notices.json").write_bytes(canonical.encode(edge_build.read_notices(AGENCY / "notices")))
        edge_build.put_words(work)
        for path, source in (*scripts.items(), ("/nearside/loader.js", "loader.js")):
            target = work / "out.js"
            edge_build.bundle(work, source, target, runtime=f"{RUNTIME}/" if source == "loader.js" else "./")
            files[path] = target.read_bytes()
        for theme in edge_build.THEMES:
            target = work / "out.css"
            edge_build.bundle(work, f"themes/{theme}.css", target, runtime="./")
            files[f"/nearside/themes/{theme}.css"] = target.read_bytes()
    return files


@contextmanager
def agency_site() -> Iterator[AgencySite]:
    """Serve the scripts, and whatever pages a test puts beside them, until the body ends."""
    files = dict(built_parts())
    seen: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files=files, seen=seen))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield AgencySite(f"http://127.0.0.1:{server.server_port}", files, seen)
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Serves what is there, under the policy of an agency's pages."""

    def __init__(self, *arguments: Any, files: dict[str, bytes], seen: list[str]) -> None:
        self.files, self.seen = files, seen
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.seen.append(self.path)
        path = self.path.partition("?")[0]
        body = self.files.get(path)
        self.send_response(404 if body is None else 200)
        self.send_header("content-type", TYPES.get(Path(path).suffix, "text/html; charset=utf-8"))
        self.send_header("content-security-policy", POLICY)
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the tests look at what was seen."""
