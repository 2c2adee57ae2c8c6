"""The laws that every store of sidecars must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consent_ledger.errors import Malformed, Untrue
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import (
    PLAIN_BYTES,
    SEALED_BYTES,
    SealedOpening,
    Sidecars,
    pack,
    unpack,
)
from tests.support.ledger import opening

if TYPE_CHECKING:
    from tests.support.sidecar_stores import AwsSidecars

pytest_plugins = ("tests.support.ministack", "tests.support.sidecar_stores")


@pytest.fixture
def mine() -> list[Opening]:
    """Three openings of one subject."""
    return [opening(number) for number in range(3)]


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


def test_what_destroyed_an_entry_is_forgotten_and_the_entry_stays_destroyed(
    sidecars: Sidecars, mine: list[Opening]
) -> None:
    """Parted, nothing says which erasure an entry was in; only the erasure that did it can part them."""
    entry = mine[0].entry()
    sidecars.put(entry, mine[0])
    sidecars.destroy(entry, b"first")
    sidecars.part(entry, b"second")
    assert sidecars.destroy(entry, b"first")
    for _ in range(2):
        sidecars.part(entry, b"first")
        assert not sidecars.destroy(entry, b"first")
    sidecars.put(entry, mine[0])
    assert sidecars.open(entry) is None
    sidecars.part(mine[1].entry(), b"first")
    sidecars.put(mine[1].entry(), mine[1])
    assert sidecars.open(mine[1].entry()) == mine[1]


def test_nothing_is_not_destroyed(sidecars: Sidecars, mine: list[Opening]) -> None:
    """Destroying what never was is not an erasure."""
    assert not sidecars.destroy(mine[0].entry(), b"first")


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
    table = aws.client
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
    table = aws.client
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
    aws.part(entry, b"x" * 16)
    kept = table.get_item(TableName=aws.keys, Key={"pk": {"S": entry.hex()}})["Item"]
    assert set(kept) == {"pk"}
    assert "Item" not in table.get_item(TableName=aws.boxes, Key={"pk": {"S": entry.hex()}})
