"""How Python starts on a device: from which parts, and what happens where one is not what was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from nearside.edge_build import ROOT
from nearside.edge_runtime.counting import NOTE, counted
from nearside.edge_runtime.splitting import split
from nearside.edge_runtime.trimming import trim
from tests.support.browser import (
    CHROMIUM,
    ONE_PASS,
    WORKER_OF_ITS_OWN,
    Citizen,
    NewCitizen,
    chromium_at,
    citizen_of,
)
from tests.support.playing import PlayedCity
from tests.support.starting import (
    HOLD_THE_PROGRAM,
    READ_NOTES,
    asked_for,
    changed,
    on_a_fast_connection,
    part,
    parts_of,
    taken_for_built,
    whole_story,
)

pytestmark = pytest.mark.browser

NAMES_KEPT = """
async () => {
  const requests = await (await caches.open("nearside-python")).keys();
  return requests.map(({ url }) => url.split("/").pop()).sort();
}
"""
# What any script of the origin could do: other bytes in the place of each part that is kept.
SPOIL = """
async () => {
  const cache = await caches.open("nearside-python");
  for (const request of await cache.keys()) {
    const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
    bytes[bytes.length >> 1] ^= 1;
    const headers = { "content-type": request.url.endsWith(".wasm") ? "application/wasm" : "text/plain" };
    await cache.put(request, new Response(bytes, { headers }));
  }
}
"""
OTHERS = """
async () => {
  const cache = await caches.open("nearside-python");
  await cache.put("/nearside/runtime/0/python/library.zip", new Response("old"));
}
"""
DIGESTS_KEPT = """
async () => {
  const cache = await caches.open("nearside-python");
  return Object.fromEntries(await Promise.all((await cache.keys()).map(async (request) => {
    const bytes = await (await cache.match(request)).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [request.url.split("/").pop(), digest.toHex()];
  })));
}
"""
OPEN = """
([address, key]) => new Promise((resolve) => {
  const policy = trustedTypes.createPolicy("nearside", { createScriptURL: (url) => url });
  const worker = new Worker(policy.createScriptURL(address), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data.text);
  worker.postMessage({ type: "open", site: "riverton", controller: "city", agencyKey: key, ledgerKey: key });
})
"""
PYODIDE = ROOT / "node_modules/pyodide"
BEGAN_AGAIN = "nearside: Python begins again, with all of its program"
# What every first start asks for once, in time.
LIBRARY_ALONE = ["library.zip", "program.mjs", "program.wasm", "rest.wasm"]
# All of the library is in the memory.
WITH_MEMORY = ["memory.bin", *LIBRARY_ALONE[1:]]


def lines_of(citizen: Citizen) -> list[str]:
    """Return a list that gets every line of the page's console from now on."""
    said: list[str] = []
    citizen.page.on("console", lambda line: said.append(line.text))
    return said


def key_of_the_vectors() -> str:
    """A key that is well formed."""
    key: str = json.loads((ROOT / "tests/vectors/ledger/receipts.json").read_bytes())["log_key"]
    return key


def flipped(data: bytes) -> bytes:
    """One bit is another one, in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium itself: without its window it measures this machine's connection, and may call it fast."""
    with chromium_at(ONE_PASS, path=CHROMIUM if CHROMIUM.exists() else None) as browser:
        yield browser


@pytest.mark.parametrize("fast", [False, True], ids=["slow connection", "fast connection"])
def test_the_first_part_does_for_a_whole_story(
    city: PlayedCity, new_citizen: NewCitizen, *, fast: bool
) -> None:
    """Whatever pages offer is done without the rest of the program, which arrives for everybody once all the
    same; nothing of npm's is asked for, nothing twice, and no Python ends."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    start = len(city.front.seen)
    said = lines_of(citizen)
    if fast:
        on_a_fast_connection(citizen)
    pages = set()
    for _ in whole_story(citizen):
        if not pages:
            # It comes behind what is waited for; a page that is left sooner leaves it to the next one.
            citizen.until(lambda: "rest.wasm" in citizen.page.evaluate(NAMES_KEPT), "the rest is kept")
        pages.add(citizen.page.url)
    assert len(pages) == 5
    assert BEGAN_AGAIN not in said
    asked = asked_for(city, start)
    assert parts_of(asked) == (WITH_MEMORY if fast else LIBRARY_ALONE)
    assert not any(path.startswith("pyodide/") for path in asked)
    assert citizen.said == []


def test_the_next_start_takes_every_part_from_this_browser(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """What an earlier version had kept is gone."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    citizen.open("/")
    citizen.page.evaluate(OTHERS)
    citizen.accept()
    citizen.planned()
    citizen.until(
        lambda: citizen.page.evaluate(NAMES_KEPT) == ["library.zip", "program.wasm", "rest.wasm"],
        "the parts are kept, and no others",
    )
    start = len(city.front.seen)
    citizen.look_at("/parking/resident-permit")
    assert parts_of(asked_for(city, start)) == []
    assert citizen.said == []


