"""Orders that were lost on their way are sent again until something became of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from consent_ledger.errors import Malformed
from lambdas.agency_acts.office import Sent
from lambdas.resend_orders.service import MOST_A_SITE, ResendOrdersService, Run
from lambdas.shared.agency.job import Outcome, jobs_of
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.outbox import Outbox
from lambdas.shared.agency.rows import AgencyId, Place, Row, Write, all_rows
from lambdas.shared.agency.waiting import LATE_S, QUIET_S, Waiting, read_waiting, waiting_of
from lambdas.shared.publishing.job import Job, Kill, Revive
from tests.support.drafting import DEV, NOW, SITE, SITES, Town

US = AgencyId("riverton")
HERE = waiting_of(SITE)


@dataclass
class Crashed(Exception):
    """The machine stopped."""


class Rows(MemoryRows):
    """Rows of which one can be taken away, and that say how much of them was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_rows = 0

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        found = super().page(agency, place, after=after, limit=limit)
        self.read_rows += len(found)
        return found

    def drop(self, agency: AgencyId, place: Place, name: str) -> None:
        """Take a row away."""
        self._rows.get((agency, place), {}).pop(name, None)


@dataclass
class Deployment:
    """An agency's people, the one who sends again, and a publisher's queue that may refuse."""

    rows: Rows = field(default_factory=Rows)
    sent: list[Job] = field(default_factory=list)
    town: Town = None  # type: ignore[assignment]  # made at once

    def __post_init__(self) -> None:
        self.town = Town(self.rows)

    def again(self, after_s: int = 0) -> Run:
        """Wait, and look once at what waits."""
        self.town.now += after_s
        outcomes = self.town.bundles.office
        return ResendOrdersService(self.rows, outcomes, self.sent.append, SITES, lambda: self.town.now).run()

    def kill(self, key: str = "key") -> Job:
        """Have one ordered."""
        self.town.bundles.kill(DEV, SITE, Sent(key, {"slots": None}))
        return self.town.sent[-1]

    def settle(self, job: Job) -> None:
        """Something became of it."""
        self.town.outcomes[job.id] = Outcome(version=2)

    def waiting(self) -> list[Waiting]:
        """The orders that wait."""
        return [read_waiting(row) for row in all_rows(self.rows, US, HERE)]

    def ordered(self, count: int, *, first: int = 0) -> None:
        """That many orders in their rows, as if nobody had ever sent one."""
        for each in range(first, first + count):
            job = Job(f"{NOW}-{each:016x}", US, SITE, Revive(), each + 1)
            assert self.rows.write(US, Waiting(job, NOW).write)


def test_what_a_crash_lost_between_the_rows_and_the_queue_is_sent() -> None:
    """Whoever ordered it was told that it failed, or nothing at all, and never asks again."""
    deployment = Deployment()

    def crash(job: Job) -> None:
        raise Crashed

    town = deployment.town
    office = town.bundles.office
    object.__setattr__(office, "send", crash)
    try:
        town.bundles.kill(DEV, SITE, Sent("key", {"slots": None}))
    except Crashed:
        pass
    else:
        raise AssertionError("it was sent")
    (waiting,) = deployment.waiting()
    assert deployment.again(after_s=59) == Run(waiting=1)
    assert deployment.again(after_s=1) == Run(waiting=1, sent=1)
    assert deployment.sent == [waiting.job]
    deployment.settle(waiting.job)
    assert deployment.again() == Run()
    assert deployment.waiting() == []
    # What was ordered is there for whoever asks what became of it.
    assert len(all_rows(deployment.rows, US, jobs_of(SITE))) == 1


def test_a_queue_that_refuses_refuses_nobody() -> None:
    """The order is taken all the same: it is in its row."""

    class Refusing:
        """A queue that is away."""

        def send_message(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "away"}}, "SendMessage")

    deployment = Deployment()
    office = deployment.town.bundles.office
    object.__setattr__(office, "send", Outbox(Refusing(), "jobs", "kills").send)  # type: ignore[arg-type]  # it is away
    answer = deployment.town.bundles.kill(DEV, SITE, Sent("key", {"slots": None}))
    assert answer["state"] == "queued"
    assert deployment.again(after_s=60).sent == 1
    assert [job.id for job in deployment.sent] == [answer["job"]]


