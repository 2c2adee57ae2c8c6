"""The laws of `Batches`: every implementation passes them, the reference in memory first."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent_ledger.errors import Refused
from edge_client.wire.contribution import NOTHING, Contribution
from edge_client.wire.task import MeasurementTask, TaskKind
from lambdas.shared.measurement.dynamo import SHARDS, DynamoBatches
from lambdas.shared.measurement.memory import MemoryBatches
from lambdas.shared.measurement.periods import kept_until, sums_kept_until
from lambdas.shared.measurement.ports import Added, Batches, RegisteredTask

pytest_plugins = ["tests.support.ministack"]
WEEK = "2026-W47"


@pytest.fixture(params=["memory", "dynamo"])
def batches(request: pytest.FixtureRequest) -> Batches:
    if request.param == "memory":
        return MemoryBatches()
    ministack = request.getfixturevalue("ministack")
    return DynamoBatches(ministack.client("dynamodb"), ministack.table("pk", "sk"), secrets.randbelow)


def report(source: int = 1, target: int = 2, *, report_id: str | None = None) -> Contribution:
    return Contribution("t", WEEK, report_id or secrets.token_hex(16), source, target)


def task(task_id: str = "t", *, k: int = 10) -> RegisteredTask:
    made = MeasurementTask(
        task_id=task_id,
        kind=TaskKind.PAGE_PAIRS,
        site="city",
        pages_hash="0" * 64,
        pages=9,
        pairs_per_week=1,
        k=k,
        epsilon_milli=1000,
        delta_exp=6,
        purpose="learn",
        sentence="A sentence.",
    )
    return RegisteredTask(made, "1" * 64)


def test_sums_are_what_was_added(batches: Batches) -> None:
    """Pairs and empty reports are summed apart, and only a closed batch shows its sums."""
    for _ in range(3):
        assert batches.add(report(1, 2)) is Added.NEW
    assert batches.add(report(2, 1)) is Added.NEW
    assert batches.add(Contribution.nothing("t", period=WEEK, report_id="a" * 32)) is Added.NEW
    with pytest.raises(Refused, match="open"):
        batches.counts("t", WEEK)
    batches.close("t", WEEK)
    assert batches.counts("t", WEEK) == {(1, 2): 3, (2, 1): 1, (NOTHING, NOTHING): 1}


def test_a_report_counts_once(batches: Batches) -> None:
    """However often it is sent, also after its batch was closed."""
    once = report()
    assert [batches.add(once) for _ in range(3)] == [Added.NEW, Added.REPLAYED, Added.REPLAYED]
    batches.close("t", WEEK)
    assert batches.add(once) is Added.REPLAYED
    assert batches.counts("t", WEEK) == {(1, 2): 1}


def test_nothing_enters_a_closed_batch(batches: Batches) -> None:
    """Closing is for good and may be repeated; other weeks and tasks stay open."""
    batches.close("t", WEEK)
    batches.close("t", WEEK)
    assert batches.add(report()) is Added.CLOSED
    assert batches.add(Contribution("t", "2026-W48", "b" * 32, 1, 2)) is Added.NEW
    assert batches.counts("t", WEEK) == {}


def test_a_discarded_batch_stays_closed(batches: Batches) -> None:
    """The exact sums are gone, and the batch does not open again."""
    batches.add(report())
    with pytest.raises(Refused, match="open"):
        batches.discard("t", WEEK)
    batches.close("t", WEEK)
    batches.discard("t", WEEK)
    batches.discard("t", WEEK)
    assert batches.counts("t", WEEK) == {}
    assert batches.add(report()) is Added.CLOSED


def test_the_first_registration_stands(batches: Batches) -> None:
    """A task of the same id with another configuration does not replace it, in whichever week it comes."""
    assert batches.registered("t") is None
    assert batches.register(task(), WEEK) == task()
    assert batches.register(task(k=20), WEEK) == task()
    assert batches.register(task(k=20), "2026-W48") == task()
    assert batches.registered("t") == task()
    assert batches.registered("other") is None


def test_a_week_lists_its_tasks_after_their_batches_are_gone(batches: Batches) -> None:
    """Each once, sorted, whether or not anything came or the batch was closed; other weeks apart."""
    assert batches.tasks_of(WEEK) == ()
    for task_id in ("t", "s", "t"):
        batches.register(task(task_id), WEEK)
    batches.register(task("r"), "2026-W48")
    batches.close("t", WEEK)
    batches.discard("t", WEEK)
    assert batches.tasks_of(WEEK) == ("s", "t")
    assert batches.tasks_of("2026-W48") == ("r",)


def test_reports_at_once_are_all_counted_once(batches: Batches) -> None:
    """Sixteen senders, every report twice: none lost, none doubled, busy ones try again."""
    reports = [report(n % 3, 5) for n in range(120)]
    twice = [*reports, *reports]
    random.Random(1).shuffle(twice)

    def send(each: Contribution) -> Added:
        while (became := batches.add(each)) is Added.BUSY:
            pass
        return became

    with ThreadPoolExecutor(16) as senders:
        became = Counter(senders.map(send, twice))
    batches.close("t", WEEK)
    assert became == {Added.NEW: 120, Added.REPLAYED: 120}
    assert batches.counts("t", WEEK) == {(0, 5): 40, (1, 5): 40, (2, 5): 40}


def test_what_was_accepted_before_closing_is_in_the_sums(batches: Batches) -> None:
    """While senders race with the closing, accepted reports are counted and refused ones are not."""

    def send(number: int) -> Added:
        if number == 60:
            batches.close("t", WEEK)
        while (became := batches.add(report(number % 2, 5))) is Added.BUSY:
            pass
        return became

    with ThreadPoolExecutor(16) as senders:
        became = Counter(senders.map(send, range(120)))
    assert set(became) == {Added.NEW, Added.CLOSED}
    assert sum(batches.counts("t", WEEK).values()) == became[Added.NEW]


def test_no_row_joins_a_report_to_its_pages(ministack: object) -> None:
    """In the table, a report's id stands in one row, alone with a date; its shard is drawn, not derived."""
    client, table = ministack.client("dynamodb"), ministack.table("pk", "sk")  # type: ignore[attr-defined]  # the fixture's type is in its module
    drawn: list[int] = []

    def below(most: int) -> int:
        drawn.append(most)
        return 3

    DynamoBatches(client, table, below).add(report(7, 8, report_id="c" * 32))
    rows = client.scan(TableName=table)["Items"]
    assert drawn == [SHARDS]
    assert sorted((row["pk"]["S"], row["sk"]["S"]) for row in rows) == [
        (f"batch#t#{WEEK}#3", "cell#7#8"),
        (f"report#{'c' * 32}", f"t#{WEEK}"),
    ]
    (seen,) = [row for row in rows if row["pk"]["S"].startswith("report#")]
    assert set(seen) == {"pk", "sk", "expires_at"}


