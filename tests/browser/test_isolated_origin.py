"""A page whose scripts are hostile, beside a device that keeps what it knows in an origin of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from nearside.device_page import ADDRESS, DevicePage
from tests.support.browser import citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

# What this citizen looked at: no page shows it, so that whoever has it has it from the profile.
LOOKED_AT = ("/waste/bulky-items", "/parking/resident-permit", "/waste/collection-days")
# First on the page: it wraps whatever the loader could use, and writes down what goes through.
HOSTILE = r"""
window.stolen = [];
const keep = (value) => {
  try { window.stolen.push(JSON.stringify(value)); } catch { window.stolen.push(String(value)); }
};
for (const of of [window, MessagePort.prototype, Worker.prototype]) {
  const own = of.postMessage;
  of.postMessage = function (...all) { keep(all); return own.apply(this, all); };
}
const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
  set(heard) { set.call(this, (event) => { keep(event.data); window.port = this; heard(event); }); },
});
for (const name of ["Worker", "SharedWorker", "MessageChannel", "BroadcastChannel"]) {
  const Own = window[name];
  window[name] = class extends Own { constructor(...all) { super(...all); keep([name, String(all[0])]); } };
}
const fetched = window.fetch;
window.fetch = (...all) => { keep(all); return fetched(...all); };
const open = indexedDB.open.bind(indexedDB);
indexedDB.open = (...all) => { keep(["indexedDB", ...all]); return open(...all); };
addEventListener("message", ({ data, origin }) => keep([origin, data]));
window.raid = async () => {
  keep({ ...localStorage }); keep({ ...sessionStorage }); keep(document.cookie);
  keep(await caches.keys());
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => {
      const asked = open(name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of db.objectStoreNames) {
      const all = await new Promise((done) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      keep(all.map((one) => (one instanceof Uint8Array ? new TextDecoder().decode(one) : one)));
    }
    db.close();
  }
  const refusals = [];
  const attempt = (act) => { try { keep(act()); } catch (error) { refusals.push(error.name); } };
  for (const frame of document.querySelectorAll("iframe")) {
    attempt(() => frame.contentWindow.document.body.innerHTML);
    attempt(() => frame.contentWindow.localStorage["nearside.plan"]);
    attempt(() => frame.contentWindow.indexedDB);
    attempt(() => frame.contentDocument.body.innerHTML);
    for (const type of ["profile", "sent", "open", "view", "trace"]) {
      frame.contentWindow.postMessage({ type, kind: type }, "*");
      window.port?.postMessage({ type, kind: type, item: "/" });
    }
  }
  return refusals;
};
// Frames the device page itself, and says what it likes: as this page, and as an origin that is not there.
window.second = (hello, sandbox) => new Promise((done) => {
  const frame = document.createElement("iframe");
  if (sandbox) frame.sandbox = sandbox;
  frame.src = document.querySelector("[data-device]").dataset.device + "/nearside/device.html";
  frame.onload = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => { keep(data); if (data.kind === "shown") done("answered"); };
    for (const type of ["profile", "sent"]) port1.postMessage({ type, kind: type });
    frame.contentWindow.postMessage(hello, "*", [port2]);
    setTimeout(() => done("silent"), 3000);
  };
  document.body.append(frame);
});
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="nearside:item" content="{item}"><link rel="stylesheet" href="/assets/site.css">
<script src="/isolated/hostile.js"></script>
<script type="module" blocking="render" src="/nearside/loader.js" data-site="riverton"
  data-agency-key="{agency}" data-ledger-key="{ledger}"{device}></script></head><body><main>
<h1>A page</h1>{body}<nearside-recommend slot="related"><ul>
<li><a href="/help/about">About</a><p>About.</p></li>
<li><a href="/help/contact">Contact</a><p>Contact.</p></li>
<li><a href="/help/privacy">Privacy</a><p>Privacy.</p></li></ul></nearside-recommend></main></body></html>"""


@dataclass(frozen=True)
class Isolated:
    """The city under two origins: its pages', and its devices'."""

    city: PlayedCity
    device: str

    def frame(self, page: Page) -> Frame:
        """The device's own page in the frame of a page."""
        element = page.wait_for_selector("iframe.nearside-device", state="attached")
        assert element is not None
        found = element.content_frame()
        assert found is not None
        found.wait_for_selector("nearside-device", state="attached")
        return found


