"""What the functions decide, with nothing of AWS in sight."""

from __future__ import annotations

import hashlib
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent_ledger import documents, log
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BudgetLeaf
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.sidecar import MemorySidecars
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.candidates import Candidates
from edge_client.wire.consent import RecordConsent
from edge_client.wire.contribution import Contribution
from edge_client.wire.release import Mechanism, Release
from lambdas.add_contribution.service import AddContributionService, Outcome
from lambdas.make_release.service import MakeReleaseService
from lambdas.publish_checkpoint.service import PublishCheckpointService
from lambdas.read_receipt.service import ReadReceiptService
from lambdas.record_consent.service import RecordConsentService
from lambdas.sequence.service import SequenceService
from lambdas.shared.measurement.memory import MemoryBatches
from lambdas.shared.measurement.periods import due, first_day, is_open, last_day, open_weeks, week_of
from lambdas.shared.measurement.ports import RegisteredTask
from tests.support.ledger import device_signer, log_signer, record
from tests.support.measuring import NOON, PAGES, TASK, WEEK, Bundle, MemorySettled, Shelf, ample
from tests.support.witnesses import Panel


def consent() -> tuple[RecordConsentService, list[str]]:
    woken: list[str] = []
    service = RecordConsentService(
        controller="riverton",
        ledger=MemoryStorage(),
        sidecars=MemorySidecars(),
        verify=verify_claims,
        wake=lambda: woken.append("now"),
    )
    return service, woken


def signed(**changes: object) -> RecordConsent:
    made = record(**changes)
    return RecordConsent(made, bytes(range(32)), device_signer().sign(made.signed_bytes()))


def contributions(at: datetime = NOON, batches: MemoryBatches | None = None) -> AddContributionService:
    return AddContributionService(Bundle(TASK), batches or MemoryBatches(), lambda: at)


def report(source: int = 1, target: int = 2, period: str = WEEK) -> Contribution:
    return Contribution(TASK.task_id, period, secrets.token_hex(16), source, target)


def releasing(
    batches: MemoryBatches, *, below: Callable[[int], int] | None = None, at: datetime = NOON
) -> tuple[MakeReleaseService, Shelf, list[BudgetLeaf]]:
    shelf, leaves = Shelf(), list[BudgetLeaf]()
    service = MakeReleaseService(
        site=TASK.site,
        bundle=Bundle(TASK),
        batches=batches,
        releases=shelf,
        settled=MemorySettled(),
        log=lambda entry, data: leaves.append(documented(entry, data)),
        spending=ample(),
        mechanism=Mechanism.DISCRETE_LAPLACE,
        below=lambda _: below or random.Random(5).randrange,
        now=lambda: at,
    )
    return service, shelf, leaves


def documented(entry: BudgetLeaf, data: bytes) -> BudgetLeaf:
    """Whoever serves a release checks that it is the one that its leaf names."""
    assert list(documents.gather((entry,), (data,)).values()) == [data]
    return entry


def test_a_signed_record_is_logged_and_can_be_opened() -> None:
    """The log holds the commitment, the sidecar what opens it, and the sequencer is woken."""
    service, woken = consent()
    request = signed()
    entry = service.record(request).entry
    opening = Opening(request.record, request.salt, request.signature)
    assert (entry, service.sidecars.open(entry), woken) == (opening.entry(), opening, ["now"])
    assert service.ledger.knows(entry)


def test_the_agency_cannot_say_yes_for_a_citizen() -> None:
    """A record that its subject's key did not sign is untrue, and nothing is kept of it."""
    service, woken = consent()
    forged = replace(signed(), signature=device_signer(9).sign(record().signed_bytes()))
    with pytest.raises(Untrue):
        service.record(forged)
    entry = Opening(forged.record, forged.salt, forged.signature).entry()
    assert (service.ledger.knows(entry), service.sidecars.open(entry), woken) == (False, None, [])


def test_a_record_for_another_controller_is_refused() -> None:
    """One agency's ledger does not log what was said to another."""
    service, _ = consent()
    with pytest.raises(Refused):
        service.record(signed(controller="elsewhere"))


