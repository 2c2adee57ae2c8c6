"""What erasure promises, over every kind of store: the count is true, whoever dies on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consent_ledger import log
from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasing import ErasureRegister, MemoryErasures, OpenErasure
from consent_ledger.erasure import BODY_BYTES, MAX_ENTRIES, EraseRecords, Erasure, ReceiptAuthority, Remains
from consent_ledger.erasure import SubjectAuthority as BySubject
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import MemorySidecars
from lambdas.finish_erasures.service import FinishErasuresService
from lambdas.shared.erasures import DynamoErasures
from lambdas.shared.sidecar import KmsSidecars
from tests.support.erasing import ASKED_AT, RecordKeeper, by_receipts, by_subject
from tests.support.ledger import opening, receipt_for, trusted
from tests.support.ledger_faults import Crash, MortalStore, at_step

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)

ID = bytes(range(16))
BOTH = pytest.mark.parametrize(
    "kind", ["memory", pytest.param("aws", marks=pytest.mark.stack)], indirect=True
)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> RecordKeeper:
    """An agency with nothing in it: in memory, or with records and register on MiniStack."""
    if request.param == "memory":
        return RecordKeeper()
    stack: MiniStack = request.getfixturevalue("ministack")
    dynamodb, kms = stack.client("dynamodb"), stack.client("kms")
    key_id = kms.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    sidecars = KmsSidecars(
        stack.table("pk"), stack.table("pk"), key_id=key_id, dynamodb_client=dynamodb, kms_client=kms
    )
    return RecordKeeper(sidecars, DynamoErasures(stack.table("pk", "sk"), dynamodb_client=dynamodb))


@pytest.fixture
def mine() -> list[Opening]:
    """Three openings of one subject."""
    return [opening(number) for number in range(3)]


def erase(agency: RecordKeeper, request: EraseRecords) -> Erasure:
    return agency.eraser().erase(request, verify=verify_claims)


@BOTH
@pytest.mark.parametrize("make", [by_subject, by_receipts])
def test_erasure_destroys_and_counts(kind: RecordKeeper, mine: list[Opening], make: Any) -> None:
    """Subject or receipt holder erases: nothing opens, the log says how many, a retry has the same answer."""
    kind.keep(*mine)
    request = make(mine)
    first = erase(kind, request)
    kind.at += 1000
    assert erase(kind, request) == first
    assert first.count == 3
    assert ASKED_AT < first.requested_at < first.completed_at < ASKED_AT + 1000
    assert [kind.sidecars.open(each.entry()) for each in mine] == [None, None, None]
    assert kind.counts() == [3] == [kind.unopened()]
    assert list(kind.register.completed()) == [(request.nonce(), first)]
    assert kind.register.unfinished(10) == ()
    assert kind.ledger.knows(first.entry(request.nonce()))


@BOTH
def test_two_erasures_count_each_record_once(kind: RecordKeeper, mine: list[Opening]) -> None:
    """Overlapping requests sum up to the number of records; what is left over is nothing."""
    kind.keep(*mine)
    erase(kind, by_subject(mine[:2]))
    erase(kind, by_receipts(mine))
    assert kind.counts() == [1, 2]
    with pytest.raises(Refused, match="nothing left"):
        erase(kind, by_subject(mine[1:]))
    assert kind.unopened() == 3
    assert kind.register.unfinished(10) == ()


@BOTH
def test_a_stranger_erases_nothing(kind: RecordKeeper, mine: list[Opening]) -> None:
    """Entries are public; a stranger's key, a wrong salt or a forged signature destroys nothing."""
    kind.keep(*mine)
    with pytest.raises(Refused, match="not authorised"):
        erase(kind, by_subject(mine, seed=3))
    entries = tuple(sorted(each.entry() for each in mine))
    with pytest.raises(Refused, match="not authorised"):
        erase(kind, EraseRecords(entries, ReceiptAuthority((bytes(32),) * 3)))
    with pytest.raises(Untrue):
        erase(kind, EraseRecords(entries, BySubject(mine[0].record.subject_key, bytes(64))))
    assert [kind.sidecars.open(each.entry()) for each in mine] == mine
    assert kind.counts() == []
    assert kind.register.unfinished(10) == ()


def _die(agency: RecordKeeper, act: Callable[[Any], object], *, at: int) -> bool:
    """Let a process act and die at a step; whether it came to that step."""
    fate = at_step(at)
    try:
        act(agency.eraser(lambda store: MortalStore(store, fate)))
    except Crash:
        return True
    return False


