"""Why an item is shown: the page without which it would have scored least."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_client.ranking import Ranked
from edge_client.scoring import History


class ReasonKind(StrEnum):
    """The kinds of reason a citizen can be given; the words for each are in the notice's language file."""

    THIS_PAGE = "this-page"
    LOOKED_AT = "looked-at"
    EXPLORE = "explore"
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its kind, and the index of the page that it names (None where it names none)."""

    kind: ReasonKind
    because: int | None


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