def test_every_row_of_a_report_expires(ministack: object) -> None:
    """Ids and sums alike, also when no release ever comes; a second report makes no sum last longer."""
    client, table = ministack.client("dynamodb"), ministack.table("pk", "sk")  # type: ignore[attr-defined]  # the fixture's type is in its module
    batches = DynamoBatches(client, table, lambda most: 0)
    for _ in range(2):
        batches.add(report())
    batches.add(Contribution.nothing("t", period=WEEK, report_id="d" * 32))
    ends = {
        row["sk"]["S"].partition("#")[0]: int(row["expires_at"]["N"])
        for row in client.scan(TableName=table)["Items"]
    }
    assert ends == {"t": kept_until(WEEK), "cell": sums_kept_until(WEEK)}


def test_a_batch_has_one_secret_until_its_sums_are_destroyed(batches: Batches) -> None:
    """The same at every call, apart for every week, no part of the sums, and another one after them."""
    batches.add(report())
    seed = batches.seed("t", WEEK)
    assert (len(seed), batches.seed("t", WEEK)) == (32, seed)
    assert batches.seed("t", "2026-W48") != seed
    batches.close("t", WEEK)
    assert batches.counts("t", WEEK) == {(1, 2): 1}
    batches.discard("t", WEEK)
    assert batches.seed("t", WEEK) != seed


def test_many_who_ask_at_once_are_told_one_secret(batches: Batches) -> None:
    """Two functions that release one week draw the same noise."""
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: batches.seed("t", WEEK), range(8)))) == 1
