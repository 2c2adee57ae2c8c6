"""One synthetic citizen: what they come for, what they say yes to, and what they make of suggestions.

Nothing here was measured on anybody. Shares were chosen by hand, so that everything happens often enough.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_client.events import Event, ForSomeoneElse, ItemPinned, NoticingSwitched, SignalsNoticed, TopicTold
from edge_client.signals.noted import Noted
from edge_client.signals.signal import Switch
from edge_client.told import Stance
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId

DAY_MS = 24 * 60 * 60 * 1000
BOTH = frozenset({"suggest", "learn"})
CHOICES = ((BOTH, 50), (frozenset({"suggest"}), 20), (frozenset({"learn"}), 10), (frozenset[str](), 10))
NEVER_CHOOSES = 0.1
CHANGES_MIND = 0.08
CLEARS = 0.05
FOR_SOMEONE_ELSE = 0.04
SAYS_SOMETHING = 0.05
NOTICED = 0.2
BEGINS_A_FORM = 0.1
# What some pages of the city say of themselves, and a rule of it names.
MARK = "life-event:renovating-a-home"

# The click model: whoever looks at a list looks at its first place, and on to the next one with a chance. Of
# what they look at they open what they came for, now and then something else; or call it not relevant.
LOOKS = 0.8
LOOKS_ON = 0.7
OPENS_WANTED = 0.6
OPENS_OTHER = 0.03
DISMISSES = 0.03


@dataclass(frozen=True)
class Citizen:
    """One citizen; the same dice make the same one, and the same life."""

    dice: random.Random

    def first_choice(self) -> frozenset[str] | None:
        """Return what they say yes to; None for somebody who leaves the banner alone."""
        if self.dice.random() < NEVER_CHOOSES:
            return None
        return self.dice.choices([choice for choice, _ in CHOICES], [weight for _, weight in CHOICES])[0]

    def changed_mind(self) -> frozenset[str] | None:
        """Return what they say yes to from now on, where that is something else; mostly None."""
        if self.dice.random() >= CHANGES_MIND:
            return None
        return self.dice.choice([choice for choice, _ in CHOICES])

    def gap_ms(self) -> int:
        """Return how long they stay away: hours, days, now and then two weeks."""
        return self.dice.choice((3_600_000, 5 * 3_600_000, DAY_MS, 2 * DAY_MS, 4 * DAY_MS, 9 * DAY_MS))

    def opens(self, shown: Sequence[ItemId], wanted: frozenset[ItemId]) -> ItemId | None:
        """Return what they open of a list."""
        return self._first(shown, lambda item: OPENS_WANTED if item in wanted else OPENS_OTHER)

    def dismisses(self, shown: Sequence[ItemId], wanted: frozenset[ItemId]) -> ItemId | None:
        """Return what they call not relevant."""
        return self._first(shown, lambda item: 0.0 if item in wanted else DISMISSES)

    def _first(self, shown: Sequence[ItemId], chance: Callable[[ItemId], float]) -> ItemId | None:
        looks = LOOKS
        for item in shown:
            if self.dice.random() >= looks:
                return None
            if self.dice.random() < chance(item):
                return item
            looks = LOOKS_ON
        return None

    def wishes(self, page: ItemId, at_ms: int) -> list[Event]:
        """Return what they say on a page, and what it notices."""
        events: list[Event] = []
        if self.dice.random() < NOTICED:
            kind = self.dice.choice(list(SignalKind))
            about = "parking" if kind is SignalKind.SEARCHED else page
            mark = MARK if kind is SignalKind.MARKED else ""
            noted = Noted(kind, about, at_ms, 2 * (kind is SignalKind.READ), mark)
            events.append(SignalsNoticed((noted,), at_ms))
        if self.dice.random() < SAYS_SOMETHING:
            events.append(
                self.dice.choice(
                    (
                        ItemPinned("home", page, at_ms),
                        TopicTold(page, Stance.STOP, at_ms),
                        TopicTold(page, Stance.FOLLOW, at_ms),
                        TopicTold(page, None, at_ms),
                        NoticingSwitched(Switch.SEARCHES, self.dice.random() < 0.5, at_ms),
                    )
                )
            )
        if self.dice.random() < FOR_SOMEONE_ELSE:
            events.append(ForSomeoneElse(at_ms, at_ms))
        return events
