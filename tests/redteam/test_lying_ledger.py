"""A ledger that lies to a device about what it has logged: it is not believed, and no record is lost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.cosignature import cosign
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import NoticeLeaf
from consent_ledger.note import Note, sign_note
from consent_ledger.tlog_proof import TlogProof
from edge_client.consent import ConsentBook
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from tests.support.city import City
from tests.support.pair import Pair
from tests.support.witnesses import AT, Panel, witness_signer

Lie = Callable[[City, TlogProof], str]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    city = City(tmp_path)
    city.publish()
    return Pair(city)


def book_of(pair: Pair) -> ConsentBook:
    return ConsentBook.from_bytes(pair.host.kept["book"])


def asked_for(pair: Pair) -> list[str]:
    """The entries whose proof the device has asked for."""
    paths = [request.path for request in pair.host.wire if request.method == "GET"]
    return [path.rsplit("/", 1)[1] for path in paths if path.startswith("/consent/receipts/")]


def signature_forged(city: City, proof: TlogProof) -> str:
    """The true tree under the right key's name, signed by somebody who does not have the key."""
    (line,) = proof.checkpoint.signatures
    return str(replace(proof, checkpoint=Note(proof.checkpoint.text, (replace(line, signature=bytes(64)),))))


def signature_of_another_tree(city: City, proof: TlogProof) -> str:
    """A signature that the log really made, over another checkpoint."""
    other = sign_note(proof.checkpoint.text.replace("\n", "0\n", 2), city.log_signer)
    return str(replace(proof, checkpoint=Note(proof.checkpoint.text, other.signatures)))


def key_of_another(city: City, proof: TlogProof) -> str:
    """The true tree, signed by a key of the same name that no page names."""
    thief = Ed25519Signer.from_seed(city.log_signer.key.name, b"t" * 32)
    return str(replace(proof, checkpoint=sign_note(proof.checkpoint.text, thief)))


def root_forged(city: City, proof: TlogProof) -> str:
    """A checkpoint of another root, well signed: the entry is not in that tree."""
    origin, size, _, *rest = proof.checkpoint.text.split("\n")
    text = "\n".join([origin, size, "A" * 43 + "=", *rest])
    return str(replace(proof, checkpoint=sign_note(text, city.log_signer)))


def proof_of_another_entry(city: City, proof: TlogProof) -> str:
    """An honest proof, for somebody else's entry."""
    return city.log((NoticeLeaf(hashlib.sha256(b"another").digest()),), (b"another",))


def no_proof_at_all(city: City, proof: TlogProof) -> str:
    """Words in place of a proof."""
    return "it is in the log, believe us\n"


def one_witness_left(city: City, proof: TlogProof) -> str:
    """The true tree with the log's signature and one witness's: as much as one helper can give."""
    return str(replace(proof, checkpoint=Note(proof.checkpoint.text, proof.checkpoint.signatures[:2])))


def one_witness_twice(city: City, proof: TlogProof) -> str:
    """One witness that signs twice in place of two."""
    note = Note(proof.checkpoint.text, proof.checkpoint.signatures[:2])
    return str(replace(proof, checkpoint=cosign(note, witness_signer(0), cosigned_at=AT + 1)))


def cosignatures_of_another_tree(city: City, proof: TlogProof) -> str:
    """Cosignatures that two witnesses really gave, to another tree of the log."""
    more = proof.checkpoint.text.encode()
    other = TlogProof.parse(city.log((NoticeLeaf(hashlib.sha256(more).digest()),), (more,)))
    ours, *_ = proof.checkpoint.signatures
    note = Note(proof.checkpoint.text, (ours, *other.checkpoint.signatures[1:]))
    return str(replace(proof, checkpoint=note))


@pytest.mark.parametrize(
    "lie",
    [one_witness_left, one_witness_twice, cosignatures_of_another_tree],
    ids=lambda lie: lie.__name__,
)
def test_a_receipt_without_a_quorum_is_not_believed(tmp_path: Path, lie: Lie) -> None:
    """A device whose page asks for two of three witnesses takes the receipt that has them, and no other."""
    city = City(tmp_path, panel=Panel.of(City(tmp_path).log_signer.key))
    city.publish()
    pair = Pair(city)
    services = pair.host.services
    lying = LyingReceipts(pair, lie)

    async def deceived() -> None:
        await pair.open()
        services.receipts = lying  # type: ignore[assignment]  # the liar stands where the service stood
        await pair.choose("suggest")

    asyncio.run(deceived())
    assert (len(book_of(pair).pending), book_of(pair).receipts) == (2, ())

    assert holds_both_after_the_truth(pair, lying)


