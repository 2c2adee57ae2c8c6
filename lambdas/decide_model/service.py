"""Accept a signed decision about a model: from whom, about what, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from lambdas.shared.learning.ports import StepLog, Store
from lambdas.shared.learning.rollout import (
    Rollout,
    approvers_of,
    check_approved,
    check_author,
    check_judgement,
)
from lambdas.shared.learning.statement import ROLLOUT, SignedStatement, Step


@dataclass(frozen=True, slots=True)
class DecideModelService:
    """Decides for one site; `is_logged` says whether the public log holds a leaf, `approvers` who decides."""

    site: str
    store: Store
    log: StepLog
    is_logged: Callable[[ModelLeaf], bool]
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
        proposal = next((each for each in self.store.proposals() if each.digest.hex() == said.proposal), None)
        if proposal is None:
            raise Refused("statement: no such proposal")
        author, claims = signed.by(approvers_of(proposal, self.approvers))
        verify_claims(claims)
        before = {each.digest: each for each in self.store.statements()}
        if signed.digest not in before:
            check_author(said, author, proposal=proposal)
            if not self.is_logged(proposal.leaf):
                raise Refused("statement: the public log does not hold the proposal yet")
            judged = {each.said.proposal or "": each for each in before.values() if is_judgement(each)}
            if said.step in ROLLOUT:
                check_approved(proposal, judged)
                Rollout.of(before.values()).check(said)
            else:
                check_judgement(proposal, judged.get(said.proposal or ""))
            if self.store.accept(signed).digest != signed.digest:
                raise Refused("statement: something else was decided since; look at the history")
        self.log(signed.leaf, signed.to_bytes())
        return signed


def is_judgement(signed: SignedStatement) -> bool:
    """Say whether a statement approves or rejects."""
    return signed.said.step in {Step.APPROVED, Step.REJECTED}