def test_an_accepted_record_is_proved_after_a_turn() -> None:
    """Accept, sequence, publish, read: the receipt verifies with the log's key."""
    service, _ = consent()
    request = signed()
    entry = service.record(request).entry
    reading = ReadReceiptService(service.ledger)
    assert reading.proof(entry.hex()) is None
    grown: list[str] = []
    turns = SequenceService(service.ledger, random.Random(1).randrange, lambda: grown.append("now"))
    assert turns.turn() == (1, 1)
    assert turns.turn() == (0, 1)
    assert grown == ["now"]
    assert reading.proof(entry.hex()) is None
    panel = Panel()
    publishing = PublishCheckpointService(service.ledger, log_signer(), panel.quorum())
    assert [publishing.publish(), publishing.publish()] == [1, 1]
    proof = reading.proof(entry.hex())
    assert proof is not None
    opening = Opening(request.record, request.salt, request.signature)
    receipt = Receipt(opening, opening.leaf(), TlogProof.parse(proof))
    verify_claims(receipt.check(panel.trusted()))


@pytest.mark.parametrize("entry", ["", "zz", "A" * 64, "0" * 63, "0" * 65])
def test_only_a_leaf_hash_can_be_asked_for(entry: str) -> None:
    """Anything else is malformed."""
    with pytest.raises(Malformed):
        ReadReceiptService(MemoryStorage()).proof(entry)


def test_a_turn_takes_what_many_batches_hold() -> None:
    """More pending entries than one batch are sequenced in one turn."""
    service, _ = consent()
    for number in range(7):
        made = record(event_at=number)
        service.record(RecordConsent(made, bytes(32), device_signer().sign(made.signed_bytes())))
    grown: list[str] = []
    turns = SequenceService(service.ledger, random.Random(1).randrange, lambda: grown.append("now"), batch=2)
    assert turns.turn() == (7, 7)
    assert (service.ledger.head().clean, grown) == (7, ["now"])


def test_a_turn_that_was_stopped_half_way_is_finished_and_told() -> None:
    """A batch that another turn left between head and tiles is integrated, and the publisher is woken."""
    service, _ = consent()
    service.record(signed())
    log.sequence(service.ledger, random.Random(1).randrange)
    grown: list[str] = []
    turns = SequenceService(service.ledger, random.Random(1).randrange, lambda: grown.append("now"))
    assert turns.turn() == (0, 1)
    assert grown == ["now"]


def test_a_contribution_is_accepted_once_and_again() -> None:
    """New and replayed are the same answer, so that an answer tells nothing."""
    service, once = contributions(), report()
    assert [service.add(once), service.add(once)] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    service.batches.close(TASK.task_id, WEEK)
    assert service.batches.counts(TASK.task_id, WEEK) == {(1, 2): 1}


def test_a_task_that_is_not_announced_is_unknown() -> None:
    """Taking a task out of the bundle stops it."""
    service = AddContributionService(Bundle(), MemoryBatches(), lambda: NOON)
    assert service.add(report()) is Outcome.UNKNOWN_TASK


def test_a_task_cannot_change_under_its_id() -> None:
    """Another configuration under an id that has contributions is untrue."""
    batches = MemoryBatches()
    assert contributions(batches=batches).add(report()) is Outcome.ACCEPTED
    changed = AddContributionService(Bundle(replace(TASK, epsilon_milli=9000)), batches, lambda: NOON)
    with pytest.raises(Untrue, match="another configuration"):
        changed.add(report())


def test_a_corrected_word_in_the_catalogue_does_not_stop_a_task() -> None:
    """Another catalogue with the same pages is the same task: reports count on, in the same batch."""
    batches, corrected = MemoryBatches(), Bundle(TASK)
    corrected.announced = {TASK.task_id: RegisteredTask(TASK, "2" * 64)}
    assert contributions(batches=batches).add(report()) is Outcome.ACCEPTED
    assert AddContributionService(corrected, batches, lambda: NOON).add(report()) is Outcome.ACCEPTED
    batches.close(TASK.task_id, WEEK)
    assert batches.counts(TASK.task_id, WEEK) == {(1, 2): 2}


