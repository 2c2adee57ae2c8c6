"""What may follow what: from a proposal to a judgement, and from one step of a site's rollout to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.note import VerifierKey
from lambdas.shared.learning.proposal import Proposal, Verdict
from lambdas.shared.learning.statement import ROLLOUT, STARTS, SignedStatement, Statement, Step

MOST_STEPS: Final = 2_000
"""Of one site's rollout: more than three a week for ten years."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """The steps of a site's rollout, in their order: what devices should run is what the last one says."""

    steps: tuple[SignedStatement, ...] = ()

    @classmethod
    def of(cls, statements: Iterable[SignedStatement]) -> Rollout:
        """Put statements in their order, by what each follows.

        Raises `Untrue` for two that follow the same, and for one that follows nothing that is here.
        """
        following: dict[str | None, SignedStatement] = {}
        for signed in statements:
            if signed.said.step not in ROLLOUT:
                continue
            if following.setdefault(signed.said.after, signed).digest != signed.digest:
                raise Untrue("rollout: two steps follow the same one")
        steps: list[SignedStatement] = []
        while (step := following.pop(steps[-1].digest.hex() if steps else None, None)) is not None:
            steps.append(step)
        if following:
            raise Untrue("rollout: a step follows none that is here")
        return cls(tuple(steps))

    @classmethod
    def walk(cls, after: Callable[[str | None], SignedStatement | None]) -> Rollout:
        """Follow the steps one by one, by what `after` says comes after each, from the first on.

        Raises `Untrue` for something else than the next step in a step's place, and for more than anybody
        can have decided.
        """
        steps: list[SignedStatement] = []
        while (step := after(steps[-1].digest.hex() if steps else None)) is not None:
            is_next = step.said.after == (steps[-1].digest.hex() if steps else None)
            if not is_next or step.said.step not in ROLLOUT:
                raise Untrue("rollout: a step stands in another's place")
            steps.append(step)
            if len(steps) > MOST_STEPS:
                raise Untrue("rollout: more steps than anybody can have decided")
        return cls(tuple(steps))

    @property
    def last(self) -> Statement | None:
        """The step that holds now."""
        return self.steps[-1].said if self.steps else None

    @property
    def head(self) -> str | None:
        """What the next step must follow: SHA-256 in hex, or None before the first."""
        return self.steps[-1].digest.hex() if self.steps else None

    @property
    def trial(self) -> str | None:
        """The proposal whose model is on trial."""
        return self.last.proposal if self.last is not None and self.last.step is Step.CANARY else None

    @property
    def live(self) -> str | None:
        """The proposal whose model is live; None where that came about in another way."""
        went_live, _ = self._lives()
        return went_live[-1] if went_live else None

    @property
    def taken_back(self) -> tuple[str, ...]:
        """The proposals whose models were live and were rolled back since, in that order."""
        return tuple(self._lives()[1])

    def before(self, signed: SignedStatement) -> Rollout:
        """The rollout as it stood before a step of it; the whole where the step is none of it."""
        names = [step.digest for step in self.steps]
        return Rollout(self.steps[: names.index(signed.digest)]) if signed.digest in names else self

    def went(self, proposal: str, step: Step) -> bool:
        """Say whether a proposal went through a step."""
        return any(signed.said.proposal == proposal and signed.said.step is step for signed in self.steps)

    def _lives(self) -> tuple[list[str], list[str]]:
        """What went live and still is, one upon the other, and what was taken back from there."""
        went_live: list[str] = []
        taken_back: list[str] = []
        for signed in self.steps:
            name = signed.said.proposal or ""
            if signed.said.step is Step.LIVE:
                went_live.append(name)
            elif signed.said.step is Step.ROLLED_BACK and went_live[-1:] == [name]:
                taken_back.append(went_live.pop())
        return went_live, taken_back

    def check(self, said: Statement) -> None:
        """Raise `Refused` unless `said` may come next."""
        name = said.proposal or ""
        if said.after != self.head:
            raise Refused("statement: something else was decided since; look at the history and decide anew")
        match said.step:
            case Step.CANARY:
                if self.trial not in {None, name}:
                    raise Refused("statement: another model is on trial; make it live or roll it back first")
                if self.went(name, Step.LIVE) or self.went(name, Step.ROLLED_BACK):
                    raise Refused("statement: this model's trial is over")
            case Step.LIVE:
                if self.trial != name:
                    raise Refused("statement: only a model that is on trial can go live")
            case Step.ROLLED_BACK:
                if name != (self.trial or self.live):
                    raise Refused("statement: this model is neither on trial nor, with none on trial, live")
            case _:
                raise Refused("statement: not a step of a rollout")


def check_judgement(proposal: Proposal, judged: SignedStatement | None) -> None:
    """Raise `Refused` unless the proposal still waits to be judged."""
    if proposal.verdict is not Verdict.PROPOSED:
        raise Refused("statement: the gate refused this model")
    if judged is not None:
        raise Refused(f"statement: this proposal was {judged.said.step.value} before")


def check_author(
    said: Statement, author: VerifierKey, *, proposal: Proposal, judged: SignedStatement | None
) -> None:
    """Raise `Refused` when one key would do alone what takes two; stopping a model is everybody's right.

    Whoever asked for a model does not decide on it, and whoever approved it by `judged` does not bring it to
    devices. Raises `Untrue` for an approval whose signature does not hold.
    """
    # Keys are compared, not names: one person might hold the same key under two of them.
    if said.step in {Step.REJECTED, Step.ROLLED_BACK}:
        return
    if proposal.asked_by is not None and proposal.asked_by.public_key == author.public_key:
        raise Refused("statement: whoever asked for a model does not decide on it")
    if said.step in STARTS and judged is not None:
        approver, claims = judged.by(proposal.approvers)
        verify_claims(claims)
        if approver.public_key == author.public_key:
            raise Refused(
                "statement: whoever approved a model does not bring it to devices; somebody else does"
            )


def approvers_of(proposal: Proposal, now: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys that may decide: those that the proposal names and that are still in force."""
    in_force = frozenset(now)
    return tuple(key for key in proposal.approvers if key in in_force)


def check_approved(judged: SignedStatement | None) -> None:
    """Raise `Refused` unless what judged a proposal approved it."""
    if judged is None or judged.said.step is not Step.APPROVED:
        raise Refused("statement: this model was not approved")