def test_what_the_queue_gave_up_is_sent_less_and_less_often() -> None:
    """After one minute, then after two, and so on up to an hour: never not at all."""
    deployment = Deployment()
    deployment.kill()
    sent_at = []
    for minute in range(1, 500):
        if deployment.again(after_s=60).sent:
            sent_at.append(minute)
    # The first time it was sent was when it was ordered.
    gaps = [after - before for before, after in zip([0, *sent_at], sent_at, strict=False)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:]) == {60}
    assert {job.id for job in deployment.sent} == {deployment.town.sent[0].id}


def test_somebody_is_told_of_what_waits_for_ten_minutes() -> None:
    """And not of what waits for less, or for no more."""
    deployment = Deployment()
    job = deployment.kill()
    assert deployment.again(after_s=LATE_S - 1).late == 0
    assert deployment.again(after_s=1).late == 1
    deployment.settle(job)
    assert deployment.again().late == 0


def test_keys_that_are_sent_again_fill_no_queue() -> None:
    """Whoever repeats a request a thousand times has its job sent once a moment while nothing became of it,
    and not once after that."""
    deployment = Deployment()
    job = deployment.kill()
    for _ in range(1000):
        assert deployment.kill() == job
    assert len(deployment.town.sent) == 1
    deployment.town.now += QUIET_S
    for _ in range(1000):
        deployment.kill()
    assert [each.id for each in deployment.town.sent] == [job.id] * 2
    deployment.settle(job)
    deployment.town.now += QUIET_S
    deployment.kill()
    assert len(deployment.town.sent) == 2


def test_a_run_is_bounded_and_stops_come_first() -> None:
    """However many orders wait, a kill is among those that are looked at, and what is over is not read."""
    deployment = Deployment()
    deployment.ordered(MOST_A_SITE + 50)
    assert deployment.again(after_s=60).sent == MOST_A_SITE
    job = deployment.kill()
    deployment.again(after_s=60)
    assert deployment.sent[MOST_A_SITE] == job
    assert isinstance(deployment.sent[MOST_A_SITE].asked, Kill)


def test_two_hundred_orders_that_hang_hold_nothing_up() -> None:
    """Orders that never come to anything, and a later one behind them: it is sent, and taken away when it is
    over, in two runs at most."""
    deployment = Deployment()
    deployment.ordered(MOST_A_SITE)
    deployment.again(after_s=60)
    deployment.town.now += 3600
    deployment.ordered(1, first=MOST_A_SITE)
    deployment.again(after_s=60)
    deployment.again(after_s=60)
    last = f"{NOW}-{MOST_A_SITE:016x}"
    assert last in {job.id for job in deployment.sent}
    deployment.town.outcomes[last] = Outcome(version=2)
    for _ in range(2):
        deployment.again(after_s=3600)
    assert last not in {each.job.id for each in deployment.waiting()}


def test_kills_that_hang_starve_no_publication() -> None:
    """However many there are, some of a run is for other orders."""
    deployment = Deployment()
    for each in range(MOST_A_SITE + 50):
        job = Job(f"{NOW}-{each:016x}", US, SITE, Kill(None), each + 1)
        assert deployment.rows.write(US, Waiting(job, NOW).write)
    deployment.ordered(1, first=1000)
    deployment.again(after_s=60)
    assert len(deployment.sent) == MOST_A_SITE
    assert [job.asked for job in deployment.sent].count(Revive()) == 1