def test_a_page_outside_the_task_is_malformed() -> None:
    """Indexes end where the task's pages end."""
    with pytest.raises(Malformed, match="no such page"):
        contributions().add(report(1, 3))


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (datetime(2026, 11, 15, 1, tzinfo=UTC), Outcome.ACCEPTED),
        (datetime(2026, 11, 14, 23, tzinfo=UTC), Outcome.PERIOD_CLOSED),
        (datetime(2026, 11, 24, 23, tzinfo=UTC), Outcome.ACCEPTED),
        (datetime(2026, 11, 25, 0, tzinfo=UTC), Outcome.PERIOD_CLOSED),
    ],
)
def test_a_week_is_open_a_day_early_and_two_days_late(at: datetime, outcome: Outcome) -> None:
    """Clocks differ and devices sleep; beyond that, a week is closed."""
    assert contributions(at).add(report()) is outcome


def test_weeks_are_iso_weeks() -> None:
    """The last days of a year can be in the first week of the next, and week 53 is not in every year."""
    assert week_of(datetime(2025, 12, 29, tzinfo=UTC)) == "2026-W01"
    assert (str(first_day("2026-W53")), str(last_day("2026-W53"))) == ("2026-12-28", "2027-01-03")
    for period in ("2025-W53", "2026-W00", "2026-47", "2026-W4"):
        with pytest.raises(Malformed):
            first_day(period)
    assert is_open(WEEK, at=NOON)
    assert open_weeks(at=NOON) == (WEEK,)
    assert open_weeks(at=datetime(2026, 11, 22, tzinfo=UTC)) == ("2026-W47", "2026-W48")
    assert open_weeks(at=datetime(2026, 11, 24, 23, tzinfo=UTC)) == ("2026-W47", "2026-W48")
    assert due(at=datetime(2026, 11, 25, tzinfo=UTC), weeks=2) == ("2026-W46", "2026-W47")
    assert due(at=datetime(2026, 11, 24, 23, tzinfo=UTC), weeks=1) == ("2026-W46",)


def filled(pairs: dict[tuple[int, int], int]) -> MemoryBatches:
    batches = MemoryBatches()
    service = contributions(batches=batches)
    for (source, target), count in pairs.items():
        for _ in range(count):
            assert service.add(report(source, target)) is Outcome.ACCEPTED
    return batches


def test_a_release_carries_noise_and_a_leaf() -> None:
    """Cells above the threshold come out, the leaf names what was spent and the release's hash."""
    service, shelf, leaves = releasing(filled({(0, 1): 200, (1, 2): 9}))
    data = service.release(TASK.task_id, WEEK)
    release = Release.parse(data)
    ((source, target, count),) = release.cells
    assert (source, target) == (0, 1)
    assert abs(count - 200) < 20
    assert release.pages == PAGES
    assert release.privacy.k == TASK.k < release.threshold
    assert shelf.files == {f"{TASK.task_id}/{WEEK}.json": data}
    assert [(each.task, each.period, each.epsilon_milli) for each in leaves] == [(TASK.task_id, WEEK, 1000)]
    assert leaves[0].release_hash == hashlib.sha256(data).digest()


def listed(*pairs: tuple[int, int]) -> Bundle:
    """The task's bundle with a public list of pairs."""
    return Bundle(TASK, public=Candidates.of(pairs, pages=PAGES))


def test_a_pair_outside_the_public_list_is_accepted_and_left_out() -> None:
    """Its contributions are answered like all others, and no release is about it."""
    batches = filled({(0, 1): 200, (1, 2): 200})
    service, _, leaves = releasing(batches)
    release = Release.parse(replace(service, bundle=listed((0, 1), (2, 0))).release(TASK.task_id, WEEK))
    assert [(source, target) for source, target, _ in release.cells] == [(0, 1)]
    assert release.candidates == listed((0, 1), (2, 0)).public.public
    assert [(leaf.epsilon_milli, leaf.delta_exp) for leaf in leaves] == [(1000, None)]


def test_on_a_public_list_a_count_need_only_reach_the_tasks_own_minimum() -> None:
    """Twelve devices show where fifteen could not hide one, and no delta is spent."""
    shown = 0
    for seed in range(20):
        service, _, _ = releasing(filled({(0, 1): 13}), below=random.Random(seed).randrange)
        release = Release.parse(replace(service, bundle=listed((0, 1))).release(TASK.task_id, WEEK))
        assert (release.threshold, release.privacy.delta_exp) == (TASK.k, None)
        shown += len(release.cells)
    assert shown >= 17


