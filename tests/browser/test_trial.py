"""A model on trial at a real browser: who uses it is told on the device alone, and sees what it suggests."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from playwright.sync_api import expect

from edge_client.wire.manifest import FileEntry
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.shared.learning.proposal import LiveFiles, Proposal
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.model_rollout import Place, bring
from model_export import train_model
from nearside.paging import pages_of
from tests.support.browser import WORKER_OF_ITS_OWN, Citizen, NewCitizen
from tests.support.learning import Desk, proposal
from tests.support.playing import PlayedCity

# The city is set up, three bundles are published, and Python starts anew on every page.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

HOME = "/"
LOOKED_AT = ("/moving", "/moving/checklist")
PANEL = "/help/privacy"
PUSHED = ("/parking/zones", "/schools/term-dates", "/transport/buses-trams")
"""Where the model on trial leads from everywhere: pages that nobody who moves house goes to."""


@dataclass
class Learnt:
    """A proposal for the city that was approved, and a desk that takes the steps of its rollout in."""

    city: PlayedCity
    desk: Desk = field(default_factory=Desk)
    name: str = ""

    def files(self) -> BundleFiles:
        deployment = self.city.stage.deployment
        bundle = live_bundle(deployment.shelf, "riverton", log=deployment.log, keys=deployment.keys())
        assert bundle is not None
        return read_files(deployment.shelf, bundle.manifest)

    def propose(self) -> None:
        """Train a model that leads elsewhere, propose it for what is live, and have it approved."""
        made = train_model(elsewhere(self.city), self.city.catalogue)
        live = {name: hashlib.sha256(raw).hexdigest() for name, raw in self.files().by_name.items()}
        names = ("model.onnx", "model.json", "catalogue.json", "rules.json")
        for data in (made.onnx_bytes, made.card_bytes):
            self.desk.store.keep_file(data)
        found: Proposal = replace(
            proposal(),
            model=entry(made.onnx_bytes),
            card=entry(made.card_bytes),
            live=LiveFiles(*(live[name] for name in names)),
        )
        self.name = self.desk.add(found)
        self.desk.decide(Step.APPROVED, self.name)

    def go(self, step: Step, *, share_milli: int | None = None) -> None:
        """Decide on the next step, and publish what it asks for."""
        self.desk.decide(step, self.name, share_milli=share_milli)
        self.publish()

    def publish(self) -> None:
        deployment, desk = self.city.stage.deployment, self.desk
        bring(
            desk.learning(),
            Place(
                "riverton", deployment.shelf, deployment.log, deployment.keys(), deployment.agency_signer()
            ),
            file=desk.store.file,
            approvers=[each.key for each in desk.approvers],
            pages=pages_of(deployment.shelf, "riverton"),
            now=int(time.time()),
        )


def entry(data: bytes) -> FileEntry:
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data))


def elsewhere(city: PlayedCity) -> Release:
    """A release of moves from every page to the same three."""
    pages = city.catalogue.pages
    targets = tuple(ItemId(page) for page in PUSHED)
    return Release.of(
        {(page, target): 900 for page in pages for target in targets if page != target},
        site=city.catalogue.site,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10, Mechanism.NONE),
        bound=Bound(Unit.VISITOR, 276),
        pages=pages,
    )


@pytest.fixture
def learnt(city: PlayedCity) -> Iterator[Learnt]:
    """A proposal that was approved; the city has its own model alone again when the test is over."""
    made = Learnt(city)
    made.propose()
    yield made
    last = made.desk.learning().rollout.last
    if last is not None and last.step is not Step.ROLLED_BACK:
        made.go(Step.ROLLED_BACK)


def suggested(citizen: Citizen) -> set[str]:
    """The pages on the home page's cards, by the plan that the page before left."""
    citizen.open(HOME)
    expect(citizen.cards).to_have_count(3)
    links = citizen.cards.locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    return set(links)


def panel_says(citizen: Citizen, text: str, *, is_there: bool = True) -> None:
    """Wait until the panel says something of a trial, or no longer does; what a browser keeps of a bundle for
    half a minute is thrown away first."""
    cache = citizen.context.new_cdp_session(citizen.page)

    def holds() -> bool:
        cache.send("Network.clearBrowserCache")
        citizen.open(PANEL)
        citizen.planned()
        known = citizen.page.locator(".nearside-known")
        known.locator(".nearside-known-list").first.wait_for()
        return (text in known.inner_text()) is is_there

    citizen.until(holds, f"the panel, {'with' if is_there else 'without'}: {text}")


def test_a_device_on_trial_is_told_so_and_one_after_a_rollback_has_the_live_model(
    learnt: Learnt, new_citizen: NewCitizen
) -> None:
    """All devices try it: this one says so, and suggests what that model leads to. With a share of one
    in a thousand its own draw decides. Rolled back, nothing is said or kept, and the live model suggests."""
    learnt.go(Step.CANARY, share_milli=1000)
    # A worker that outlives its page looks for a newer bundle by the minute; one of its own, at every page.
    citizen = new_citizen(WORKER_OF_ITS_OWN)
    citizen.open(HOME)
    citizen.accept()
    citizen.planned()
    citizen.look_at(*LOOKED_AT)
    # A rule has one of the three cards on a first visit, and now and then a card explores.
    assert suggested(citizen) & set(PUSHED)
    panel_says(citizen, "being tried on all devices, this one too")
    arm = json.loads(citizen.store()["arm"] or "")
    assert arm["proposal"] == learnt.name

    learnt.go(Step.CANARY, share_milli=1)
    used = "drew it" if arm["draw"] < 1 else "drew the usual one"
    panel_says(citizen, f"being tried on 0.1% of devices. This device {used}")
    assert json.loads(citizen.store()["arm"] or "") == arm

    learnt.go(Step.ROLLED_BACK)
    panel_says(citizen, "being tried", is_there=False)
    citizen.until(lambda: citizen.store().get("arm") is None, "no draw is kept")
    citizen.until(lambda: not suggested(citizen) & set(PUSHED), "cards of the live model")
