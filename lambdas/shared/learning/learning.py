"""What was proposed and decided on a site's models, as far as the log or a key in force vouches for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.rollout import Rollout, approvers_of, check_author
from lambdas.shared.learning.statement import ROLLOUT, SignedStatement

NOT_LOGGED: Final = "proposal: the public log does not hold the one that is named so"


@dataclass(frozen=True, slots=True)
class Learning:
    """All that was proposed and decided for a site, every signature verified; proposals by SHA-256 in hex.

    `unlogged` are proposals that the public log does not hold: of a moment ago, or somebody else's.
    `set_aside` says of statements that count for nothing why, by their SHA-256 in hex.
    """

    proposals: Mapping[str, Proposal]
    judged: Mapping[str, SignedStatement]
    rollout: Rollout
    unlogged: Mapping[str, Proposal] = field(default_factory=dict)
    set_aside: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        proposals: Iterable[Proposal],
        statements: Iterable[SignedStatement],
        *,
        is_logged: Callable[[ModelLeaf], bool],
        approvers: Iterable[VerifierKey],
    ) -> Learning:
        """Put together what the log holds, and what those who may decide now have said since.

        `is_logged` says whether the log holds a leaf, `approvers` are the deployment's. What neither vouches
        for is set aside, and so is what the log holds and nobody could say: whoever can write to the store,
        or to the log, changes nothing and stops nothing. A step that the log holds keeps its place in the
        order all the same, since later ones follow it. Raises `Untrue` for two judgements of one proposal,
        and for a logged step whose predecessor is gone.
        """
        found = {proposal.digest.hex(): proposal for proposal in proposals}
        known = {name: proposal for name, proposal in found.items() if is_logged(proposal.leaf)}
        desk = _Desk(known, is_logged, tuple(approvers))
        said = [signed for signed in statements if signed.said.proposal is not None]
        judged: dict[str, SignedStatement] = {}
        for signed in said:
            name = signed.said.proposal or ""
            is_held = signed.said.step not in ROLLOUT and desk.holds(signed, judged=None)
            if is_held and judged.setdefault(name, signed).digest != signed.digest:
                raise Untrue("statement: two judgements of one proposal")
        steps = {signed.digest.hex(): signed for signed in said if signed.said.step in ROLLOUT}
        # All are asked: what does not hold is named, also where it keeps its place.
        held = {
            name
            for name, signed in steps.items()
            if desk.holds(signed, judged=judged.get(signed.said.proposal or ""))
        }
        rollout = Rollout.of(desk.in_order(steps, held))
        unlogged = {name: proposal for name, proposal in found.items() if name not in known}
        return cls(known, judged, rollout, unlogged=unlogged, set_aside=desk.set_aside)

    def named(self, prefix: str) -> Proposal:
        """The one proposal of the log whose SHA-256 begins so. Raises `Refused` for none, or more.

        What the log does not hold is passed over, so that nobody's planting makes a name ambiguous.
        """
        found = [proposal for name, proposal in self.proposals.items() if name.startswith(prefix)]
        if len(found) > 1:
            raise Refused("proposal: several begin so")
        if not found:
            is_there = any(name.startswith(prefix) for name in self.unlogged)
            raise Refused(NOT_LOGGED if is_there else "proposal: none is named so")
        return found[0]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who could say what: `known` are the proposals that the log holds, `in_force` the deployment's keys."""

    known: Mapping[str, Proposal]
    is_logged: Callable[[ModelLeaf], bool]
    in_force: tuple[VerifierKey, ...]
    set_aside: dict[str, str] = field(default_factory=dict)

    def holds(self, signed: SignedStatement, *, judged: SignedStatement | None) -> bool:
        """Say whether somebody made a statement who could, and set it aside if not."""
        is_public = self.is_logged(signed.leaf)
        proposal = self.known.get(signed.said.proposal or "")
        try:
            check_statement(signed, proposal, in_force=None if is_public else self.in_force, judged=judged)
        except (Untrue, Refused) as error:
            why = "the log holds it, and it does not hold" if is_public else "nobody vouches for it"
            self.set_aside[signed.digest.hex()] = f"{why} ({error})"
            return False
        return True

    def in_order(
        self, steps: Mapping[str, SignedStatement], held: Iterable[str]
    ) -> Iterator[SignedStatement]:
        """The steps that keep a place: those that hold, that the log holds, or that such a one follows.

        Of these, one that follows nothing is set aside as long as the log does not hold it either.
        """
        placed: dict[str, SignedStatement] = {}
        for name in (*held, *(name for name, signed in steps.items() if self.is_logged(signed.leaf))):
            at: str | None = name
            while at is not None and at in steps and at not in placed:
                placed[at] = steps[at]
                at = steps[at].said.after
        following = {signed.said.after: name for name, signed in placed.items()}
        joined: set[str] = set()
        last: str | None = None
        while (step := following.get(last)) is not None and step not in joined:
            joined.add(step)
            last = step
        for name, signed in placed.items():
            if name in joined or self.is_logged(signed.leaf):
                yield signed
            else:
                self.set_aside[name] = "it follows nothing that is here"


def check_statement(
    signed: SignedStatement,
    proposal: Proposal | None,
    *,
    in_force: tuple[VerifierKey, ...] | None,
    judged: SignedStatement | None,
) -> None:
    """Raise `Untrue` or `Refused` unless somebody made it who could; `in_force` is None for whenever."""
    if proposal is None:
        raise Untrue("statement: about a proposal that is not here, or not in the log")
    now = proposal.approvers if in_force is None else in_force
    author, claims = signed.by(approvers_of(proposal, now))
    verify_claims(claims)
    check_author(signed.said, author, proposal=proposal, judged=judged)
