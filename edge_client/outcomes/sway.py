"""How far a citizen's own outcomes move topics up or down: Thompson sampling with dice that can fall again.

A topic's chance of being opened is drawn from what is believed of it after its outcomes, and so is that of
all other topics together (W. R. Thompson, On the likelihood that one unknown probability exceeds another,
Biometrika 25, 1933; O. Chapelle and L. Li, An empirical evaluation of Thompson sampling, NIPS 2011). A topic
that is hardly known is left where it is, and how far any topic moves is bounded, whatever is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from edge_client.dice import Dice
from edge_client.scoring import Candidates
from edge_client.wire.rules import WHOLE_SWAY

LEAST_SHOWN: Final = 4
MOST_COUNTED: Final = 60
_UNIFORM: Final = 1 << 32
# A difference of a quarter between two chances is as far as anything moves.
_STEEP: Final = 4

Leans = Mapping[str, int]


def leans_of(outcomes: Mapping[str, tuple[int, int]], dice: Dice) -> Leans:
    """Draw how far each topic leans, from -1000 (passed over) to 1000 (opened more than the others).

    `outcomes` are by topic how many were opened and how many were not. Topics that were shown less than
    `LEAST_SHOWN` times, or beside which nothing else was, have none.
    """
    leans: dict[str, int] = {}
    for topic, own in sorted(outcomes.items()):
        others = [each for name, each in outcomes.items() if name != topic]
        rest = sum(opened for opened, _ in others), sum(passed for _, passed in others)
        if sum(own) >= LEAST_SHOWN <= sum(rest):
            apart = chance_drawn(*own, dice) - chance_drawn(*rest, dice)
            leans[topic] = max(-WHOLE_SWAY, min(WHOLE_SWAY, apart * _STEEP * WHOLE_SWAY // _UNIFORM))
    return leans


def chance_drawn(opened: int, passed: int, dice: Dice) -> int:
    """Draw a chance, in 2^32ths, from Beta(opened + 1, passed + 1).

    It is the (opened + 1)th smallest of opened + passed + 1 uniform numbers: whole numbers alone, so that it
    falls alike everywhere. More than `MOST_COUNTED` count as that many, in the same proportion.
    """
    shown = opened + passed
    if shown > MOST_COUNTED:
        opened, shown = opened * MOST_COUNTED // shown, MOST_COUNTED
    return sorted(dice.below(_UNIFORM) for _ in range(shown + 1))[opened]


def order_of(
    candidates: Candidates, topic_of: Callable[[int], str], leans: Leans, *, sway_milli: int
) -> Sequence[int]:
    """Return the places of the candidates in the order of their scores, each times 1 + lean * sway.

    Two change places only where their scores are apart by less than (1 + sway) / (1 - sway).
    """
    places = range(len(candidates.indexes))
    if not leans or not sway_milli:
        return places
    factors = {topic: WHOLE_SWAY + lean * sway_milli // WHOLE_SWAY for topic, lean in leans.items()}

    def swayed(place: int) -> float:
        return -float(candidates.scores[place]) * factors.get(topic_of(candidates.indexes[place]), WHOLE_SWAY)

    return sorted(places, key=swayed)
