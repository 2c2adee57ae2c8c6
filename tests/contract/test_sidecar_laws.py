"""The laws that every store of sidecars must keep, and what erasure promises over each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consent_ledger import log
from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasure import EraseRecords, ReceiptAuthority, SubjectAuthority, erase, signed_bytes
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import ErasureLeaf, parse_leaf
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import (
    PLAIN_BYTES,
    SEALED_BYTES,
    MemorySidecars,
    SealedOpening,
    Sidecars,
    pack,
    unpack,
)
from consent_ledger.storage.memory import MemoryStorage
from lambdas.shared.sidecar import KmsSidecars
from tests.support.ledger import device_signer, opening, receipt_for, trusted

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)


class AwsSidecars(KmsSidecars):
    """The real adapter, with the names of what it was made of at hand."""

    stack: Any
    boxes: str
    keys: str


@pytest.fixture
def aws(request: pytest.FixtureRequest) -> AwsSidecars:
    """The real adapter over MiniStack."""
    stack: MiniStack = request.getfixturevalue("ministack")
    kms = stack.client("kms")
    key_id = kms.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    boxes, keys = stack.table("pk"), stack.table("pk")
    made = AwsSidecars(boxes, keys, key_id=key_id, dynamodb_client=stack.client("dynamodb"), kms_client=kms)
    made.stack, made.boxes, made.keys = stack, boxes, keys
    return made


@pytest.fixture(params=["memory", pytest.param("aws", marks=pytest.mark.stack)])
def sidecars(request: pytest.FixtureRequest) -> Sidecars:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemorySidecars()
    store: AwsSidecars = request.getfixturevalue("aws")
    return store


@pytest.fixture
def mine() -> list[Opening]:
    """Three openings of one subject."""
    return [opening(number) for number in range(3)]


def by_subject(openings: list[Opening], seed: int = 2) -> EraseRecords:
    """A request signed by the subject of the openings, or by the key of another seed."""
    entries = tuple(sorted(each.entry() for each in openings))
    signer = device_signer(seed)
    return EraseRecords(entries, SubjectAuthority(signer.key.public_key, signer.sign(signed_bytes(entries))))


def by_receipts(openings: list[Opening]) -> EraseRecords:
    """A request that shows the salts, as the holder of the receipts can."""
    ordered = sorted(openings, key=Opening.entry)
    return EraseRecords(
        tuple(each.entry() for each in ordered), ReceiptAuthority(tuple(each.salt for each in ordered))
    )


def erased_count(storage: MemoryStorage) -> list[int]:
    """The counts of the erasure leaves that wait in the log."""
    found = [parse_leaf(data) for data in storage.pending(100)]
    return [each.count for each in found if isinstance(each, ErasureLeaf)]


def test_what_is_put_opens(sidecars: Sidecars, mine: list[Opening]) -> None:
    """An opening comes back whole, a second put changes nothing, and an unknown entry opens to nothing."""
    entry = mine[0].entry()
    sidecars.put(entry, mine[0])
    sidecars.put(entry, mine[1])
    assert sidecars.open(entry) == mine[0]
    assert sidecars.open(mine[2].entry()) is None


def test_what_is_destroyed_never_comes_back(sidecars: Sidecars, mine: list[Opening]) -> None:
    """After destruction nothing opens, and a replay of the request that recorded it changes nothing."""
    entry = mine[0].entry()
    sidecars.put(entry, mine[0])
    assert sidecars.destroy(entry, b"first")
    assert sidecars.open(entry) is None
    sidecars.put(entry, mine[0])
    assert sidecars.open(entry) is None
    assert sidecars.destroy(entry, b"first")
    assert not sidecars.destroy(entry, b"second")


def test_nothing_is_not_destroyed(sidecars: Sidecars, mine: list[Opening]) -> None:
    """Destroying what never was is not an erasure."""
    assert not sidecars.destroy(mine[0].entry(), b"first")


@pytest.mark.parametrize("make", [by_subject, by_receipts])
def test_erasure_destroys_and_counts(sidecars: Sidecars, mine: list[Opening], make: Any) -> None:
    """Subject or receipt holder erases: nothing opens, the log says how many, a retry adds nothing."""
    storage = MemoryStorage()
    for each in mine:
        sidecars.put(each.entry(), each)
    request = make(mine)
    first = erase(storage, sidecars, request=request, verify=verify_claims)
    again = erase(storage, sidecars, request=request, verify=verify_claims)
    assert first == again
    assert [sidecars.open(each.entry()) for each in mine] == [None, None, None]
    assert erased_count(storage) == [3]


def test_an_erasure_that_died_half_way_completes_with_the_whole_count(
    sidecars: Sidecars, mine: list[Opening]
) -> None:
    """Keys destroyed before a crash are counted by the retry: no deletion stays silent."""
    storage = MemoryStorage()
    for each in mine:
        sidecars.put(each.entry(), each)
    request = by_subject(mine)
    assert sidecars.destroy(request.entries[0], request.nonce())
    erase(storage, sidecars, request=request, verify=verify_claims)
    assert erased_count(storage) == [3]


def test_two_erasures_count_each_record_once(sidecars: Sidecars, mine: list[Opening]) -> None:
    """Overlapping requests sum up to the number of records."""
    storage = MemoryStorage()
    for each in mine:
        sidecars.put(each.entry(), each)
    erase(storage, sidecars, request=by_subject(mine[:2]), verify=verify_claims)
    erase(storage, sidecars, request=by_receipts(mine), verify=verify_claims)
    assert sorted(erased_count(storage)) == [1, 2]
    with pytest.raises(Refused, match="nothing left"):
        erase(storage, sidecars, request=by_subject(mine[1:]), verify=verify_claims)


def test_a_stranger_erases_nothing(sidecars: Sidecars, mine: list[Opening]) -> None:
    """Entries are public; a stranger's key, a wrong salt or a forged signature destroys nothing."""
    storage = MemoryStorage()
    for each in mine:
        sidecars.put(each.entry(), each)
    with pytest.raises(Refused, match="not authorised"):
        erase(storage, sidecars, request=by_subject(mine, seed=3), verify=verify_claims)
    entries = tuple(sorted(each.entry() for each in mine))
    guessed = EraseRecords(entries, ReceiptAuthority((bytes(32),) * 3))
    with pytest.raises(Refused, match="not authorised"):
        erase(storage, sidecars, request=guessed, verify=verify_claims)
    forged = EraseRecords(entries, SubjectAuthority(mine[0].record.subject_key, bytes(64)))
    with pytest.raises(Untrue):
        erase(storage, sidecars, request=forged, verify=verify_claims)
    assert [sidecars.open(each.entry()) for each in mine] == mine
    assert erased_count(storage) == []


