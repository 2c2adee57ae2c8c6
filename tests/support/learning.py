"""A site's learning in memory: proposals, people with keys, and the service that takes their decisions in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import ModelLeaf
from edge_client.wire.manifest import FileEntry
from lambdas.decide_model.service import DecideModelService
from lambdas.shared.learning.learning import Learning
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.proposal import Check, LiveFiles, Proposal
from lambdas.shared.learning.statement import ROLLOUT, SignedStatement, Statement, Step, sign_statement

SITE = "smallville"


def person(number: int) -> Ed25519Signer:
    """Somebody with a key."""
    return Ed25519Signer.from_seed(f"smallville.example/approvers/{number}", bytes([number]) * 32)


PEOPLE = tuple(person(number) for number in (1, 2, 3))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def proposal(name: str = "one", **changes: object) -> Proposal:
    """A proposal that passed the gate."""
    made = Proposal(
        site=SITE,
        model=FileEntry(digest(f"model {name}"), 100),
        card=FileEntry(digest(f"card {name}"), 10),
        live=LiveFiles(*(digest(file) for file in ("model", "card", "catalogue", "rules"))),
        trained_on=(digest("week 1"),),
        held_out=(digest(f"week {name}"),),
        checks=(Check("beats-live", held=True, figures={"low": 1, "difference": 5}),),
        approvers=tuple(sorted((each.key for each in PEOPLE), key=str)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of a proposal by name


@dataclass
class Desk:
    """Where decisions are taken in; `logged` is what reached the log, in its order."""

    store: MemoryStore = field(default_factory=MemoryStore)
    logged: list[ModelLeaf] = field(default_factory=list)
    served: dict[bytes, bytes] = field(default_factory=dict)
    approvers: tuple[Ed25519Signer, ...] = PEOPLE

    def add(self, made: Proposal, *, is_logged: bool = True) -> str:
        """Keep a proposal and, unless said otherwise, log it; return its hash."""
        self.store.propose(made.digest.hex(), made)
        self.served[made.digest] = made.to_bytes()
        if is_logged:
            self.logged.append(made.leaf)
        return made.digest.hex()

    @property
    def service(self) -> DecideModelService:
        return DecideModelService(
            site=SITE,
            store=self.store,
            log=lambda entry, document: self.logged.append(entry) if entry not in self.logged else None,
            is_logged=lambda entry: entry in self.logged,
            document=self.served.get,
            approvers=tuple(each.key for each in self.approvers),
        )

    def learning(self) -> Learning:
        """All of it, as whoever publishes believes it."""
        return Learning.of(
            self.store.proposals(),
            self.store.statements(),
            is_logged=self.logged.__contains__,
            approvers=[each.key for each in self.approvers],
        )

    def signed(
        self, step: Step, name: str, *, by: Ed25519Signer, share_milli: int | None = None
    ) -> SignedStatement:
        """A statement that follows what there is."""
        after = self.learning().rollout.head if step in ROLLOUT else name
        return sign_statement(Statement(SITE, step, name, after, share_milli), by)

    def decide(
        self, step: Step, name: str, *, by: Ed25519Signer | None = None, share_milli: int | None = None
    ) -> SignedStatement:
        """Sign a statement and hand it in: one person judges, and another brings models to devices."""
        author = by or PEOPLE[step in ROLLOUT]
        return self.service.decide(self.signed(step, name, by=author, share_milli=share_milli).to_bytes())
