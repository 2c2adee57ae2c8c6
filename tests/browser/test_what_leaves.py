"""What a browser asks for and sends while a citizen uses the site: seen by the browser's own log and by the
front door."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from demo.stage import AGENCY
from edge_client.wire.consent import BODY_BYTES
from edge_client.wire.paths import ItemId
from nearside.edge_build import KEPT, build_edge
from nearside.edge_runtime.parts import COMPRESSED
from nearside.local.messages import HttpRequest
from tests.support import patient
from tests.support.browser import Citizen, chromium_at, citizen_of
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

LOOKED_AT = ("/", "/parking/resident-permit", "/registration/register-birth")
SITE = "http://127.0.0.1"
PUBLIC_FILE = re.compile(
    r"/nearside/(?:loader\.js|riverton/(?:(?:alerts|bundle)\.json|files/[0-9a-f]{64})|runtime/[0-9a-f]{16}/[\w./-]+)"
)

WITHOUT_REFERRER = ("/consent", "/contributions", "/nearside/riverton")
FETCHED_PARTS = ("/program.wasm", "/rest.wasm", "/library.zip")


@dataclass(frozen=True)
class Watched:
    """One story: what its pages' consoles complained of, the requests as the front door had them, and every
    address and host name in the browser's own network log."""

    said: list[str]
    requests: list[HttpRequest]
    addresses: set[str]
    looked_up: set[str]
    cookies: list[object]


@pytest.fixture(scope="module")
def watched(city: PlayedCity, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Yes, some pages, a dismissal, the preferences page, no: with the browser's network log running."""
    log = tmp_path_factory.mktemp("net") / "net.json"
    start = len(city.front.seen)
    with chromium_at(f"--log-net-log={log}") as browser, citizen_of(city, browser) as citizen:
        tell(citizen)
        said, cookies = citizen.said, [*citizen.context.cookies()]
    addresses, looked_up = network(log)
    return Watched(said, city.front.since(start), addresses, looked_up, cookies)


def tell(citizen: Citizen) -> None:
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at(*LOOKED_AT[1:])
    citizen.open("/")
    citizen.cards.first.locator(".nearside-why").click()
    citizen.cards.first.locator(".nearside-no").click()
    citizen.planned()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    page = citizen.open("/help/privacy")
    expect(page.locator("dl.nearside-receipt")).to_have_count(2)
    citizen.withdraw()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")


def network(log: Path) -> tuple[set[str], set[str]]:
    """Return every address that a page or a worker had the browser open, and every host that it looked up
    for them.

    The browser's own errands (its updates) are told apart by their keys: a request of a page or of its
    workers carries the page's site in its network isolation key, or names it as its initiator.
    """
    raw = json.loads(log.read_text())
    kinds = {number: name for name, number in raw["constants"]["logEventTypes"].items()}
    addresses, looked_up = set(), set()
    for event in raw["events"]:
        kind, params = kinds[event["type"]], event.get("params", {})
        if kind == "URL_REQUEST_START_JOB" and "initiator" in params:  # the event that ends a job has none
            errand = params["initiator"] == "not an origin" and params["request_type"] == "other"
            if not errand or SITE in params["network_isolation_key"]:
                addresses.add(params["url"])
        if kind == "HOST_RESOLVER_MANAGER_REQUEST" and SITE in params.get("network_anonymization_key", ""):
            looked_up.add(params["host"])
    return addresses, looked_up


def test_every_request_goes_to_the_sites_own_origin(city: PlayedCity, watched: Watched) -> None:
    """Pages and workers ask no other origin for anything, and have no other name looked up."""
    origins = {
        f"{parts.scheme}://{parts.netloc}"
        for address in watched.addresses
        if (parts := urlsplit(address)).scheme not in ("data", "blob")
    }
    assert origins == {city.url}
    assert watched.looked_up <= {city.url}
    assert any("/python/program.wasm" in address for address in watched.addresses)
    assert any("/consent/events" in address for address in watched.addresses)


def test_the_strict_policy_is_never_broken_and_nothing_fails(watched: Watched) -> None:
    """No violation of the content security policy or of Trusted Types, no error, in the whole story."""
    assert watched.said == []


def test_only_public_files_are_fetched_and_only_consent_is_sent(watched: Watched) -> None:
    """GETs are for pages and for files that are the same for everyone; what is sent is consent, at one
    length."""
    sent = [request for request in watched.requests if request.method != "GET"]
    assert {(request.method, request.path, len(request.body)) for request in sent} == {
        ("POST", "/consent/events", BODY_BYTES)
    }
    assert len(sent) == 4
    for request in watched.requests:
        if request.path.startswith("/nearside/"):
            assert PUBLIC_FILE.fullmatch(request.path)
        assert request.query == ""


def test_no_request_says_who_asks(watched: Watched) -> None:
    """No cookie is set or sent; what the worker sends has no referrer; all requests carry the same kind of
    headers."""
    assert watched.cookies == []
    for request in watched.requests:
        assert "cookie" not in request.headers
        assert "authorization" not in request.headers
        if request.path.startswith(WITHOUT_REFERRER) or request.path.endswith(FETCHED_PARTS):
            assert "referer" not in request.headers


def test_suggested_pages_are_never_fetched_ahead(city: PlayedCity, watched: Watched) -> None:
    """The only pages asked for are those that the citizen opened: to fetch ahead would tell what was
    inferred."""
    opened = {
        request.path
        for request in watched.requests
        if city.catalogue.index_of(ItemId(request.path)) is not None
    }
    assert opened == {*LOOKED_AT, "/help/privacy"}


def test_what_arrives_is_what_was_built(city: PlayedCity, watched: Watched) -> None:
    """Every file of ours that the browser asked for is, byte for byte, the one that the build wrote."""
    paths = {
        request.path
        for request in watched.requests
        if request.path.startswith("/nearside/") and "/riverton/" not in request.path
    }
    names = {path.rpartition("/")[2] for path in paths}
    # The picture of a started Python comes where the browser measures a fast line, and no library then.
    assert names & {"memory.bin", "library.zip"}
    assert names - {"memory.bin", "library.zip"} == {
        "alerts.js", "apart.js", "components.js", "loader.js", "panel.js", "question.js", "reminders.js",
        "signals.js", "topics.js", "vault.js", "visit.js", "worker.js",
        "program.mjs", "program.wasm", "rest.wasm",
    }  # fmt: skip
    for path in paths:
        served = patient.get(city.url + path, headers={"accept-encoding": "br"}).content
        assert served == (city.edge.folder / path.removeprefix("/nearside/")).read_bytes(), path


def test_two_builds_are_the_same(city: PlayedCity, tmp_path: Path) -> None:
    """Who builds from the same sources gets the same files under the same names."""
    one = city.edge
    # Nothing of the other's is taken from an earlier build, but what the same bytes are when compressed.
    shutil.copytree(KEPT / COMPRESSED, tmp_path / "kept" / COMPRESSED)
    other = build_edge(tmp_path / "other", notices=AGENCY / "notices", keep=tmp_path / "kept")
    assert one.runtime == other.runtime
    files = [file.relative_to(one.folder) for file in one.folder.rglob("*") if file.is_file()]
    assert len(files) > 10
    for file in files:
        assert (one.folder / file).read_bytes() == (other.folder / file).read_bytes()