def test_erasure_requests_read_back() -> None:
    """Both kinds of request print back byte for byte; unsorted or repeated entries are malformed."""
    openings = [opening(number) for number in range(2)]
    for request in (by_subject(openings), by_receipts(openings)):
        assert EraseRecords.from_bytes(request.to_bytes()) == request
    entries = tuple(sorted(each.entry() for each in openings))
    for wrong in (entries[::-1], entries[:1] * 2, (), entries * 33):
        with pytest.raises(Malformed):
            EraseRecords(wrong, ReceiptAuthority((bytes(32),) * len(wrong)))
    with pytest.raises(Malformed, match="one salt for each"):
        EraseRecords(entries, ReceiptAuthority((bytes(32),)))


def test_every_sidecar_has_the_same_size() -> None:
    """Size says nothing about the record, and the plaintext reads back."""
    for number, controller in enumerate(("a", "a" * 100)):
        made = opening(number, controller=controller)
        assert len(pack(made)) == PLAIN_BYTES
        assert unpack(pack(made)) == made
    with pytest.raises(Malformed):
        unpack(pack(opening())[:-1])
    with pytest.raises(Malformed):
        SealedOpening.from_bytes(b"NSC2" + bytes(SEALED_BYTES - 4))


@pytest.mark.stack
def test_a_box_moved_to_another_entry_does_not_open(aws: AwsSidecars, mine: list[Opening]) -> None:
    """An operator who swaps boxes or keys between entries gets evidence, not another record."""
    table = aws.stack.client("dynamodb")
    for each in mine[:2]:
        aws.put(each.entry(), each)
    one, two = (each.entry().hex() for each in mine[:2])
    box = table.get_item(TableName=aws.boxes, Key={"pk": {"S": two}})["Item"]
    table.put_item(TableName=aws.boxes, Item={**box, "pk": {"S": one}})
    with pytest.raises(Untrue, match="does not open"):
        aws.open(mine[0].entry())


@pytest.mark.stack
def test_what_is_stored_holds_no_plain_word(aws: AwsSidecars, mine: list[Opening]) -> None:
    """The rows of both tables hold neither the record nor its salt, and the key is wrapped."""
    entry = mine[0].entry()
    aws.put(entry, mine[0])
    table = aws.stack.client("dynamodb")
    rows = [
        table.get_item(TableName=name, Key={"pk": {"S": entry.hex()}})["Item"]
        for name in (aws.boxes, aws.keys)
    ]
    assert len(rows[0]["box"]["B"]) == SEALED_BYTES
    stored = repr(rows).encode()
    for secret in (b"riverton", b"ConsentGiven", mine[0].salt.hex().encode(), repr(mine[0].salt).encode()):
        assert secret not in stored
    assert aws.destroy(entry, b"x" * 16)
    kept = table.get_item(TableName=aws.keys, Key={"pk": {"S": entry.hex()}})["Item"]
    assert set(kept) == {"pk", "erased_by"}
    assert "Item" not in table.get_item(TableName=aws.boxes, Key={"pk": {"S": entry.hex()}})


def test_the_receipt_outlives_our_copy(sidecars: Sidecars, mine: list[Opening]) -> None:
    """After erasure the citizen's own receipt still proves the consent, offline."""
    storage = MemoryStorage()
    sidecars.put(mine[0].entry(), mine[0])
    receipt = receipt_for(mine[0], storage)
    erase(storage, sidecars, request=by_subject(mine[:1]), verify=verify_claims)
    assert sidecars.open(mine[0].entry()) is None
    verify_claims(receipt.check(trusted()))
    assert log.proof_for(storage, mine[0].entry()) is not None