@pytest.fixture(scope="module")
def too_little(
    city: PlayedCity, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """A first part of what a start calls that no message follows, and its rest."""
    work = tmp_path_factory.mktemp("little")
    trim(PYODIDE / "pyodide.asm.wasm", PYODIDE / "pyodide.asm.mjs", work)
    program = (work / "program.wasm").read_bytes()
    noting = counted(split(program, lambda _: True).first)
    changes = taken_for_built(city, {"program.wasm": noting}, before=HOLD_THE_PROGRAM)
    with city.front.answering(changed(city, changes)), citizen_of(city, chromium) as citizen:
        citizen.open("/")
        address = f"/nearside/runtime/{city.edge.runtime}/worker.js"
        assert citizen.page.evaluate(OPEN, [address, key_of_the_vectors()]) == "ready"
        called = frozenset(citizen.page.workers[0].evaluate(READ_NOTES, NOTE))
    halves = split(program, called.__contains__)
    return {"program.wasm": halves.first, "rest.wasm": halves.rest}


def test_a_call_for_the_rest_begins_again_with_it(
    city: PlayedCity, new_citizen: NewCitizen, too_little: dict[str, bytes]
) -> None:
    """A device whose Python ends for want of a function does the same message again with all of the program;
    a server sees the requests that it sees from everybody."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    said = lines_of(citizen)
    start = len(city.front.seen)
    with city.front.answering(changed(city, taken_for_built(city, too_little))):
        citizen.open("/")
        citizen.accept()
        citizen.planned()
        citizen.until(lambda: len(citizen.receipts()) == 2, "a receipt for each purpose")
        # What is left of the first one may still stumble, in the console and nowhere else.
        assert said.count(BEGAN_AGAIN) == 1
        assert [visit.item for visit in citizen.profile().visits] == ["/"]
        asked = asked_for(city, start)
        assert parts_of(asked) == LIBRARY_ALONE
        assert not any(path.startswith("pyodide/") for path in asked)


@pytest.mark.parametrize("spoilt", ["program.wasm", "library.zip"])
def test_a_spoilt_part_gives_way_to_npms_python(
    city: PlayedCity, new_citizen: NewCitizen, spoilt: str
) -> None:
    """Where a part of ours is not what was built, the device runs all the same, by the stock build."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    start = len(city.front.seen)
    with city.front.answering(changed(city, {spoilt: flipped})):
        citizen.open("/")
        citizen.accept()
        citizen.planned()
    asked = asked_for(city, start)
    assert {"pyodide/pyodide.asm.wasm", "pyodide/python_stdlib.zip"} <= set(asked)
    assert "home" in citizen.plan()["pages"]["/"]


def test_a_program_that_cannot_start_gives_way_too(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """A program that is what the worker expects, and does not fit its other half, is not waited for."""
    program = part(city, "program.wasm")
    # Its import of `env.memcpy_js`, say, becomes one that nobody has.
    other = program.replace(b"\x03env", b"\x03enw", 1)
    assert other != program
    changes = taken_for_built(city, {"program.wasm": other})
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    start = len(city.front.seen)
    with city.front.answering(changed(city, changes)):
        citizen.open("/")
        citizen.accept()
        citizen.planned()
    asked = asked_for(city, start)
    assert asked.index("python/program.wasm") < asked.index("pyodide/pyodide.asm.wasm")


def test_a_spoilt_memory_is_done_without(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The small Python starts from its library, and npm's is not asked for."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    start = len(city.front.seen)
    with city.front.answering(changed(city, {"memory.bin": flipped})):
        citizen.open("/")
        on_a_fast_connection(citizen)
        citizen.accept()
        citizen.planned()
    asked = asked_for(city, start)
    assert "python/memory.bin" in asked
    assert not any(path.startswith("pyodide/") for path in asked)


def test_what_another_script_put_among_the_parts_is_not_run(
    city: PlayedCity, new_citizen: NewCitizen
) -> None:
    """A script of the origin cannot put its own code into the worker's next start: each part is checked, and
    replaced by what was built."""
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.until(lambda: len(citizen.page.evaluate(NAMES_KEPT)) == 3, "the parts are kept")
    used = ("library.zip", "program.wasm")
    built = {name: hashlib.sha256(part(city, name)).hexdigest() for name in used}
    rest = hashlib.sha256(part(city, "rest.wasm")).hexdigest()
    assert citizen.page.evaluate(DIGESTS_KEPT) == {**built, "rest.wasm": rest}
    citizen.page.evaluate(SPOIL)
    spoilt = citizen.page.evaluate(DIGESTS_KEPT)
    assert all(spoilt[name] != digest for name, digest in built.items())
    start = len(city.front.seen)
    citizen.look_at("/parking/resident-permit")
    assert not any(path.startswith("pyodide/") for path in asked_for(city, start))
    citizen.until(
        lambda: citizen.page.evaluate(DIGESTS_KEPT).items() >= built.items(),
        "the parts that were used are the built ones again",
    )
