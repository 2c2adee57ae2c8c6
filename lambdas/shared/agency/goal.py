"""What an agency wants people to come to: the goals that rules are linked to by their words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME
from edge_client.wire.paths import scrub_path
from edge_client.wire.rule import LONGEST_GOAL

MOST_PAGES = 64


class GoalKind(StrEnum):
    """What counts as having come to a goal."""

    PAGE_REACHED = "page-reached"
    FORM_FINISHED = "form-finished"
    CALL_AVOIDED = "call-avoided"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal: `title` is what a rule's `goal` says, word for word; `pages` are where it is come to."""

    name: str
    title: str
    kind: GoalKind
    pages: tuple[str, ...]

    @classmethod
    def from_json(cls, value: Json) -> Goal:
        """Read one goal. Raises `Malformed`."""
        fields = Fields(value, "goal")
        kind = fields.text("kind")
        if kind not in list(GoalKind):
            raise Malformed(f"goal: kind is not among {', '.join(GoalKind)}")
        pages = fields.rows("pages", max_length=MOST_PAGES)
        goal = cls(
            name=fields.text("name", pattern=NAME),
            title=fields.text("title", pattern=r".*\S.*", max_length=LONGEST_GOAL),
            kind=GoalKind(kind),
            pages=tuple(page for page in pages if isinstance(page, str) and scrub_path(page) == page),
        )
        fields.done()
        if not pages or len(goal.pages) != len(pages):
            raise Malformed("goal: pages are none, or not all paths of pages")
        return goal
