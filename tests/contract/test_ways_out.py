"""The browser's code has the ways out that the register names, and no other."""

from __future__ import annotations

import json
import re

from edge_client.device import CONSENT_PATH, CONTRIBUTION_PATH, ERASURE_PATH
from edge_client.wire.register import ALERTS, BUNDLE_FILES, DEVICE_PAGE, PROOF, REGISTER, RUNTIME, THEME
from nearside.edge_build import PARTS, THEMES, TOOLS
from tests.support.pair import Request
from tests.support.registered import matching
from tests.support.templates import ROOT

WEB = ROOT / "edge_client" / "web"
WAYS_OUT = re.compile(
    r"\b(fetch\(|import\(|new (?:Shared)?Worker\(|loadPyodide\(|XMLHttpRequest|sendBeacon|WebSocket"
    r"|EventSource|WebTransport|RTCPeerConnection|importScripts|new Image\b|document\.cookie|window\.open"
    r"|\.submit\(|createElement\(\"(?:a|img|link|script|iframe|form)\"|location\.(?:assign|replace|href ?=))"
)


def source(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def test_the_browsers_addresses_are_the_registers() -> None:
    """The constants in host.js, the paths in device.py and the paths of the register are the same."""
    text = source("host.js")
    (posts,) = re.findall(r"^const POSTS = (\[.*\]);$", text, re.MULTILINE)
    (proofs,) = re.findall(r'^const PROOFS = "(.*)";$', text, re.MULTILINE)
    (public,) = re.findall(r'^const PUBLIC = "(.*)";$', text, re.MULTILINE)
    registered = [message.path for message in REGISTER if message.method == "POST"]
    assert (
        sorted(json.loads(posts))
        == sorted(registered)
        == sorted([CONSENT_PATH, CONTRIBUTION_PATH, ERASURE_PATH])
    )
    assert f"{proofs}{{entry}}" == PROOF.path
    gets = [message.path for message in REGISTER if message.method == "GET" and message is not PROOF]
    assert all(path.startswith(public) for path in gets)
    assert {message.method for message in REGISTER} == {"GET", "POST"}


def test_host_js_sends_nothing_that_tells_browsers_apart() -> None:
    """Every request of host.js carries the same settings: no cookie, no referrer, no other origin."""
    text = without_comments(source("host.js"))
    calls = re.findall(r"\bfetch\(([^;]*?)\);", text, re.DOTALL)
    # Settings come last, so that no caller can loosen them.
    assert calls == ["address, { ...more, ...SAME, signal: AbortSignal.timeout(patience) }"]
    for setting in ('credentials: "omit"', 'mode: "same-origin"', 'referrerPolicy: "no-referrer"'):
        assert setting in text


def test_no_other_script_has_a_way_out() -> None:
    """Outside host.js the scripts fetch nothing but the runtime's own files; forms are never submitted,
    and links made here save receipts and calendar files. What checks receipts has no way out at all."""
    found = {
        (file.relative_to(WEB).as_posix(), match)
        for file in sorted(WEB.rglob("*.js"))
        for match in WAYS_OUT.findall(without_comments(file.read_text(encoding="utf-8")))
    }
    assert found == {
        ("device/frame.js", 'createElement("a"'),
        ("device/frame.js", "import("),
        ("host.js", "fetch("),
        ("flows/form.js", 'createElement("form"'),
        ("integration/consent.js", "document.cookie"),
        ("isolated/define.js", 'createElement("iframe"'),
        ("onnx.js", "import("),
        ("panel/choices.js", 'createElement("form"'),
        ("panel/download.js", 'createElement("a"'),
        ("panel/receipts.js", 'createElement("a"'),
        ("parts.js", "import("),
        ("python/start.js", "import("),
        ("python/start.js", "loadPyodide("),
        ("reminders/asking.js", 'createElement("form"'),
        ("reminders/saying.js", 'createElement("a"'),
        ("runtime.js", "new SharedWorker("),
        ("runtime.js", "new Worker("),
        ("topics/greet.js", "import("),
        ("visit/exit.js", "location.replace"),
    }
    # A part of the runtime, as every page with cards asks for it.
    assert re.findall(r"\bimport\(`(.*?)`\)", source("topics/greet.js")) == ["${page.base}vault.js"]
    # Another tool's cookies are read; where a page is left for, its own link says.
    assert re.findall(r"document\.cookie\W+", source("integration/consent.js")) == ["document.cookie, "]
    assert re.findall(r"location\.replace\((.*?)\)", source("visit/exit.js")) == ["address"]
    # By the frame's address nothing is told; out of the frame leads a press on a link.
    assert re.findall(r"frame\.src = `(.*?)`", source("isolated/define.js")) == [
        "${config.device}/nearside/device.html"
    ]
    assert re.findall(r"import\((.*?)\)", without_comments(source("device/frame.js"))) == ["LOADER"]
    assert matching(Request("GET", "/nearside/device.html")) == [DEVICE_PAGE]
    worker, parts, runtime = (source(name) for name in ("worker.js", "parts.js", "runtime.js"))
    python, kept = without_comments(source("python/start.js")), source("python/kept.js")
    assert re.findall(r"fetchFile\(`\$\{base\}(\S+)`\)", python) == ["edge_client.whl"]
    assert re.findall(r"\bimport\((.*?)\)", python) == ['"./python/program.mjs"', '"./pyodide/pyodide.mjs"']
    assert 'startPython(new URL("./", import.meta.url).href, ' in worker
    assert re.findall(r"fetchPart\((.*?)\)\;", kept) == ["addressOf(part)"]
    assert re.findall(r"new URL\((.*?)\)", kept) == ["`./python/${part}`, import.meta.url"]
    assert re.findall(r"\bimport\(`(.*?)`\)", parts) == ["${base}${name}.js"] * 2
    # What no element asks for: a link to a preview does, or whoever builds a page.
    asked = [
        call for file in WEB.rglob("*.js") for call in re.findall(r"loadTool\((.*?)\)", file.read_text())
    ]
    assert sorted(asked) == ['BASE, "debug"', 'base, "apart"', 'base, "preview"', "base, name"]
    assert TOOLS == ("debug", "preview")
    assert "for (const [name, elements] of Object.entries(ELEMENTS))" in parts
    assert tuple(re.findall(r'^  (\w+): "', parts, re.MULTILINE)) == PARTS
    assert source("loader.js").count("loadParts(BASE, lent)") == 1
    assert re.findall(r"const url = trusted\((.*?)\);", runtime) == ["base + script"]
    assert re.findall(r'^const \w+ = "(\w+\.js)";', runtime, re.MULTILINE) == ["worker.js", "light.js"]
    assert re.findall(r"(?<!function )\bopen\((.*?)\)", runtime) == ["script"]
    assert "? LIGHT : WHOLE;" in runtime
    onnx = source("onnx.js")
    assert re.findall(r"await import\((.*?)\)", onnx) == ['"./ort/ort.wasm.min.mjs"']
    assert 'ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;' in onnx
    for script in ("panel/choices.js", "reminders/asking.js"):
        form = source(script)
        assert re.search(r'addEventListener\("submit", \(event\) => \{\s+event\.preventDefault\(\);', form)
    for script in ("panel/download.js", "panel/receipts.js", "reminders/saying.js"):
        assert re.findall(r"\.href = (\S+)\(", source(script)) == ["URL.createObjectURL"]
    assert matching(Request("GET", f"/nearside/runtime/{'0' * 16}/edge_client.whl")) == [RUNTIME]
    assert [matching(Request("GET", f"/nearside/themes/{theme}.css")) for theme in THEMES] == [[THEME]] * 3


def test_alerts_ask_for_two_files_that_name_no_place() -> None:
    """What pages fetch for alerts are the site's alerts, and the file that their head names by its hash."""
    feed = source("alerts/feed.js")
    addresses = re.findall(r"fetchFile\(`(.*?)`\)", feed)
    assert addresses == ["/nearside/${site}/alerts.json", "/nearside/${site}/files/${entry.sha256}"]
    assert matching(Request("GET", "/nearside/riverton/alerts.json")) == [ALERTS]
    assert matching(Request("GET", f"/nearside/riverton/files/{'0' * 64}")) == [BUNDLE_FILES]
    others = [file.name for file in sorted(WEB.glob("alerts/*.js")) if "fetchFile" in file.read_text("utf-8")]
    assert others == ["define.js", "feed.js"]


def test_questions_ask_for_two_files_that_name_no_answer() -> None:
    """What pages fetch for questions are the bundle and the file that it names; their form is submitted
    nowhere, and no address is made of an answer."""
    found = re.findall(r"fetchFile\(`(.*?)`\)", source("bundled.js"))
    assert found == ["/nearside/${site}/bundle.json", "/nearside/${site}/files/${entry.sha256}"]
    others = [file.name for file in sorted(WEB.glob("flows/*.js")) if "fetchFile" in file.read_text("utf-8")]
    assert others == ["define.js"]
    form = source("flows/form.js")
    assert re.search(r'addEventListener\("submit", \(event\) => \{\s+event\.preventDefault\(\);', form)
    assert 'form.method = "dialog"' in form
    assert re.findall(r'setAttribute\("href", (.*?)\);', form) == ["`#${control.id}`"]
    assert re.findall(r'setAttribute\("href", (.*?)\);', source("flows/results.js")) == ["outcome.href[lang]"]


def test_what_somebody_asks_to_be_remembered_is_fetched_for_nobody() -> None:
    """Of reminders, answers to forms and tasks one file fetches, and only what a page offers to everybody; no
    script of ours submits a form or writes an address into one."""
    rooms = {room: sorted(WEB.glob(f"{room}/*.js")) for room in ("reminders", "vault", "tasks")}
    fetching = [
        f"{room}/{file.name}"
        for room, files in rooms.items()
        for file in files
        if re.search("fetch|XMLHttpRequest|sendBeacon|WebSocket", file.read_text("utf-8"))
    ]
    assert fetching == ["reminders/define.js"]
    assert re.findall(r"loadBundled\((.*?),", source("reminders/define.js")) == ['"reminders.json"']
    for files in rooms.values():
        for file in files:
            assert not re.search(r"\.(?:requestSubmit|submit)\(|\.action\b|\.src\b", file.read_text("utf-8"))