def test_a_row_that_cannot_be_read_stops_nobody() -> None:
    """Neither what waits behind it nor another site's kill; somebody is told of it in the same run."""
    deployment = Deployment()
    assert deployment.rows.write(US, Write(HERE, "0-bad", b"{}", after=0))
    owners = {site: agency for site, agency in SITES.owners.items() if agency != US}
    (elsewhere, there), *_ = owners.items()
    jobs = [
        Job(f"{NOW}-{1:016x}", US, SITE, Revive(), 1),
        Job(f"{NOW}-{2:016x}", there, elsewhere, Kill(None), 2),
    ]
    for job in jobs:
        assert deployment.rows.write(AgencyId(job.agency), Waiting(job, NOW).write)
    for minute in range(1, 3):
        deployment.sent.clear()
        run = deployment.again(after_s=60 * minute)
        assert {job.id for job in deployment.sent} == {job.id for job in jobs}
        assert run == Run(waiting=2, sent=2, late=1, failed=1)


def test_a_result_that_cannot_be_read_stops_nobody() -> None:
    """Its order has its turn like any other, and is sent again: the publisher does it once."""
    deployment = Deployment()
    deployment.ordered(MOST_A_SITE + 1)
    outcome_of = deployment.town.bundles.office.outcome_of

    def unreadable(agency: AgencyId, site: str, job: str) -> Outcome | None:
        if int(job.partition("-")[2], 16) < MOST_A_SITE:
            raise Malformed("job: neither a version nor why not")
        return outcome_of(agency, site, job)

    object.__setattr__(deployment.town.bundles.office, "outcome_of", unreadable)
    first = deployment.again(after_s=60)
    assert (first.sent, first.failed) == (MOST_A_SITE, MOST_A_SITE)
    deployment.again(after_s=60)
    assert {job.id for job in deployment.sent} == {each.job.id for each in deployment.waiting()}


def test_rows_that_cannot_be_listed_stop_no_other_site() -> None:
    """One site's are away: the others' orders are sent, at whichever site a run begins."""
    deployment = Deployment()
    deployment.ordered(1)
    page = deployment.rows.page

    def away(agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        if agency != US:
            raise Crashed
        return page(agency, place, after=after, limit=limit)

    object.__setattr__(deployment.rows, "page", away)
    for _ in range(2):
        deployment.sent.clear()
        run = deployment.again(after_s=7200 + 60)
        assert (len(deployment.sent), run.failed) == (1, 1)


def test_each_run_begins_at_another_site() -> None:
    """A run that is ended before it was everywhere has begun where the one before it had not come."""
    deployment, asked = Deployment(), list[str]()
    page = deployment.rows.page

    def told(agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        asked.append(agency)
        return page(agency, place, after=after, limit=limit)

    object.__setattr__(deployment.rows, "page", told)
    for _ in range(2):
        deployment.again(after_s=60)
    assert asked == [*asked[:2], *reversed(asked[:2])]
    assert len(set(asked)) == 2


def test_what_is_over_costs_nothing_to_look_for() -> None:
    """A run reads what waits, and not what ever was ordered."""
    deployment = Deployment()
    for each in range(20):
        deployment.settle(deployment.kill(f"key-{each}"))
        deployment.town.now += 1
    deployment.again()
    deployment.rows.read_rows = 0
    assert deployment.again() == Run()
    assert deployment.rows.read_rows == 0


def test_of_two_who_send_one_order_one_does() -> None:
    """A run that is slow, and the next one, or a person."""
    deployment = Deployment()
    deployment.ordered(1)
    rows = deployment.rows

    class Slow(Rows):
        """Between what it reads and what it writes, somebody else sends it."""

        def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
            found = rows.page(agency, place, after=after, limit=limit)
            if agency == US and not deployment.sent:
                deployment.again(after_s=60)
            return found

        def write(self, agency: AgencyId, *writes: Write) -> bool:
            return rows.write(agency, *writes)

    office = deployment.town.bundles.office
    slow = ResendOrdersService(Slow(), office, deployment.sent.append, SITES, lambda: deployment.town.now)
    assert slow.run().sent == 0
    assert len(deployment.sent) == 1
