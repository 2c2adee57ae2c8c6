"""Whoever gives the publisher jobs, or can write where it reads: nothing is signed that was not approved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_client.wire.manifest import Canary, FileEntry
from edge_client.wire.rules import Rules
from lambdas.publish_bundle.decided import DecidedModels
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.publish_bundle.service import PublishBundleService
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing.job import BringModel, Job, Kill, Publish, RollBack
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.snapshot import Snapshot
from lambdas.shared.publishing.stopping import is_stopped
from tests.support.agency import Agency
from tests.support.city import SITE, City
from tests.support.publishing_jobs import AGENCY, PROPOSAL, Office, rules_with


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(City(tmp_path))


def refused(service: PublishBundleService, job: Job) -> str:
    made = service.do(job)
    assert isinstance(made, RefusedJob), made
    return made.why


def untouched(office: Office) -> bool:
    """Nothing was signed, logged or served."""
    return office.city.shelf.files == {} and office.city.ledger.checkpoint() is None


def test_another_agency_moves_nothing(office: Office) -> None:
    """Neither by a job for a site that is not theirs, nor for one that nobody has, nor with the files of the
    site's own agency: they are told no more than that it is not theirs."""
    asked = office.snapshot(office.with_model())
    for agency, site in (("thief", SITE), (AGENCY, "elsewhere"), ("thief", "thief")):
        why = refused(office.service(), office.job(asked, agency=agency, site=site))
        assert why == "job: the site is not this agency's"
    assert untouched(office)


def listing(office: Office, change: Callable[[dict[str, FileEntry]], Snapshot]) -> Publish:
    """A snapshot as somebody wrote it who need not have kept its files."""
    kept = {name: office.files.put(data) for name, data in office.with_model().items()}
    return Publish(office.files.put(change(kept).to_bytes()).sha256, PROPOSAL)


POISONED: dict[str, Callable[[Office], Publish]] = {
    "a list that nobody kept": lambda _: Publish("0" * 64, PROPOSAL),
    "a file that nobody kept": lambda office: listing(
        office, lambda kept: Snapshot(AGENCY, SITE, {**kept, "rules.json": FileEntry("0" * 64, 2)})
    ),
    "a file of another length": lambda office: listing(
        office,
        lambda kept: Snapshot(
            AGENCY, SITE, {**kept, "rules.json": replace(kept["rules.json"], size_bytes=1)}
        ),
    ),
    "another agency's list": lambda office: listing(office, lambda kept: Snapshot("thief", SITE, kept)),
    "another site's list": lambda office: listing(office, lambda kept: Snapshot(AGENCY, "other", kept)),
    "code among the files": lambda office: listing(
        office, lambda kept: Snapshot(AGENCY, SITE, {**kept, "loader.js": kept["rules.json"]})
    ),
    "a model on trial that nobody decided on": lambda office: listing(
        office,
        lambda kept: Snapshot(
            AGENCY, SITE, {**kept, "canary.onnx": kept["model.onnx"], "canary.json": kept["model.json"]}
        ),
    ),
    "a list that is none": lambda office: Publish(office.files.put(b"[]").sha256, PROPOSAL),
    "a model for the card of another": lambda office: listing(
        office, lambda kept: Snapshot(AGENCY, SITE, {**kept, "model.onnx": office.files.put(b"other")})
    ),
}


@pytest.mark.parametrize("attack", POISONED, ids=str)
def test_a_poisoned_snapshot_is_refused_and_said_to_be(office: Office, attack: str) -> None:
    """Its agency reads why; nothing of it is served, and the job is over."""
    job = office.job(POISONED[attack](office))
    why = refused(office.service(), job)
    assert why
    assert office.files.result(job) is not None
    assert untouched(office)


