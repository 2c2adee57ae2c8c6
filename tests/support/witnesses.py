"""Three witnesses in memory, and what can go wrong on the way to one."""

from __future__ import annotations

from dataclasses import dataclass, field

from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.note import VerifierKey
from consent_ledger.quorum import Gather, Peer, Quorum, in_turn
from consent_ledger.storage.memory import MemoryWitnessStore
from consent_ledger.witness import Witness, WitnessAnswer, WitnessStore, known_logs
from tests.support.ledger import log_signer

AT = 1_795_300_100


def witness_signer(number: int) -> Ed25519Signer:
    """The key of witness `number`."""
    return Ed25519Signer.from_seed(f"witness{number}.example", bytes([100 + number]) * 32)


def witness(
    number: int = 0, *, log_key: VerifierKey | None = None, store: WitnessStore | None = None, at: int = AT
) -> Witness:
    """A witness of one log, that of `log_signer` unless said otherwise, whose clock stands still."""
    return Witness(
        signer=witness_signer(number),
        logs=known_logs([str(log_key or log_signer().key)]),
        store=store or MemoryWitnessStore(),
        verify=verify_claims,
        now=lambda: at,
    )


@dataclass
class Line:
    """A line to a witness that can be cut; it counts what went through."""

    witness: Witness
    cut: bool = False
    asked: int = 0

    def post(self, request: bytes) -> WitnessAnswer | None:
        """Bring a request, unless the line is cut."""
        self.asked += 1
        return None if self.cut else self.witness.add_checkpoint(request)


@dataclass
class Panel:
    """Three witnesses with a line to each."""

    lines: tuple[Line, ...] = field(
        default_factory=lambda: tuple(Line(witness(number)) for number in range(3))
    )

    @classmethod
    def of(cls, log_key: VerifierKey) -> Panel:
        """Three witnesses of another log."""
        return cls(tuple(Line(witness(number, log_key=log_key)) for number in range(3)))

    def quorum(self, needed: int = 2, *, gather: Gather = in_turn) -> Quorum:
        """The log's side: `needed` of the three."""
        peers = tuple(Peer(line.witness.key, line.post) for line in self.lines)
        return Quorum(peers, needed, verify_claims, gather)

    def trusted(self, needed: int = 2, *, log_key: VerifierKey | None = None) -> LogKeys:
        """What a verifier who asks for `needed` of the three knows."""
        vkeys = [str(line.witness.key) for line in self.lines]
        return LogKeys.parse(str(log_key or log_signer().key), witnesses=vkeys, quorum=needed)
