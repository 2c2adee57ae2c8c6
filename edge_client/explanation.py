"""Why an item is shown: the page without which it would have scored least, or the facts that a rule needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_client.ranking import Ranked
from edge_client.rules.facts import Truth
from edge_client.rules.inputs import Moment
from edge_client.rules.pipeline import Offer
from edge_client.rules.truths import because_of
from edge_client.scoring import History
from edge_client.wire.audience import (
    Answered,
    BeganFrom,
    Condition,
    DuringHours,
    FirstVisit,
    InLanguage,
    OnDevice,
    TaskIs,
    TaskState,
    Test,
    Visited,
)
from edge_client.wire.rules import Rules


class ReasonKind(StrEnum):
    """The kinds of reason a citizen can be given; the words for each are in the notice's language file."""

    THIS_PAGE = "this-page"
    LOOKED_AT = "looked-at"
    EXPLORE = "explore"
    POPULAR = "popular"
    PINNED = "pinned"
    TOLD = "told"
    TASK = "task"
    DONE = "done"
    OFTEN = "often"
    FIRST = "first"
    RETURNING = "returning"
    ALIKE = "alike"
    CONTEXT = "context"
    ABSENT = "absent"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its kind, and the index of the page that it names (None where it names none).

    `named` are the simple conditions of a rule without which the item would not be here; the kind speaks of
    the first.
    """

    kind: ReasonKind
    because: int | None
    named: tuple[str, ...] = ()


def explain(item: Ranked, *, history: History, page: int | None) -> Reason:
    """Name the page of `history` whose absence lowers the item's score most.

    Where no page matters, the item is there because many people go to it.
    """
    if item.explored:
        return Reason(ReasonKind.EXPLORE, None)
    drops = [item.score - without for without in item.without]
    if not drops or max(drops) <= 0:
        return Reason(ReasonKind.POPULAR, None)
    because = history.recent[drops.index(max(drops))]
    return Reason(ReasonKind.THIS_PAGE if because == page else ReasonKind.LOOKED_AT, because)


def explain_offer(offer: Offer, moment: Moment, rules: Rules) -> Reason:
    """Name the facts without which a rule would not be for this audience, or that the citizen pinned it."""
    if offer.rule is None:
        return Reason(ReasonKind.PINNED, None)
    if offer.rule.when is None:
        return Reason(ReasonKind.EVERYONE, None)
    named = because_of(offer.rule.when, rules.definitions, moment.leaves)
    if not named:
        return Reason(ReasonKind.EVERYONE, None)
    tests = {each.name: each.test for each in rules.definitions if isinstance(each, Condition)}
    kind = _kind(tests[named[0]], moment.leaves[named[0]])
    pages = (ReasonKind.TASK, ReasonKind.DONE, ReasonKind.OFTEN)
    return Reason(kind, moment.because.get(named[0]) if kind in pages else None, named)


def _kind(test: Test, truth: Truth) -> ReasonKind:
    match test:
        case FirstVisit():
            return ReasonKind.FIRST if truth else ReasonKind.RETURNING
        case DuringHours() | OnDevice() | InLanguage() | BeganFrom():
            return ReasonKind.CONTEXT
        case _ if not truth:
            return ReasonKind.ABSENT
        case Answered():
            return ReasonKind.TOLD
        case TaskIs(state=state):
            return ReasonKind.TASK if state is TaskState.BEGUN else ReasonKind.DONE
        case Visited():
            return ReasonKind.OFTEN
        case _:
            return ReasonKind.ALIKE
