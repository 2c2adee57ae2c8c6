"""Python's start on a device, watched and disturbed: what was asked for, and other bytes in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from playwright.sync_api import expect

from nearside.local.messages import Answer, HttpRequest, HttpResponse
from tests.support.browser import Citizen
from tests.support.playing import PlayedCity

FAST_BYTES_A_SECOND = 12_500_000
RUNTIME = "/nearside/runtime/"
# Runs first in a worker: an instrumented program is read from outside (`nearside.edge_runtime.counting`).
HOLD_THE_PROGRAM = """
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  if ((made.instance ?? made).exports?.memory) globalThis.program = (made.instance ?? made).exports;
  return made;
};
"""
READ_NOTES = """
(note) => Object.entries(globalThis.program)
  .filter(([name, value]) => name.startsWith(note) && value.value === 1)
  .map(([name]) => Number(name.slice(note.length)))
"""
Change = Callable[[bytes], bytes]


def on_a_fast_connection(citizen: Citizen) -> None:
    """Let the browser believe so: without a connection to measure it guesses a slow one."""
    session = citizen.context.new_cdp_session(citizen.page)
    session.send("Network.enable")
    speed = {"downloadThroughput": FAST_BYTES_A_SECOND, "uploadThroughput": FAST_BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": 1, **speed})


def asked_for(city: PlayedCity, start: int) -> list[str]:
    """Return which files of the runtime were asked for since request `start`, by their last two names."""
    paths = [each.path for each in city.front.since(start)]
    return ["/".join(path.split("/")[-2:]) for path in paths if path.startswith(RUNTIME)]


def parts_of(asked: list[str]) -> list[str]:
    """Return the names of the parts among them, in order."""
    return sorted(path.removeprefix("python/") for path in asked if path.startswith("python/"))


def part(city: PlayedCity, name: str) -> bytes:
    """Return a part as it was built."""
    return (city.edge.folder / "runtime" / city.edge.runtime / "python" / name).read_bytes()


def changed(city: PlayedCity, changes: dict[str, Change]) -> Callable[[HttpRequest, Answer], HttpResponse]:
    """Answer as the deployment does, but with other bytes for files of these names."""

    def instead(request: HttpRequest, answer: Answer) -> HttpResponse:
        change = changes.get(request.path.rpartition("/")[2])
        if change is None or not request.path.startswith(RUNTIME):
            return answer(request)
        plain = (city.edge.folder / request.path.removeprefix("/nearside/")).read_bytes()
        headers = {
            name: value
            for name, value in answer(request).headers.items()
            if name not in {"content-encoding", "etag"}
        }
        return HttpResponse(200, headers, change(plain))

    return instead


def taken_for_built(city: PlayedCity, parts: dict[str, bytes], *, before: str = "") -> dict[str, Change]:
    """Return changes by which the worker takes `parts` for those that were built; the script `before` runs
    first in it."""
    digests = {
        hashlib.sha256(part(city, name)).hexdigest().encode(): hashlib.sha256(other).hexdigest().encode()
        for name, other in parts.items()
    }

    def believing(script: bytes) -> bytes:
        for built, other in digests.items():
            assert script.count(built) == 1
            script = script.replace(built, other)
        return before.encode() + script

    changes: dict[str, Change] = {"worker.js": believing}
    for name, other in parts.items():
        changes[name] = lambda _, other=other: other  # type: ignore[misc]  # bound at once
    return changes


def whole_story(citizen: Citizen) -> Iterator[None]:
    """Have a citizen live through all that pages offer; stops before each page is left.

    Yes, some pages, reasons, a dismissal, receipts, what the device knows, an end to it, and no.
    """
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    yield
    for path in ("/parking/resident-permit", "/registration/register-birth", "/parking/visitor-permit"):
        citizen.look_at(path)
        yield
    citizen.open("/")
    citizen.cards.first.locator(".nearside-why").click()
    citizen.cards.first.locator(".nearside-no").click()
    citizen.planned()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")
    yield
    page = citizen.open("/help/privacy")
    expect(page.locator("dl.nearside-receipt")).to_have_count(2)
    page.get_by_role("button", name="Delete this list").click()
    citizen.until(lambda: citizen.profile().visits == (), "an empty list")
    citizen.withdraw()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 4, "receipts of the withdrawal")
    yield
