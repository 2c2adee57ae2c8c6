"""A log's side of witnessing: ask each witness to cosign, and go on when enough of them have.

The protocol is C2SP tlog-witness, section "add-checkpoint". How requests travel is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from consent_ledger.checkpoint import Checkpoint, read_decimal
from consent_ledger.claim import ClaimVerifier
from consent_ledger.cosignature import WitnessKey, cosignature_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.merkle import NodeReader, consistency_proof
from consent_ledger.note import Note, NoteSignature, is_by
from consent_ledger.witness import SIZE_TYPE, AddCheckpoint, WitnessAnswer

_TRIES = 8
"""How often one witness is asked; more than twice only when other publishers move it on meanwhile."""

Post: TypeAlias = Callable[[bytes], WitnessAnswer | None]
"""Brings a request to one witness's `add-checkpoint`; None when no answer came in time."""


class Standing(Enum):
    """How a witness stands to the checkpoint that it was asked to cosign."""

    COSIGNED = "cosigned"
    AHEAD = "ahead"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Answered:
    """One witness's standing, and its cosignature, verified, when it gave one."""

    standing: Standing
    line: NoteSignature | None = None


Job: TypeAlias = Callable[[], Answered]
Gather: TypeAlias = Callable[[Sequence[Job], Callable[[Sequence[Answered]], bool]], Sequence[Answered]]
"""`gather(jobs, enough)`: run the jobs; once `enough` holds of what came back, nobody need wait longer."""


def in_turn(jobs: Sequence[Job], enough: Callable[[Sequence[Answered]], bool]) -> list[Answered]:
    """Run one job after another; all of them, so that every witness keeps up."""
    return [job() for job in jobs]


class Overtaken(Refused):
    """Too few cosigned, and a witness has seen a larger tree: another publisher's, or one that was lost."""


class Cosigners(Protocol):
    """What the log needs of its witnesses."""

    def suffice(self, note: Note) -> bool:
        """Say whether a published checkpoint carries cosignatures enough."""

    def cosign(self, note: Note, *, known: int, node: NodeReader) -> Note:
        """Return the note with cosignatures enough; `known` is the size that witnesses have probably seen."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A witness as the log reaches it."""

    key: WitnessKey
    post: Post

    def ask(self, request: AddCheckpoint, *, node: NodeReader, verify: ClaimVerifier) -> Answered:
        """Ask for a cosignature; a witness that says how far it has got is asked again from there."""
        size = Checkpoint.parse(request.checkpoint.text).size
        for _ in range(_TRIES):
            answer = self.post(request.to_bytes())
            match answer:
                case WitnessAnswer(status=200, body=body):
                    return self._read(request.checkpoint, body, verify)
                case WitnessAnswer(status=409, body=body, content_type=kind) if kind.startswith(SIZE_TYPE):
                    held = _read_size(body)
                    if held is None:
                        break
                    if held > size:
                        return Answered(Standing.AHEAD)
                    if held == request.old == size:
                        return Answered(Standing.CONTRADICTS)
                    proof = consistency_proof(held, size, node)
                    request = AddCheckpoint(held, proof, request.checkpoint)
                case WitnessAnswer(status=422):
                    return Answered(Standing.CONTRADICTS)
                case _:
                    break
        return Answered(Standing.SILENT)

    def _read(self, checkpoint: Note, body: bytes, verify: ClaimVerifier) -> Answered:
        """Take in the lines by this witness, and no other's (C2SP tlog-witness: others are ignored)."""
        try:
            answered = Note.from_bytes(Note(checkpoint.text, ()).to_bytes() + body)
            verify(cosignature_claims(answered, self.key))
        except (Malformed, Untrue):
            return Answered(Standing.SILENT)
        line = next((line for line in answered.signatures if is_by(line, self.key)), None)
        # An answer with an empty line in it would move the end of the text that the signatures are over.
        if line is None or answered.text != checkpoint.text:
            return Answered(Standing.SILENT)
        return Answered(Standing.COSIGNED, line)


@dataclass(frozen=True, slots=True)
class Quorum:
    """`needed` of `peers` must have cosigned before a checkpoint is published.

    Raises `Malformed` when there are not as many, or when two names share a key.
    """

    peers: tuple[Peer, ...]
    needed: int
    verify: ClaimVerifier
    gather: Gather = in_turn

    def __post_init__(self) -> None:
        if not 0 <= self.needed <= len(self.peers):
            raise Malformed("quorum: of more witnesses than there are")
        if len({peer.key.public_key for peer in self.peers}) != len(self.peers):
            raise Malformed("quorum: one key for two witnesses")

    def suffice(self, note: Note) -> bool:
        """See `Cosigners.suffice`; what is published was verified before."""
        return len(_cosigners(note.signatures, self.peers)) >= self.needed

    def cosign(self, note: Note, *, known: int, node: NodeReader) -> Note:
        """Ask every witness, and add what those say who cosigned.

        Raises `Overtaken`, `Untrue` when a witness holds a tree that this one does not continue, and
        `Refused` when too few answered; only when too few cosigned.
        """
        if not self.peers:
            return note
        size = Checkpoint.parse(note.text).size
        first = AddCheckpoint(known, consistency_proof(known, size, node), note)

        def job(peer: Peer) -> Job:
            return lambda: peer.ask(first, node=node, verify=self.verify)

        answers = self.gather([job(peer) for peer in self.peers], self._is_enough)
        if not self._is_enough(answers):
            standings = {answer.standing for answer in answers}
            if Standing.CONTRADICTS in standings:
                raise Untrue("checkpoint: a witness has seen a tree that this one does not continue")
            if Standing.AHEAD in standings:
                raise Overtaken("checkpoint: a witness has seen a larger tree")
            raise Refused("checkpoint: cosigned by too few witnesses")
        fresh = tuple(answer.line for answer in answers if answer.line is not None)
        return Note(note.text, (*note.signatures, *fresh))

    def _is_enough(self, answers: Sequence[Answered]) -> bool:
        return sum(answer.standing is Standing.COSIGNED for answer in answers) >= self.needed


def _cosigners(lines: Iterable[NoteSignature], peers: Iterable[Peer]) -> set[WitnessKey]:
    held = tuple(lines)
    return {peer.key for peer in peers if any(is_by(line, peer.key) for line in held)}


def _read_size(body: bytes) -> int | None:
    try:
        return read_decimal(body.decode("ascii").removesuffix("\n"), noun="witness: size")
    except (Malformed, UnicodeDecodeError):
        return None