def test_other_dice_are_another_count() -> None:
    """Twenty releases of the same sums differ: what comes out is not the exact sum."""
    counts = set()
    for seed in range(20):
        service, _, _ = releasing(filled({(0, 1): 200}), below=random.Random(seed).randrange)
        counts.add(Release.parse(service.release(TASK.task_id, WEEK)).cells[0][2])
    assert len(counts) > 2


def test_a_batch_is_released_once() -> None:
    """Every later call returns the same bytes and the same leaf, though the dice would fall otherwise."""
    service, _, leaves = releasing(filled({(0, 1): 200}))
    assert service.release(TASK.task_id, WEEK) == service.release(TASK.task_id, WEEK)
    assert leaves[0] == leaves[1]


def test_the_exact_sums_do_not_outlive_the_release() -> None:
    """After the release nobody can make another with other noise."""
    batches = filled({(0, 1): 200})
    releasing(batches)[0].release(TASK.task_id, WEEK)
    assert batches.counts(TASK.task_id, WEEK) == {}


def test_a_crash_before_the_leaf_is_made_up_for() -> None:
    """When logging fails the release stands, and the next call logs the leaf for those very bytes."""
    service, shelf, leaves = releasing(filled({(0, 1): 200}))

    def fails(entry: BudgetLeaf, data: bytes) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        replace(service, log=fails).release(TASK.task_id, WEEK)
    standing = dict(shelf.files)
    assert service.release(TASK.task_id, WEEK) == standing[f"{TASK.task_id}/{WEEK}.json"]
    assert len(leaves) == 1


def test_a_batch_under_the_minimum_size_is_released_without_cells() -> None:
    """Nine reports of a task whose minimum is ten: the release is empty, and the sums are destroyed."""
    batches = filled({(0, 1): 9})
    service, _, leaves = releasing(batches)
    release = Release.parse(service.release(TASK.task_id, WEEK))
    assert (release.cells, release.pages) == ((), PAGES)
    assert [each.epsilon_milli for each in leaves] == [1000]
    assert batches.counts(TASK.task_id, WEEK) == {}


def test_a_task_that_nobody_announced_is_refused() -> None:
    """There is nothing to release, and nothing is closed."""
    with pytest.raises(Refused):
        releasing(MemoryBatches())[0].release(TASK.task_id, WEEK)


def test_an_announced_task_has_a_batch_before_anybody_contributes() -> None:
    """Nobody's contribution decides whether a week of it is released."""
    service, _, _ = releasing(MemoryBatches())
    service.register_announced()
    assert service.tasks_of(WEEK) == (TASK.task_id,)
    assert Release.parse(service.release(TASK.task_id, WEEK)).cells == ()


def test_a_retired_task_is_released_and_its_sums_destroyed() -> None:
    """A task that the bundle no longer announces still has its week, and leaves no exact sums behind."""
    batches = filled({(0, 1): 200})
    service = replace(releasing(batches)[0], bundle=Bundle())
    service.register_announced()
    assert service.tasks_of(WEEK) == (TASK.task_id,)
    assert len(Release.parse(service.release(TASK.task_id, WEEK)).cells) == 1
    assert batches.counts(TASK.task_id, WEEK) == {}


def test_sums_that_waited_too_long_are_destroyed_unreleased() -> None:
    """Five days after its week a batch is no longer whole, and its sums have stood long enough."""
    batches = filled({(0, 1): 200})
    end = datetime(2026, 11, 28, tzinfo=UTC)
    service, shelf, leaves = releasing(batches, at=end)
    with pytest.raises(Refused, match="waited too long"):
        service.release(TASK.task_id, WEEK)
    assert (shelf.files, leaves, batches.counts(TASK.task_id, WEEK)) == ({}, [], {})
    in_time = releasing(filled({(0, 1): 200}), at=end - timedelta(seconds=1))[0]
    assert len(Release.parse(in_time.release(TASK.task_id, WEEK)).cells) == 1