@pytest.fixture(scope="module")
def isolated(city: PlayedCity) -> Iterator[Isolated]:
    """Pages with a hostile script, whose tag names the devices' origin or does not; that origin's page."""
    s3, bucket = city.stack.client("s3"), city.stack.outputs["SiteBucket"]
    device = city.stack.outputs["DeviceOrigin"]
    trust = city.stage.trust("riverton")
    keys = {"agency": str(trust.agency), "ledger": str(trust.ledger)}
    page = DevicePage(city.url, "riverton", "riverton", keys["agency"], keys["ledger"], "/assets/site.css")
    files = {ADDRESS.removeprefix("/"): page.to_html(), "isolated/hostile.js": HOSTILE.encode()}
    far = f'\n  data-device="{device}"'
    for number, item in enumerate(("/", *LOOKED_AT)):
        files[f"isolated/{number}/index.html"] = PAGE.format(item=item, device=far, body="", **keys).encode()
    files["isolated/near/index.html"] = PAGE.format(item="/", device="", body="", **keys).encode()
    settings = PAGE.format(
        item="/settings", device=far, body="<nearside-preferences></nearside-preferences>", **keys
    )
    files["isolated/settings/index.html"] = settings.encode()
    kinds = {"html": "text/html; charset=utf-8", "js": "text/javascript"}
    for key, body in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kinds[key.rpartition(".")[2]])
    yield Isolated(city, device)
    for key in files:
        s3.delete_object(Bucket=bucket, Key=key)


def stolen(page: Page) -> str:
    """All that the hostile script got hold of."""
    page.evaluate("raid()")
    page.wait_for_timeout(300)  # for answers to what it sent
    texts: list[str] = page.evaluate("window.stolen")
    return "\n".join(texts)


def test_without_an_origin_of_its_own_the_script_has_the_profile(
    isolated: Isolated, chromium: Browser
) -> None:
    """The attack works: what it finds missing in the other test is missing there."""
    with citizen_of(isolated.city, chromium) as citizen:
        citizen.open("/isolated/near")
        citizen.accept()
        citizen.planned()
        citizen.look_at(LOOKED_AT[0])
        citizen.open("/isolated/near")
        assert f'["{LOOKED_AT[0]}",' in stolen(citizen.page).replace("\\", "")


def test_a_hostile_script_gets_nothing_of_the_profile(isolated: Isolated, chromium: Browser) -> None:
    """It sees which items its own page shows, as any eye does.

    What was looked at, chosen, signed and sent stays in the other origin, where the citizen also chooses.
    """
    with citizen_of(isolated.city, chromium) as citizen:
        page = citizen.open("/isolated/0")
        frame = isolated.frame(page)
        accept = page.frame_locator("iframe.nearside-device").locator(".nearside-banner button").first
        expect(accept).to_be_visible()
        room = page.locator("iframe.nearside-device").bounding_box()
        assert room is not None
        assert room["height"] > 100
        accept.click()
        planned(frame)
        page.frame_locator("iframe.nearside-device").locator(".nearside-banner button").first.click()
        expect(page.locator("iframe.nearside-device")).to_be_hidden()
        for number in (1, 2, 3):
            citizen.open(f"/isolated/{number}")
            planned(isolated.frame(citizen.page))
        citizen.open("/isolated/0")
        expect(citizen.cards).to_have_count(3)
        frame = isolated.frame(citizen.page)
        profile = frame.evaluate(KEPT, "profile")
        assert all(item in profile for item in LOOKED_AT)
        shown = citizen.page.locator("[data-item]").evaluate_all(
            "(all) => all.map((one) => one.dataset.item)"
        )
        loot = stolen(citizen.page)
        assert all(item in loot for item in shown)
        assert not [item for item in LOOKED_AT if item in loot and item not in shown]
        assert "looked" not in loot  # no reason
        assert not [word for word in ("visits", "receipts", "given", "suggest", "book") if word in loot]
        assert citizen.page.evaluate("raid()") == [
            "SecurityError",
            "SecurityError",
            "SecurityError",
            "TypeError",
        ]
        assert citizen.local() == {}
        hello = {"item": "/", "lang": "en", "links": [], "slots": [], "panel": True}
        assert citizen.page.evaluate("(hello) => second(hello)", hello) == "answered"
        measured(citizen.page)
        assert citizen.page.evaluate("(hello) => second({...hello, item: 7})", hello) == "silent"
        assert citizen.page.evaluate("(hello) => second(hello, 'allow-scripts')", hello) == "silent"
        loot = stolen(citizen.page)
        assert not [item for item in LOOKED_AT if item in loot and item not in shown]
        assert not [word for word in ("visits", "receipts", "given", "suggest", "book") if word in loot]


TOLD_ITS_ROOM = (
    """() => window.stolen.some((text) => text.startsWith('{"kind":"room"') && text.includes("800"))"""
)
WIDEN = """(width) => {
  const frame = [...document.querySelectorAll("iframe")].at(-1);
  frame.style.cssText = `border:0;padding:0;max-width:none;width:${width}px`;
}"""


