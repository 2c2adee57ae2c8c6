"""Whoever can send to the publisher's queue, and orders nothing: what they make up is no agency's order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lambdas.publish_bundle.ordered import NotOrdered, OrderedAlone
from lambdas.publish_bundle.result import Done
from lambdas.shared.agency.job import Ordered
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.waiting import Waiting
from lambdas.shared.publishing.job import Asked, Job, Kill, Publish, Revive, RollBack
from lambdas.shared.publishing.paging import Answer
from tests.support.city import NOW_S, SITE, City
from tests.support.publishing_jobs import AGENCY, Office, rules_with

GREATEST = 10**12


class Deployment:
    """An agency's office, the rows of its orders, and the function that publishes what is in both."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(City(folder))
        self.rows = MemoryRows()

    def order(self, job: Job) -> Job:
        """Order a job as the API's transaction does."""
        assert self.rows.write(AgencyId(job.agency), Ordered(job, "somebody", NOW_S).write)
        return job

    def do(self, job: Job, answer: Answer | None = None) -> object:
        """Deliver a message to the function."""
        return OrderedAlone(self.rows, self.office.service()).do(job, answer)

    def done(self, asked: Asked) -> Job:
        """Order something and have it done."""
        job = self.order(self.office.job(asked))
        assert isinstance(self.do(job), Done)
        return job

    def state(self) -> tuple[object, ...]:
        """Everything that is kept of jobs, served or logged."""
        office = self.office
        return dict(office.files.kept), dict(office.city.shelf.files), office.city.ledger.checkpoint()


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def left_as_it_was(deployment: Deployment, job: Job, answer: Answer | None = None) -> bool:
    """Whether a message that comes back without an answer changed nothing."""
    before = deployment.state()
    with pytest.raises(NotOrdered, match="ordered no such thing"):
        deployment.do(job, answer)
    return deployment.state() == before


def test_what_was_only_proposed_is_not_published(deployment: Deployment) -> None:
    """The files are kept and their list is the agency's own; nobody approved it, and so nobody ordered it."""
    office = deployment.office
    deployment.done(office.snapshot(office.with_model()))
    proposed = office.snapshot({**office.with_model(), "rules.json": rules_with(keep_days=30)})
    assert left_as_it_was(deployment, office.job(proposed))
    assert left_as_it_was(deployment, office.job(proposed), Answer("0" * 64, {}, "model: none"))
    deployment.done(proposed)


def test_no_stop_is_ended_for_good(deployment: Deployment) -> None:
    """A revival of the greatest number that there is would be later than any stop that anybody orders."""
    office = deployment.office
    deployment.done(office.snapshot(office.with_model()))
    deployment.done(Kill(None))
    for made_up in (Revive(), RollBack(1), Kill(("nowhere",))):
        assert left_as_it_was(deployment, replace(office.job(made_up), number=GREATEST))
    deployment.done(Revive())
    deployment.done(Kill(None))


def test_the_name_of_an_order_covers_nothing_else(deployment: Deployment) -> None:
    """Each word of a job counts: under an order's own id nothing but that order is done."""
    office = deployment.office
    job = deployment.order(office.job(office.snapshot(office.with_model())))
    assert isinstance(job.asked, Publish)
    others = [
        replace(job, number=GREATEST),
        replace(job, number=0),
        replace(job, id=f"{NOW_S + 1}-00000001"),
        replace(job, agency="thief"),
        replace(job, site="elsewhere"),
        replace(job, asked=Revive()),
        replace(job, asked=replace(job.asked, proposal="another")),
        replace(job, asked=replace(job.asked, snapshot="0" * 64)),
    ]
    for other in others:
        assert left_as_it_was(deployment, other)
    assert isinstance(deployment.do(job), Done)


def test_an_order_that_waits_is_none_by_itself(deployment: Deployment) -> None:
    """Who sends orders again may write which of them wait: that makes none."""
    job = deployment.office.job(Kill(None))
    assert deployment.rows.write(AgencyId(AGENCY), Waiting(job, NOW_S).write)
    assert job.site == SITE
    assert left_as_it_was(deployment, job)
