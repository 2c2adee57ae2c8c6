"""Why an item is shown: the page without which it would have scored least, or the facts that a rule needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from edge_client.ranking import Ranked
from edge_client.rules.inputs import Moment
from edge_client.rules.pipeline import Offer
from edge_client.rules.truths import Truth, because_of
from edge_client.scoring import History
from edge_client.wire.audience import (
    Answered,
    BeganFrom,
    Condition,
    DuringHours,
    FirstVisit,
    InLanguage,
    IsOpen,
    OnDevice,
    TaskIs,
    TaskState,
    Test,
    Visited,
)
from edge_client.wire.noticed import Noticed, SignalKind
from edge_client.wire.rules import Rules


class ReasonKind(StrEnum):
    """The kinds of reason a citizen can be given; the words for each are in the notice's language file."""

    THIS_PAGE = "this-page"
    LOOKED_AT = "looked-at"
    EXPLORE = "explore"
    OPENED = "opened"
    POPULAR = "popular"
    PINNED = "pinned"
    FOLLOWED = "followed"
    TOLD = "told"
    TASK = "task"
    DONE = "done"
    OFTEN = "often"
    CLICKED = "clicked"
    READ = "read"
    SEARCHED = "searched"
    MARKED = "marked"
    FIRST = "first"
    RETURNING = "returning"
    ALIKE = "alike"
    CONTEXT = "context"
    ABSENT = "absent"
    EVERYONE = "everyone"


# The words for these speak of a page.
OF_A_PAGE: Final = frozenset(
    {
        ReasonKind.TASK,
        ReasonKind.DONE,
        ReasonKind.OFTEN,
        ReasonKind.CLICKED,
        ReasonKind.READ,
        ReasonKind.MARKED,
    }
)


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

    Where the citizen's own outcomes put it there, that is why. Where no page matters, the item is there
    because many people go to it.
    """
    if item.explored:
        return Reason(ReasonKind.EXPLORE, None)
    if item.opened:
        return Reason(ReasonKind.OPENED, None)
    drops = [item.score - without for without in item.without]
    if not drops or max(drops) <= 0:
        return Reason(ReasonKind.POPULAR, None)
    because = history.recent[drops.index(max(drops))]
    return Reason(ReasonKind.THIS_PAGE if because == page else ReasonKind.LOOKED_AT, because)


def explain_offer(offer: Offer, moment: Moment, rules: Rules) -> Reason:
    """Name the facts without which a rule would not be for this audience, or that the citizen pinned it, or
    follows its topic."""
    if offer.rule is None:
        return Reason(ReasonKind.FOLLOWED if offer.follows else ReasonKind.PINNED, None)
    if offer.rule.when is None:
        return Reason(ReasonKind.EVERYONE, None)
    found = reasons_for(offer.rule.when, rules, leaves=moment.leaves, behind=moment.because)
    if not found:
        return Reason(ReasonKind.EVERYONE, None)
    return Reason(found[0].kind, found[0].because, tuple(name for each in found for name in each.named))


def reasons_for(
    audience: str, rules: Rules, *, leaves: Mapping[str, Truth], behind: Mapping[str, int]
) -> tuple[Reason, ...]:
    """Return a reason for each simple condition without which an audience would not be met, in the order of
    the definitions; none where it is everybody's. `behind` has the page that a condition speaks of."""
    tests = {each.name: each.test for each in rules.definitions if isinstance(each, Condition)}
    kinds = {
        name: _kind(tests[name], leaves[name]) for name in because_of(audience, rules.definitions, leaves)
    }
    return tuple(
        Reason(kind, behind.get(name) if kind in OF_A_PAGE else None, (name,)) for name, kind in kinds.items()
    )


def _kind(test: Test, truth: Truth) -> ReasonKind:
    match test:
        case FirstVisit():
            return ReasonKind.FIRST if truth else ReasonKind.RETURNING
        case DuringHours() | IsOpen() | OnDevice() | InLanguage() | BeganFrom():
            return ReasonKind.CONTEXT
        case _ if not truth:
            return ReasonKind.ABSENT
        case Answered():
            return ReasonKind.TOLD
        case TaskIs(state=state):
            return ReasonKind.TASK if state is TaskState.BEGUN else ReasonKind.DONE
        case Visited():
            return ReasonKind.OFTEN
        case Noticed(kind=kind):
            return _noticed(kind)
        case _:
            return ReasonKind.ALIKE


def _noticed(kind: SignalKind) -> ReasonKind:
    match kind:
        case SignalKind.CLICKED:
            return ReasonKind.CLICKED
        case SignalKind.READ:
            return ReasonKind.READ
        case SignalKind.SEARCHED:
            return ReasonKind.SEARCHED
        case SignalKind.FORM_BEGUN:
            return ReasonKind.TASK
        case SignalKind.FORM_FINISHED:
            return ReasonKind.DONE
        case SignalKind.MARKED:
            return ReasonKind.MARKED
        case _:
            assert_never(kind)