def test_whoever_swaps_the_files_beneath_an_approval_publishes_nothing(office: Office) -> None:
    """Somebody who can write to the bucket puts other bytes under the names of those that were approved."""
    asked = office.snapshot(office.with_model())
    for name in list(office.files.kept):
        kept = dict(office.files.kept)
        office.files.kept[name] = kept[name] + b" "
        refused(office.service(), office.job(asked))
        office.files.kept = kept
    assert untouched(office)


def test_a_job_that_is_sent_again_undoes_no_stop(office: Office) -> None:
    """An old message, kept and sent once more after the site was stopped, is the same job: it is done."""
    old = office.job(office.snapshot(office.with_model()))
    office.service().do(old)
    office.service().do(office.job(Kill(None)))
    made = office.service().do(old)
    assert isinstance(made, Done)
    assert made.version == 1
    # Sent under a new name, it publishes, and what was stopped is stopped.
    again = office.service().do(office.job(old.asked))
    assert isinstance(again, Done)
    rules = Rules.parse(live_file(office, "rules.json"))
    assert all(is_stopped(slot) for slot in rules.slots)


def live_file(office: Office, name: str) -> bytes:
    """A file of the live bundle."""
    city = office.city
    bundle = live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)
    assert bundle is not None
    return city.shelf.files[f"nearside/{SITE}/files/{bundle.manifest.files[name].sha256}"]


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """A city whose people decide on models."""
    made = Agency(City(tmp_path))
    made.city.publish()
    return made


def publisher(agency: Agency) -> tuple[Office, PublishBundleService]:
    """The function for that city, with its people's decisions."""
    office = Office(agency.city)
    decided = DecidedModels(
        agency.learning,
        agency.city.shelf,
        agency.desk.store.file,
        tuple(each.key for each in agency.desk.approvers),
    )
    return office, replace(office.service(), decided=lambda _: decided)


def test_a_job_moves_no_model_that_nobody_decided_on(agency: Agency) -> None:
    """Proposed is not approved, approved is not on trial, and what was decided about one is not about
    another; what people with keys signed is what devices get."""
    office, service = publisher(agency)
    before = agency.files()
    name = agency.propose()
    asked = BringModel(name)
    for step in (None, Step.APPROVED):
        if step is not None:
            agency.desk.decide(step, name)
        assert "not about that proposal" in refused(service, office.job(asked))
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    assert "not about that proposal" in refused(service, office.job(BringModel("0" * 64)))
    assert agency.files() == before
    assert isinstance(service.do(office.job(asked)), Done)
    assert agency.files().canary == Canary(30, name)
    made = service.do(office.job(asked))
    assert isinstance(made, Done)
    assert made.version == 2


def test_going_back_brings_no_model_back_that_people_took_back(agency: Agency) -> None:
    """Whoever publishes is refused to go back past a decision of those who decide on models; further back, to
    what they left live, they may go."""
    office, service = publisher(agency)
    name = agency.propose()
    for step, share in ((Step.APPROVED, None), (Step.CANARY, 30), (Step.LIVE, None)):
        agency.desk.decide(step, name, share_milli=share)
        agency.apply()
    agency.desk.decide(Step.ROLLED_BACK, name)
    agency.apply()
    assert "taken back since" in refused(service, office.job(RollBack(3)))
    made = service.do(office.job(RollBack(2)))
    assert isinstance(made, Done)
    # Version 2 had it on trial: a trial is begun by those who decide, and by nobody else.
    assert agency.files().canary is None


def test_going_back_and_stopping_end_no_week_of_counting(office: Office) -> None:
    """What devices are asked to count, and at what price, is the deployer's: no job changes it."""
    office.service().do(office.job(office.snapshot(office.with_model())))
    before = live_file(office, "tasks.json")
    office.service().do(office.job(office.snapshot(office.drafts(rules=rules_with(keep_days=7)))))
    office.service().do(office.job(Kill(None)))
    office.service().do(office.job(RollBack(1)))
    assert live_file(office, "tasks.json") == before
