"""Accept a signed decision about a model: from whom, about what, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from lambdas.shared.learning.ports import StepLog, Store
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.rollout import (
    Rollout,
    approvers_of,
    check_approved,
    check_author,
    check_judgement,
)
from lambdas.shared.learning.statement import ROLLOUT, SignedStatement, Statement, Step


@dataclass(frozen=True, slots=True)
class DecideModelService:
    """Decides for one site; `approvers` are those who may.

    `is_logged` says whether the public log holds a leaf; `document` returns what is served beside the log
    under a SHA-256, checked against it, or None.
    """

    site: str
    store: Store
    log: StepLog
    is_logged: Callable[[ModelLeaf], bool]
    document: Callable[[bytes], bytes | None]
    approvers: tuple[VerifierKey, ...]

    def decide(self, raw: bytes) -> SignedStatement:
        """Accept a statement; the same again is the same as once, whatever came after it.

        The order makes a crash harmless: one conditional write decides, the document and its leaf follow from
        what was written. Raises `Malformed` for no statement, `Untrue` for a signature that does not hold or
        is not of a key that may decide, and `Refused` for a decision that may not be made, or not now.
        """
        signed = SignedStatement.from_bytes(raw)
        said = signed.said
        if said.site != self.site or said.step is Step.ASKED:
            raise Refused("statement: about another site, or about no proposal")
        proposal = self._proposal(said)
        author, claims = signed.by(approvers_of(proposal, self.approvers))
        verify_claims(claims)
        # That it lies in its place tells nothing: the log alone says that it was taken in before.
        if not self.is_logged(signed.leaf):
            self._check(signed, author, proposal=proposal)
            if self.store.accept(signed).digest != signed.digest:
                raise Refused("statement: something else was decided since; look at the history")
        self.log(signed.leaf, signed.to_bytes())
        return signed

    def _check(self, signed: SignedStatement, author: VerifierKey, *, proposal: Proposal) -> None:
        """Raise `Refused` or `Untrue` unless a statement may be made, by what stood before it."""
        said = signed.said
        if not self.is_logged(proposal.leaf):
            raise Refused("statement: the public log does not hold the proposal yet")
        # What judges a proposal follows it, so that nobody has to look through all that was ever said.
        judged = self.store.after(said.proposal)
        if said.step not in ROLLOUT:
            check_author(said, author, proposal=proposal, judged=None)
            is_itself = judged is not None and judged.digest == signed.digest
            check_judgement(proposal, None if is_itself else judged)
            return
        check_author(said, author, proposal=proposal, judged=judged)
        # A model that is on trial without an approval can be stopped like any other.
        rollout = Rollout.walk(self.store.after).before(signed)
        if said.step is not Step.ROLLED_BACK:
            check_approved(judged)
            self._check_order((judged, *rollout.steps[-1:]))
        rollout.check(said)

    def _check_order(self, before: Iterable[SignedStatement | None]) -> None:
        """Raise `Refused` until the log holds what a step rests on, so that its order there is that of time.

        What was taken in and never logged, by a crash in between, is logged now, if it holds.
        """
        missing = [signed for signed in before if signed is not None and not self.is_logged(signed.leaf)]
        for signed in missing:
            proposal = self._proposal(signed.said)
            author, claims = signed.by(approvers_of(proposal, self.approvers))
            verify_claims(claims)
            self._check(signed, author, proposal=proposal)
            self.log(signed.leaf, signed.to_bytes())
        if missing:
            raise Refused("statement: the public log does not hold the step before it yet")

    def _proposal(self, said: Statement) -> Proposal:
        """Read the proposal that a statement names from beside the log; whether it is in the log is open."""
        raw = None if said.proposal is None else self.document(bytes.fromhex(said.proposal))
        if raw is None:
            raise Refused("statement: no such proposal")
        proposal = Proposal.from_bytes(raw)
        if proposal.site != self.site:
            raise Refused("statement: about a proposal of another site")
        return proposal