def holds_both_after_the_truth(pair: Pair, lying: LyingReceipts) -> bool:
    """Whether the device has both receipts, and nothing pending, once the honest service answers again."""

    async def told_the_truth() -> None:
        pair.host.services.receipts = lying.honest
        await pair.reopen()
        await pair.view("/")

    asyncio.run(told_the_truth())
    return (len(book_of(pair).receipts), book_of(pair).pending) == (2, ())


@dataclass
class LyingReceipts:
    """Answers for receipts with a lie made from the true proof."""

    pair: Pair
    lie: Lie

    def __post_init__(self) -> None:
        self.honest = self.pair.host.services.receipts

    def proof(self, entry: str) -> str | None:
        told = self.honest.proof(entry)
        return None if told is None else self.lie(self.pair.city, TlogProof.parse(told))


@pytest.mark.parametrize(
    "lie",
    [
        signature_forged,
        signature_of_another_tree,
        key_of_another,
        root_forged,
        proof_of_another_entry,
        no_proof_at_all,
    ],
    ids=lambda lie: lie.__name__,
)
def test_a_receipt_that_does_not_hold_is_not_believed(pair: Pair, lie: Lie) -> None:
    """The record stays pending, no page is shown a receipt, and an honest answer later is still taken."""
    services = pair.host.services
    lying = LyingReceipts(pair, lie)

    async def deceived() -> None:
        await pair.open()
        services.receipts = lying  # type: ignore[assignment]  # the liar stands where the service stood
        await pair.choose("suggest")

    asyncio.run(deceived())
    book = book_of(pair)
    assert len(asked_for(pair)) == len(book.pending) == len(book.accepted) == 2
    assert book.receipts == ()
    shown = [canonical.decode(raw) for kind, raw in pair.host.shown if kind == "receipts"]
    assert shown
    assert all(isinstance(summary, dict) and summary["receipts"] == [] for summary in shown)

    assert holds_both_after_the_truth(pair, lying)


@dataclass
class RenamingLedger:
    """Logs what it is sent, and names another entry in its answer."""

    pair: Pair
    entry: bytes

    def __post_init__(self) -> None:
        self.honest = self.pair.host.services.consent

    def record(self, request: RecordConsent) -> ConsentAccepted:
        self.honest.record(request)
        return ConsentAccepted(self.entry)


def test_a_ledger_that_names_another_entry_is_not_believed(pair: Pair) -> None:
    """The record does not count as accepted, no proof is asked for, and it is sent again at the next page."""
    services = pair.host.services
    renaming = RenamingLedger(pair, b"n" * 32)

    async def deceived() -> None:
        await pair.open()
        services.consent = renaming  # type: ignore[assignment]  # the liar stands where the service stood
        await pair.choose("suggest")

    asyncio.run(deceived())
    book = book_of(pair)
    assert (len(book.pending), book.accepted, book.receipts) == (2, frozenset(), ())
    assert asked_for(pair) == []

    async def told_the_truth() -> None:
        services.consent = renaming.honest
        await pair.reopen()
        await pair.view("/")

    asyncio.run(told_the_truth())
    assert (len(book_of(pair).receipts), book_of(pair).pending) == (2, ())
    assert pair.city.ledger.head().size == 4 + 2  # sent twice, logged once


def test_an_entry_made_up_by_the_ledger_is_never_asked_for(pair: Pair) -> None:
    """A server cannot mark a device by the address that it makes the device fetch later."""
    marker = bytes(range(32))

    async def story() -> None:
        await pair.open()
        pair.host.services.consent = RenamingLedger(pair, marker)  # type: ignore[assignment]  # as above
        await pair.choose("suggest", "learn")
        await pair.reopen()
        await pair.view("/", "/bins/new")

    asyncio.run(story())
    assert marker.hex() not in "".join(request.path for request in pair.host.wire)
