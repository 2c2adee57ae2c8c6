"""Proposals: a snapshot, why it should go live, and what people decided about it.

    proposed -> approved -> published
    any of them -> vetoed, for good; any but vetoed -> paused -> as it was

Nobody approves what they proposed or edited, and the privacy officer may stop it before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from lambdas.shared.agency.form import ASKED, Form
from lambdas.shared.agency.rows import Kind, Place, Row, Write

LONGEST_REASON: Final = 2000
MOST_EDITORS: Final = 1000
MOST_APPROVALS: Final = 20


class State(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    PAUSED = "paused"
    VETOED = "vetoed"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said about a proposal, and when (Unix seconds); `reason` is "" for an approval."""

    sub: str
    at: int
    reason: str = ""

    def to_json(self) -> dict[str, Json]:
        """As it is kept and shown."""
        return {"sub": self.sub, "at": self.at, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal; `snapshot` and `drafts` are hashes: of the list of its files, and of what made them.

    `base` is the hash of what made the snapshot that was approved last when it was proposed, and `before` the
    proposal that was approved before it; "" where there was none. `editors` had a hand in what it changes.
    `job` published it last, "" where none did.
    """

    id: str
    snapshot: str
    drafts: str
    form: Form
    author: str
    editors: tuple[str, ...]
    created_at: int
    base: str = ""
    before: str = ""
    approvals: tuple[Said, ...] = ()
    paused: Said | None = None
    vetoed: Said | None = None
    job: str = ""
    revision: int = 0

    @property
    def state(self) -> State:
        """Where it stands: what stops it comes before what was decided for it."""
        if self.vetoed:
            return State.VETOED
        if self.paused:
            return State.PAUSED
        if self.job:
            return State.PUBLISHED
        return State.APPROVED if self.approvals else State.PROPOSED

    @property
    def is_stopped(self) -> bool:
        """Whether it is paused or vetoed."""
        return self.vetoed is not None or self.paused is not None

    def approved(self, said: Said, *, today: date, before: str) -> Proposal:
        """Return it with one more approval, after the proposal `before`, "" for none.

        Raises `Refused`: four eyes are of two people at least.
        """
        if self.state is not State.PROPOSED:
            raise Refused(f"proposal: is {self.state}, and is not waiting for an approval")
        if said.sub == self.author:
            raise Refused("proposal: nobody approves what they proposed")
        if said.sub in self.editors:
            raise Refused("proposal: nobody approves what they had a hand in")
        self._check_review(today)
        return replace(self, approvals=(*self.approvals, said), before=before)

    def stopped(self, said: Said) -> Proposal:
        """Return it vetoed, for good. Raises `Refused` when it was vetoed before."""
        if self.vetoed:
            raise Refused("proposal: is vetoed already")
        return replace(self, vetoed=said)

    def put_off(self, said: Said) -> Proposal:
        """Return it paused. Raises `Refused` when it is, or was vetoed."""
        if self.state in (State.PAUSED, State.VETOED):
            raise Refused(f"proposal: is {self.state} already")
        return replace(self, paused=said)

    def resumed(self) -> Proposal:
        """Return it no longer paused. Raises `Refused` when it is not."""
        if self.state is not State.PAUSED:
            raise Refused("proposal: is not paused")
        return replace(self, paused=None)

    def published(self, job: str, *, today: date) -> Proposal:
        """Return it as published by a job. Raises `Refused` unless it is approved and nothing stops it."""
        if self.state not in (State.APPROVED, State.PUBLISHED):
            raise Refused(f"proposal: is {self.state}, and only what is approved is published")
        self._check_review(today)
        return replace(self, job=job)

    def _check_review(self, today: date) -> None:
        if self.form.review <= today:
            raise Refused("proposal: its review is due, propose it anew")

    def to_json(self) -> dict[str, Json]:
        """The proposal as it is kept and shown."""
        return {
            "id": self.id,
            "snapshot": self.snapshot,
            "drafts": self.drafts,
            "form": dict(self.form.answers),
            "author": self.author,
            "editors": list(self.editors),
            "created_at": self.created_at,
            "base": self.base,
            "before": self.before,
            "approvals": [said.to_json() for said in self.approvals],
            "paused": self.paused.to_json() if self.paused else None,
            "vetoed": self.vetoed.to_json() if self.vetoed else None,
            "job": self.job,
        }

    def write_to(self, place: Place) -> Write:
        """The write that keeps this version where the one before it was."""
        return Write(place, self.id, canonical.encode({"v": 1, **self.to_json()}), after=self.revision)


def proposals_of(site: str) -> Place:
    """Where a site's proposals lie."""
    return Place(Kind.PROPOSALS, site)


def read_proposal(row: Row) -> Proposal:
    """Read a row. Raises `Malformed`."""
    fields = Fields(canonical.decode(row.body), "proposal")
    fields.whole("v", low=1, high=1)
    form = fields.take("form")
    proposal = Proposal(
        id=fields.text("id"),
        snapshot=fields.hex("snapshot", 32).hex(),
        drafts=fields.hex("drafts", 32).hex(),
        form=Form(_answers(form)),
        author=fields.text("author"),
        editors=tuple(map(str, fields.rows("editors", max_length=MOST_EDITORS))),
        created_at=fields.whole("created_at"),
        base=fields.text("base", pattern="([0-9a-f]{64})?"),
        before=fields.text("before"),
        approvals=tuple(_said(value) for value in fields.rows("approvals", max_length=MOST_APPROVALS)),
        paused=_maybe(fields.take("paused")),
        vetoed=_maybe(fields.take("vetoed")),
        job=fields.text("job"),
        revision=row.revision,
    )
    fields.done()
    return proposal


def _answers(form: Json) -> Mapping[str, str]:
    if not isinstance(form, dict) or set(form) != set(ASKED):
        raise Malformed("proposal: form is not whole")
    return {name: str(answer) for name, answer in form.items()}


def _maybe(value: Json) -> Said | None:
    return None if value is None else _said(value)


def _said(value: Json) -> Said:
    fields = Fields(value, "proposal: said")
    said = Said(fields.text("sub"), fields.whole("at"), fields.text("reason", max_length=LONGEST_REASON))
    fields.done()
    return said
