"""A witness cosigns a log that grows, and nothing else (C2SP tlog-witness)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import cosignature_claims
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed
from consent_ledger.merkle import EMPTY_ROOT, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.storage.memory import MemoryWitnessStore
from consent_ledger.witness import SIZE_TYPE, AddCheckpoint, Witness, WitnessAnswer, known_logs
from tests.support.ledger import ORIGIN, log_signer
from tests.support.witness_vectors import EXAMPLE, LEAVES, OTHERS, checkpoint, request
from tests.support.witnesses import AT, witness


def test_a_request_that_is_too_long_is_not_looked_at() -> None:
    """More than 64 KiB is malformed, whatever it holds."""
    long = EXAMPLE + (EXAMPLE.splitlines()[-1] + "\n") * 600
    with pytest.raises(Malformed, match="too long"):
        AddCheckpoint.from_bytes(long.encode())
    assert witness().add_checkpoint(long.encode()).status == 400


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_what_is_read_is_printed_back(data: bytes) -> None:
    """Anything is malformed, or prints back byte for byte."""
    for tried in (data, b"old 3\n\n" + data, EXAMPLE.encode() + data):
        try:
            read = AddCheckpoint.from_bytes(tried)
        except Malformed:
            continue
        assert read.to_bytes() == tried


def test_a_growing_log_is_cosigned() -> None:
    """From nothing, step by step, and once more without growth; each answer verifies, with its time."""
    ours = witness()
    old = 0
    for size in (0, 1, 2, 7, 8, 8, 33, 64):
        answer = ours.add_checkpoint(request(old, size))
        assert answer.status == 200
        signed = Note.from_bytes(checkpoint(size).text.encode() + b"\n" + answer.body)
        (claim,) = cosignature_claims(signed, ours.key)
        verify_claims((claim,))
        assert claim.message.startswith(b"cosignature/v1\ntime %d\n" % AT)
        old = size


def test_what_was_cosigned_is_remembered_with_both_signatures() -> None:
    """The memory is a checkpoint that others can check, without what strangers signed beside it."""
    ours = witness()
    stranger = sign_note(checkpoint(5).text, log_signer(9)).signatures
    note = Note(checkpoint(5).text, (*stranger, *checkpoint(5).signatures))
    assert ours.add_checkpoint(AddCheckpoint(0, (), note).to_bytes()).status == 200
    held = ours.store.latest(ORIGIN)
    assert held is not None
    trusted = LogKeys.parse(str(log_signer().key), witnesses=[str(ours.key)], quorum=1)
    kept, claims = trusted.check(Note.from_bytes(held))
    verify_claims(claims)
    assert kept.size == 5
    assert len(Note.from_bytes(held).signatures) == 2


def told(ours: Witness, *steps: bytes) -> WitnessAnswer:
    """The last answer to several requests."""
    *_, last = (ours.add_checkpoint(step) for step in steps)
    return last


def test_a_log_that_says_less_or_more_than_the_witness_has_seen_is_told_the_size() -> None:
    """409 with the size of the latest cosigned checkpoint; never seen is 0."""
    size_of = {"never seen": 0, "behind": 8, "ahead": 8}
    answers = {
        "never seen": told(witness(), request(3, 8)),
        "behind": told(witness(), request(0, 8), request(3, 16)),
        "ahead": told(witness(), request(0, 8), request(9, 16)),
    }
    for case, answer in answers.items():
        assert (answer.status, answer.content_type, answer.body) == (409, SIZE_TYPE, b"%d\n" % size_of[case])


def test_the_past_cannot_be_rolled_back() -> None:
    """An operator who restores an older tree gets no cosignature for it, whatever it claims was seen."""
    ours = witness()
    ours.add_checkpoint(request(0, 16))
    for old in (0, 8):
        assert told(ours, request(old, 8)).status == 409
    assert told(ours, AddCheckpoint(16, (), checkpoint(8)).to_bytes()).status == 400
    assert b"\n16\n" in (ours.store.latest(ORIGIN) or b"")


def test_another_tree_of_the_same_size_is_refused() -> None:
    """An operator with a second tree of the same size gets no cosignature for it: 409, also if empty."""
    ours = witness()
    ours.add_checkpoint(request(0, 8))
    assert told(ours, request(8, 8, leaves=OTHERS)).status == 409
    statuses = []
    for root in (EMPTY_ROOT, bytes(32)):
        empty = sign_note(str(Checkpoint(ORIGIN, 0, root)), log_signer())
        statuses.append(told(witness(), AddCheckpoint(0, (), empty).to_bytes()).status)
    assert statuses == [200, 409]


def test_a_fork_is_refused() -> None:
    """A larger tree that does not continue the one seen is refused with any proof: 422."""
    ours = witness()
    ours.add_checkpoint(request(0, 8))
    right = AddCheckpoint.from_bytes(request(8, 13)).proof
    forked = AddCheckpoint.from_bytes(request(8, 13, leaves=OTHERS))
    for proof in (forked.proof, right, (), (*right, bytes(32)), right[:-1]):
        assert told(ours, replace(forked, proof=proof).to_bytes()).status == 422
    assert told(ours, request(8, 13)).status == 200


@pytest.mark.parametrize("change", ["dropped", "added", "swapped", "flipped"])
def test_a_changed_proof_is_refused(change: str) -> None:
    """A right checkpoint with a wrong proof: 422, and the memory stays."""
    ours = witness()
    ours.add_checkpoint(request(0, 11))
    asked = AddCheckpoint.from_bytes(request(11, 37))
    first, *rest = asked.proof
    proof = {
        "dropped": tuple(rest),
        "added": (*asked.proof, first),
        "swapped": (rest[0], first, *rest[1:]),
        "flipped": (bytes([first[0] ^ 1]) + first[1:], *rest),
    }[change]
    before = ours.store.latest(ORIGIN)
    assert told(ours, replace(asked, proof=proof).to_bytes()).status == 422
    assert ours.store.latest(ORIGIN) == before


def test_a_proof_from_nothing_must_be_empty() -> None:
    """C2SP tlog-witness: the proof MUST be empty if the old size is zero."""
    note = checkpoint(5)
    assert told(witness(), AddCheckpoint(0, (bytes(32),), note).to_bytes()).status == 422


def test_strangers_are_told_apart() -> None:
    """An unknown log is 404; a known log's name over a stranger's signature is 403, and so is a false one."""
    elsewhere = type(log_signer()).from_seed("elsewhere.example/ledger/2026", bytes(32))
    unknown = sign_note(str(Checkpoint(elsewhere.key.name, 5, root_of(LEAVES[:5]))), elsewhere)
    assert told(witness(), AddCheckpoint(0, (), unknown).to_bytes()).status == 404
    assert told(witness(), request(0, 5, seed=9)).status == 403
    (line,) = checkpoint(5).signatures
    false = replace(line, signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    for lines in ((false,), (line, false)):
        note = Note(checkpoint(5).text, lines)
        assert told(witness(), AddCheckpoint(0, (), note).to_bytes()).status == 403


def test_a_log_may_change_its_key() -> None:
    """Two keys of one name are one log's, and either signs; without the new one it is a stranger's."""
    both = known_logs([str(log_signer(1).key), str(log_signer(2).key)])
    ours = replace(witness(), logs=both)
    assert told(ours, request(0, 5), request(5, 9, seed=2)).status == 200
    assert told(witness(), request(0, 5), request(5, 9, seed=2)).status == 403


class Racing(MemoryWitnessStore):
    """A memory in which somebody else is faster, once."""

    def __init__(self, faster: bytes) -> None:
        super().__init__()
        self._faster: bytes | None = faster

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        """Let the other request through first."""
        if self._faster is not None:
            other, self._faster = self._faster, None
            witness(store=self).add_checkpoint(other)
        return super().swap(origin, old, new)


def test_two_requests_at_once_cannot_roll_the_memory_back() -> None:
    """The race that C2SP tlog-witness describes: the smaller tree gets 409, and the larger one stays."""
    store = Racing(faster=request(0, 20))
    answer = witness(store=store).add_checkpoint(request(0, 10))
    assert (answer.status, answer.body) == (409, b"20\n")
    assert b"\n20\n" in (store.latest(ORIGIN) or b"")


def test_two_trees_at_once_are_not_both_cosigned() -> None:
    """An operator who asks for two trees of one size at the same moment gets one cosignature."""
    store = Racing(faster=request(0, 10, leaves=OTHERS))
    assert witness(store=store).add_checkpoint(request(0, 10)).status == 409