def measured(page: Page) -> None:
    """Make the settings that the hostile script framed as wide as it likes: their height tells nothing."""
    framed = page.frames[-1]
    framed.wait_for_selector("nearside-preferences form")
    page.wait_for_function(TOLD_ITS_ROOM)
    heights = set()
    for width in (900, 301, 257, 239):
        page.evaluate(WIDEN, width)
        framed.wait_for_function("(width) => innerWidth === width", arg=width)
        framed.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
        told = [text for text in page.evaluate("window.stolen") if text.startswith('{"kind":"room"')]
        heights |= {json.loads(text)["height"] for text in told}
    assert heights - {0} == {800}  # 0: its own, which has nothing to ask
    expect(page.frame_locator("iframe").last.locator("nearside-preferences")).to_be_hidden()


def test_the_citizen_chooses_and_sees_all_of_it_in_that_origin(isolated: Isolated, chromium: Browser) -> None:
    """In the frame, and where its page is opened by itself; a card is dismissed from the page."""
    with citizen_of(isolated.city, chromium, viewport={"width": 375, "height": 800}) as citizen:
        page = citizen.open("/isolated/settings")
        frame = isolated.frame(page)
        inside = page.frame_locator("iframe.nearside-device")
        expect(inside.locator("nearside-preferences form").first).to_be_visible()
        inside.locator(".nearside-banner button").first.click()
        planned(frame)
        citizen.open("/isolated/0")
        expect(citizen.cards).to_have_count(3)
        dismissed = citizen.page.locator("[data-item]").first.get_attribute("data-item")
        citizen.page.locator("[data-item] .nearside-no").first.click()
        frame = isolated.frame(citizen.page)
        citizen.until(
            lambda: json.dumps(dismissed) in (frame.evaluate(KEPT, "profile") or ""), "it is taken in"
        )
        page = citizen.open("/isolated/settings")
        frame = isolated.frame(page)
        asked = inside.locator('nearside-preferences input[type=radio][value="off"]')
        expect(asked.first).to_be_visible()
        for radio in asked.all():
            radio.check()
        inside.get_by_role("button", name="Save").first.click()
        citizen.until(lambda: frame.evaluate(KEPT, "profile") is None, "nothing is kept")
        citizen.open("/isolated/0")
        isolated.frame(citizen.page)
        expect(citizen.cards).to_have_count(0)
        assert citizen.local() == {}
        # Opened by itself, it is the settings.
        alone = citizen.tab()
        alone.goto(isolated.device + "/nearside/device.html")
        expect(alone.locator("nearside-preferences form").first).to_be_visible()
        assert citizen.said == []


def test_no_page_of_the_site_runs_in_that_origin(isolated: Isolated, chromium: Browser) -> None:
    """Nor does the page of that origin run in the site's: by the front door, and by themselves without it."""
    here, there = isolated.city.url, isolated.device
    with citizen_of(isolated.city, chromium) as citizen:
        hostile = citizen.page.goto(here + "/isolated/0")
        assert hostile is not None
        for path in ("/isolated/0", "/isolated/0/index.html", "/", "/nearside/none", "/404.html"):
            with citizen.context.expect_page() as window:
                citizen.page.evaluate("(url) => void window.open(url)", there + path)
            window.value.wait_for_load_state()
            assert window.value.locator("script[src]").count() == 0
            window.value.close()
        opened = citizen.context.new_page()
        astray, own = opened.goto(here + ADDRESS), opened.goto(there + ADDRESS)
        assert astray is not None
        assert own is not None
        assert (astray.status, own.status) == (404, 200)
        # Behind a front door that lets them in, the one clears nothing and the other shows and keeps nothing.
        opened.evaluate("localStorage.setItem('nearside.choice', 'hers')")
        served = {there + "/isolated/0": hostile.body(), here + ADDRESS: own.body()}
        for url in served:
            opened.route(
                url, lambda route: route.fulfill(body=served[route.request.url], content_type="text/html")
            )
        opened.goto(there + "/isolated/0", wait_until="networkidle")
        assert opened.evaluate("localStorage['nearside.choice']") == "hers"
        opened.goto(here + ADDRESS, wait_until="networkidle")
        assert opened.locator("script[data-pages]").count() == 1
        assert opened.locator("nearside-preferences, .nearside-banner").count() == 0
        assert opened.evaluate("Object.keys(localStorage)") == []


KEPT = """
async (kind) => {
  if (!(await indexedDB.databases()).length) return null;
  const db = await new Promise((done) => {
    const asked = indexedDB.open("nearside");
    asked.onsuccess = () => done(asked.result);
  });
  const asked = db.transaction("values").objectStore("values").get(kind);
  const value = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  db.close();
  return value ? new TextDecoder().decode(value) : null;
}
"""


def planned(frame: Frame) -> Any:
    """Wait until the device in the frame has decided what its next pages show."""
    return frame.wait_for_selector("html[data-nearside=planned]", state="attached", timeout=60_000)