def test_a_death_at_any_step_is_completed_without_the_citizen(mine: list[Opening]) -> None:
    """Wherever the function dies, the next sweep makes the count true; a citizen who asks again changes
    nothing, and before anything was written down everything is as it was."""
    request = by_subject(mine)
    at, destroyed = 0, 0
    while True:
        at += 1
        agency = RecordKeeper()
        agency.keep(*mine)
        if not _die(agency, lambda eraser: eraser.erase(request, verify=verify_claims), at=at):
            break
        begun = bool(agency.register.unfinished(1) or tuple(agency.register.completed()))
        agency.eraser().sweep(10)
        assert agency.unopened() == sum(agency.counts()) == (3 if begun else 0)
        assert agency.register.unfinished(10) == ()
        destroyed += begun
        assert erase(agency, request).count == 3
        assert agency.counts() == [3]
        assert len(list(agency.register.completed())) == 1
    assert at > 30  # steps before and after each call of three stores
    assert 0 < destroyed < at


def test_a_sweep_that_dies_at_any_step_is_completed_by_the_next(mine: list[Opening]) -> None:
    """Function and sweep both die, each at any step: the count is fixed once, and stays."""
    request = by_subject(mine)
    pairs = 0
    for first in range(14, 33):  # 13 is the last step before the register knows of it
        at = 0
        while True:
            at += 1
            agency = RecordKeeper()
            agency.keep(*mine)
            assert _die(agency, lambda eraser: eraser.erase(request, verify=verify_claims), at=first)
            if not _die(agency, lambda eraser: eraser.sweep(10), at=at):
                break
            pairs += 1
            agency.eraser().sweep(10)
            assert agency.unopened() == 3 == sum(agency.counts())
            assert len(agency.counts()) == 1
            assert agency.register.unfinished(10) == ()
    assert pairs > 100


@BOTH
def test_two_at_one_erasure_do_it_once(kind: RecordKeeper, mine: list[Opening]) -> None:
    """A slow function and a sweep at the same erasure: whoever comes second finds what stands."""
    kind.keep(*mine)
    request = by_subject(mine)
    slow = kind.register.begin(OpenErasure(request.nonce(), request.entries, ASKED_AT))
    assert isinstance(slow, OpenErasure)
    done = kind.eraser().sweep(10)
    assert done == 1
    # It had read the register before the sweep, and knows nothing of it.
    assert kind.eraser().finish(slow) == dict(kind.register.completed())[request.nonce()]
    assert kind.counts() == [3]


@BOTH
def test_parted_entries_do_not_unsay_the_count(kind: RecordKeeper, mine: list[Opening]) -> None:
    """Between parting and completing somebody dies: nothing says any more which entries it were, and the
    number stands."""
    kind.keep(*mine)
    request = by_subject(mine)
    stale = OpenErasure(request.nonce(), request.entries, ASKED_AT)
    kind.register.begin(stale)
    for entry in request.entries:
        assert kind.sidecars.destroy(entry, request.nonce())
    assert kind.register.fix_count(request.nonce(), 3) == 3
    for entry in request.entries:
        kind.sidecars.part(entry, request.nonce())
    assert kind.eraser().finish(stale).count == 3
    assert kind.counts() == [3]


def test_what_was_kept_and_never_logged_is_logged_before_it_is_erased(mine: list[Opening]) -> None:
    """The function that takes records in died between keeping and logging: what an erasure counts is in the
    log all the same."""
    agency = RecordKeeper()
    agency.keep(*mine[1:])
    agency.sidecars.put(mine[0].entry(), mine[0])
    erase(agency, by_subject(mine))
    assert agency.counts() == [3] == [agency.unopened()]


def test_the_sweep_wakes_the_sequencer_when_it_did_something(mine: list[Opening]) -> None:
    """Its leaves are pending like any other; a turn without work is silent. One turn does not do it all."""
    agency, woken = RecordKeeper(), [0]
    agency.keep(*mine)

    def wake() -> None:
        woken[0] += 1

    service = FinishErasuresService(agency.eraser(), wake, most=2)
    assert (service.turn(), woken[0]) == (0, 0)
    for each in mine:
        request = by_subject([each])
        agency.register.begin(OpenErasure(request.nonce(), request.entries, ASKED_AT))
    assert [service.turn() for _ in range(3)] == [2, 1, 0]
    assert woken[0] == 2
    assert agency.counts() == [1, 1, 1]


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.stack)])
def register(request: pytest.FixtureRequest) -> ErasureRegister:
    """An empty register of each kind."""
    if request.param == "memory":
        return MemoryErasures()
    stack: MiniStack = request.getfixturevalue("ministack")
    return DynamoErasures(stack.table("pk", "sk"), dynamodb_client=stack.client("dynamodb"))


