"""The security headers do in a real browser what they are there for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from nearside.local.stack import Stack
from tests.support.browser import PATIENCE_MS, chromium_at

pytest_plugins = ["tests.support.stack"]
pytestmark = [pytest.mark.browser, pytest.mark.stack]

WASM = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"
PAGE = b"""<!doctype html><html lang="en"><head><title>Policies</title>
<script>document.title = "inline ran"</script>
<script type="module" src="/policies/page.js"></script></head><body></body></html>"""
SCRIPT = f"""
const say = (name, value) => document.body.setAttribute(`data-${{name}}`, value);
const attempt = async (name, action) => {{
  try {{ say(name, String(await action())); }} catch (error) {{ say(name, error.name); }}
}};
await attempt("wasm", () => WebAssembly.compile({WASM}).then(() => "compiled"));
await attempt("eval", () => (0, eval)("'evaluated'"));
await attempt("text", () => new Worker("/nearside/runtime/0/worker.js") && "started");
await attempt("other", () => window.trustedTypes.createPolicy("other", {{}}) && "made");
await attempt("html", () => {{ document.body.innerHTML = "<p>x</p>"; return "set"; }});
await attempt("elsewhere", () => fetch("http://127.0.0.1:9/").then(() => "fetched"));
const policy = window.trustedTypes.createPolicy("nearside", {{ createScriptURL: (url) => url }});
const worker = new Worker(policy.createScriptURL("/nearside/runtime/0/worker.js"), {{ type: "module" }});
worker.onmessage = ({{ data }}) => {{ for (const name in data) say(name, data[name]); say("done", "yes"); }};
""".encode()
WORKER = f"""
const compiled = await WebAssembly.compile({WASM}).then(() => "compiled", (error) => error.name);
let evaluated;
try {{ evaluated = (0, eval)("'evaluated'"); }} catch (error) {{ evaluated = error.name; }}
const ask = (url) => fetch(url).then((answer) => String(answer.status), (error) => error.name);
const fetched = await ask("/policies/page.js");
const elsewhere = await ask("http://127.0.0.1:9/");
postMessage({{
  "worker-wasm": compiled,
  "worker-eval": evaluated,
  "worker-fetch": fetched,
  "worker-elsewhere": elsewhere,
}});
""".encode()


@pytest.fixture(scope="module")
def page(stack: Stack) -> Iterator[Page]:
    """A page that tries what it must not, and a worker that does what it may."""
    s3, bucket = stack.client("s3"), stack.outputs["SiteBucket"]
    for key, body, kind in (
        ("policies/index.html", PAGE, "text/html; charset=utf-8"),
        ("policies/page.js", SCRIPT, "text/javascript"),
        ("nearside/runtime/0/worker.js", WORKER, "text/javascript"),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind)
    with chromium_at() as browser:
        opened = browser.new_page()
        opened.goto(f"{stack.url}/policies")
        opened.wait_for_selector("body[data-done]", state="attached", timeout=PATIENCE_MS)
        yield opened


def said(page: Page, name: str) -> str | None:
    return page.locator("body").get_attribute(f"data-{name}")


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("wasm", "CompileError"),
        ("eval", "EvalError"),
        ("text", "TypeError"),
        ("other", "TypeError"),
        ("html", "TypeError"),
        ("elsewhere", "TypeError"),
        ("worker-wasm", "compiled"),
        ("worker-eval", "EvalError"),
        ("worker-fetch", "200"),
        ("worker-elsewhere", "TypeError"),
    ],
)
def test_a_page_and_its_worker_may_do_what_the_policy_says(page: Page, attempt: str, outcome: str) -> None:
    """The worker compiles WebAssembly and fetches from its own origin; nothing else of this list works."""
    assert said(page, attempt) == outcome


def test_inline_scripts_do_not_run(page: Page) -> None:
    """An injected script element stays text."""
    assert page.title() == "Policies"
