"""A model on trial: devices draw by themselves, nobody can tell which, and an end leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.canary import OUT, Arm, ModelName
from edge_client.effects import EraseArm, OpenModel, SaveArm
from edge_client.events import ProfileAsked
from edge_client.ports import Unusable
from edge_client.settling import settle
from edge_client.wire.manifest import Canary
from lambdas.shared.publishing.publication import publish
from tests.support.city import NOW_S, SITE, City, card
from tests.support.learning import digest
from tests.support.pair import NOW_MS, Pair, PairedHost, Request, Services, seeded

PROPOSAL = digest("proposal")
LIVE, TRIAL = b"model", b"model on trial"
DAY_MS = 24 * 60 * 60 * 1000


@dataclass
class Watched(PairedHost):
    """A host that remembers which model is open; one on trial may not run on it."""

    opened: list[bytes] = field(default_factory=list)
    runs: bool = True

    async def open_model(self, model: bytes) -> None:
        if model == TRIAL and not self.runs:
            raise Unusable("host: the model does not run here")
        self.opened.append(model)
        await super().open_model(model)


@dataclass
class Citizen(Pair):
    """A pair whose host is watched."""

    def __post_init__(self) -> None:
        self.host: Watched = Watched(Services(self.city, now_ms=lambda: self.host.at_ms))
        self.device = self._device()


def publish_trial(city: City, share_milli: int | None, *, proposal: str = PROPOSAL) -> None:
    """Publish the next bundle, with a model on trial for a share of devices, or without."""
    files = city.files(LIVE)
    if share_milli is not None:
        trial = {"canary.onnx": TRIAL, "canary.json": card(TRIAL)}
        files = replace(files, by_name={**files.by_name, **trial}, canary=Canary(share_milli, proposal))
    publish(files, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=NOW_S)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


async def look(citizen: Citizen) -> None:
    """Say yes, and look at two pages."""
    citizen.host.at_ms += 1
    await citizen.choose("suggest")
    await citizen.view("/bins/new", "/parking/rules")


def citizen_of(city: City, *, used: bool) -> Citizen:
    """Somebody who said yes and looked at pages, on a device that drew this arm by its own dice."""
    for seed in range(100):
        citizen = Citizen(city, seed=seed)
        asyncio.run(citizen.open())
        asyncio.run(look(citizen))
        if (citizen.host.opened[-1] == TRIAL) == used:
            return citizen
    raise AssertionError("no such device in a hundred")


def panel(citizen: Citizen) -> object:
    """What the panel says of the model on trial."""

    async def ask() -> object:
        await citizen.device.feed(ProfileAsked())
        return json.loads([raw for kind, raw in citizen.host.shown if kind == "profile"][-1])["trial"]

    return asyncio.run(ask())


@pytest.mark.parametrize("share_milli", [1, 20, 50, 333, 500, 999, 1000])
def test_the_share_of_devices_is_the_one_that_was_signed(share_milli: int) -> None:
    """Of 4,000 devices with dice of their own as many try the model as chance allows: the exact binomial says
    that a count further off comes once in a thousand million runs."""
    devices, share = 4_000, share_milli / 1000
    canary = Canary(share_milli, PROPOSAL)
    drawn = [Arm.drawn(canary, seeded(100_000 + seed)) for seed in range(devices)]
    used = sum(arm.model(canary) is ModelName.TRIAL for arm in drawn)

    def mass(count: int) -> float:
        if share == 1:
            return float(count == devices)
        ways = math.lgamma(devices + 1) - math.lgamma(count + 1) - math.lgamma(devices - count + 1)
        return math.exp(ways + count * math.log(share) + (devices - count) * math.log1p(-share))

    below, above = sum(map(mass, range(used + 1))), sum(map(mass, range(used, devices + 1)))
    assert min(below, above) > 1e-9, used


def test_a_share_that_grows_sends_nobody_back() -> None:
    """The draw is kept, not the answer: who tries the model at one per cent tries it at ten."""
    arms = [Arm.drawn(Canary(1, PROPOSAL), seeded(seed)) for seed in range(2_000)]
    for smaller, larger in ((1, 10), (10, 100), (100, 1000)):
        used = {at for at, arm in enumerate(arms) if arm.model(Canary(smaller, PROPOSAL)) is ModelName.TRIAL}
        then = {at for at, arm in enumerate(arms) if arm.model(Canary(larger, PROPOSAL)) is ModelName.TRIAL}
        assert used < then


@pytest.mark.parametrize("used", [True, False])
def test_what_a_model_on_trial_needs_is_fetched_by_every_device(city: City, *, used: bool) -> None:
    """A large runtime for one of two models would tell who uses it: devices of both arms fetch whatever the
    trial needs with the bundle, once, and none does so for lack of a trial."""
    publish_trial(city, 300)
    assert citizen_of(city, used=used).host.tried == [TRIAL]
    publish_trial(city, None)
    after = Citizen(city, seed=1)
    asyncio.run(after.open())
    asyncio.run(look(after))
    assert (after.host.tried, after.host.opened) == ([], [LIVE])


def test_what_leaves_a_device_does_not_tell_its_arm(city: City) -> None:
    """Two devices, one of each arm: the same requests, byte for byte, and both fetch both models."""
    publish_trial(city, 300)
    wires: list[list[Request]] = []
    for used in (True, False):
        citizen = citizen_of(city, used=used)
        assert panel(citizen) == {"share_milli": 300, "used": used, "runs": True}
        wires.append(citizen.host.wire)
    outside = [
        [(request.method, request.path.rpartition("/receipts/")[0] or request.path, len(request.body))
         for request in wire]
        for wire in wires
    ]  # fmt: skip
    assert outside[0] == outside[1]
    fetched = {request.path for request in wires[0]}
    assert {f"/nearside/{SITE}/files/{digest(model.decode())}" for model in (LIVE, TRIAL)} <= fetched
    arms = [b"arm", PROPOSAL.encode()]
    assert not any(word in request.body for wire in wires for request in wire for word in arms)


def test_a_draw_is_kept_across_pages_and_browsers(city: City) -> None:
    """Opened again with other dice, the device uses the same model: nobody rolls until it suits them."""
    publish_trial(city, 500)
    citizen = citizen_of(city, used=True)
    kept = citizen.host.kept["arm"]
    for seed in range(20):
        citizen.seed = seed * 7
        asyncio.run(citizen.reopen())
        asyncio.run(citizen.view("/bins/new"))
        assert citizen.host.kept["arm"] == kept
        assert citizen.host.opened[-1] == TRIAL


def test_the_end_of_a_trial_leaves_nothing_on_the_device(city: City) -> None:
    """The kill switch is a bundle: without a canary the live model is open and the draw is gone."""
    publish_trial(city, 1000)
    citizen = Citizen(city)
    asyncio.run(citizen.open())
    asyncio.run(look(citizen))
    assert citizen.host.opened[-1] == TRIAL
    publish_trial(city, None)
    asyncio.run(citizen.device.install())
    assert "arm" not in citizen.host.kept
    assert citizen.host.opened[-1] == LIVE
    asyncio.run(citizen.view("/bins/new"))
    assert citizen.host.opened[-1] == LIVE
    assert panel(citizen) is None


def test_another_trial_is_another_draw(city: City) -> None:
    """An arm of one canary says nothing about the next."""
    old = Arm(digest("another"), 0)
    arm, using, effects = settle(old, ModelName.LIVE, canary=Canary(1, PROPOSAL), dice=seeded(5))
    assert arm is not None
    assert (arm.proposal, using) == (PROPOSAL, arm.model(Canary(1, PROPOSAL)))
    assert effects[0] == SaveArm(arm)
    assert settle(old, ModelName.TRIAL, canary=None, dice=seeded(5)) == (
        None,
        ModelName.LIVE,
        (EraseArm(), OpenModel(ModelName.LIVE)),
    )


def test_withdrawing_ends_the_trial_on_this_device(city: City) -> None:
    """No suggestions, no arm; and none is drawn before anybody said yes."""
    publish_trial(city, 1000)
    citizen = Citizen(city)
    asyncio.run(citizen.open())
    asyncio.run(citizen.view("/bins/new"))
    assert "arm" not in citizen.host.kept
    asyncio.run(look(citizen))
    assert "arm" in citizen.host.kept
    citizen.host.at_ms += 1
    asyncio.run(citizen.choose())
    assert "arm" not in citizen.host.kept


def test_a_bundle_that_ran_out_ends_the_trial(city: City) -> None:
    """An expired bundle suggests nothing, and its arm goes with it."""
    publish_trial(city, 1000)
    citizen = Citizen(city)
    asyncio.run(citizen.open())
    asyncio.run(look(citizen))
    citizen.host.at_ms = NOW_MS + 31 * DAY_MS
    asyncio.run(citizen.view("/bins/new"))
    assert "arm" not in citizen.host.kept


def test_a_trial_that_does_not_run_here_leaves_the_live_model(city: City) -> None:
    """A broken model on trial costs nobody their suggestions, and is tried once."""
    publish_trial(city, 1000)
    citizen = Citizen(city)
    citizen.host.runs = False
    asyncio.run(citizen.open())
    asyncio.run(look(citizen))
    assert citizen.host.opened == [LIVE]
    assert citizen.plans()
    assert Arm.from_bytes(citizen.host.kept["arm"]).draw == OUT
    assert panel(citizen) == {"share_milli": 1000, "used": False, "runs": False}


def test_a_share_that_nobody_signed_is_refused(city: City) -> None:
    """Whoever stands in between cannot put a device on trial: the share is in the signed and logged manifest,
    the same for everybody, and a device has no other way to learn one."""
    publish_trial(city, 10)
    path = f"nearside/{SITE}/bundle.json"
    honest = city.shelf.files[path]
    for was, forged in (
        (b'share_milli\\":10', b'share_milli\\":1000'),
        (b'share_milli\\":10', b'share_milli\\":0'),
    ):
        city.shelf.files[path] = honest.replace(was, forged)
        assert city.shelf.files[path] != honest
        with pytest.raises((Malformed, Untrue, Refused)):
            asyncio.run(Citizen(city).open())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        canonical.encode({"v": 1, "proposal": PROPOSAL, "draw": -1}),
        canonical.encode({"v": 1, "proposal": PROPOSAL, "draw": OUT + 1}),
        canonical.encode({"v": 1, "proposal": PROPOSAL, "draw": 1, "more": 1}),
        canonical.encode({"v": 2, "proposal": PROPOSAL, "draw": 1}),
    ],
)
def test_a_damaged_arm_is_drawn_anew(city: City, raw: bytes) -> None:
    """What a browser kept and cannot be read is dropped; the page works."""
    with pytest.raises(Malformed):
        Arm.from_bytes(raw)
    publish_trial(city, 1000)
    citizen = Citizen(city)
    asyncio.run(citizen.open())
    citizen.host.kept["arm"] = raw
    asyncio.run(look(citizen))
    assert Arm.from_bytes(citizen.host.kept["arm"]).proposal == PROPOSAL