def test_a_register_begins_once_counts_once_completes_once(register: ErasureRegister) -> None:
    """Whatever is said first stands; when it is completed the entries are gone."""
    begun = OpenErasure(ID, (bytes(32), b"\x01" * 32), 7)
    assert register.begin(begun) == begun
    assert register.begin(replace(begun, requested_at=8)) == begun
    assert register.unfinished(5) == (begun,)
    assert register.fix_count(ID, 2) == 2
    assert register.fix_count(ID, 1) == 2
    assert register.withdraw(ID) == 2
    assert register.unfinished(5) == (replace(begun, count=2),)
    done = Erasure(2, 7, 9, 0)
    assert register.complete(ID, done) == done
    assert register.complete(ID, Erasure(2, 7, 10, 0)) == done
    assert register.begin(begun) == done
    assert register.fix_count(ID, 1) == 2
    assert register.withdraw(ID) == 2
    assert register.unfinished(5) == ()
    assert list(register.completed()) == [(ID, done)]


def test_a_register_forgets_what_destroyed_nothing(register: ErasureRegister) -> None:
    """An erasure without a count leaves no trace when it is withdrawn, and can begin again."""
    begun = OpenErasure(ID, (bytes(32),), 7)
    register.begin(begun)
    assert register.withdraw(ID) is None
    assert register.withdraw(ID) is None
    assert register.unfinished(5) == ()
    assert list(register.completed()) == []
    assert register.begin(replace(begun, requested_at=8)) == replace(begun, requested_at=8)


def test_a_register_hands_out_as_many_as_asked(register: ErasureRegister) -> None:
    """A sweep is bounded, whatever has piled up."""
    for number in range(5):
        register.begin(OpenErasure(bytes([number]) * 16, (bytes(32),), number))
    assert len(register.unfinished(3)) == 3
    assert len(register.unfinished(9)) == 5


def test_erasure_requests_read_back() -> None:
    """Both kinds of request print back byte for byte; unsorted or repeated entries are malformed."""
    openings = [opening(number) for number in range(2)]
    for request in (by_subject(openings), by_receipts(openings)):
        assert EraseRecords.from_bytes(request.to_bytes()) == request
        with pytest.raises(Malformed, match="not 9216 bytes"):
            EraseRecords.from_bytes(request.to_bytes().replace(b'xx"', b'"'))
    entries = tuple(sorted(each.entry() for each in openings))
    for wrong in (entries[::-1], entries[:1] * 2, (), entries * 33):
        with pytest.raises(Malformed):
            EraseRecords(wrong, ReceiptAuthority((bytes(32),) * len(wrong)))
    with pytest.raises(Malformed, match="one salt for each"):
        EraseRecords(entries, ReceiptAuthority((bytes(32),)))


@pytest.mark.parametrize("count", [1, 2, MAX_ENTRIES])
@pytest.mark.parametrize("make", [by_subject, by_receipts])
def test_a_request_does_not_tell_how_many_records_there_are(make: Any, count: int) -> None:
    """One entry or as many as there may be, by key or by receipts: the same number of bytes."""
    request = make([opening(number) for number in range(count)])
    assert len(request.to_bytes()) == BODY_BYTES


def test_a_line_of_the_register_reads_back_and_names_what_remains() -> None:
    """Backups remain exactly as long as there are any; nothing is completed before it was asked for."""
    done = Erasure(3, ASKED_AT, ASKED_AT + 2, 0)
    assert Erasure.from_bytes(done.to_bytes()) == done
    assert set(done.remains) == set(Remains) - {Remains.BACKUPS}
    assert set(replace(done, backup_horizon_days=7).remains) == set(Remains)
    with pytest.raises(Untrue, match="before it was requested"):
        Erasure(3, ASKED_AT, ASKED_AT - 1, 0)
    with pytest.raises(Malformed):
        Erasure.from_bytes(done.to_bytes().replace(b'"count":3', b'"count":0'))


def test_a_clock_set_back_does_not_make_the_register_untrue(mine: list[Opening]) -> None:
    """An erasure that ends on a clock behind the one on which it began ends when it began."""
    agency = RecordKeeper()
    agency.keep(*mine)
    request = by_subject(mine)
    agency.register.begin(OpenErasure(request.nonce(), request.entries, ASKED_AT + 500))
    assert agency.eraser().sweep(1) == 1
    (done,) = dict(agency.register.completed()).values()
    assert done.completed_at == done.requested_at == ASKED_AT + 500


def test_the_receipt_outlives_our_copy(mine: list[Opening]) -> None:
    """After erasure the citizen's own receipt still proves the consent, offline."""
    agency = RecordKeeper(MemorySidecars())
    agency.keep(mine[0])
    receipt = receipt_for(mine[0], agency.ledger)
    erase(agency, by_subject(mine[:1]))
    assert agency.sidecars.open(mine[0].entry()) is None
    verify_claims(receipt.check(trusted()))
    assert log.proof_for(agency.ledger, mine[0].entry()) is not None
