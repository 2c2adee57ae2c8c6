"""The model's own places in a slot, in the order that the citizen's outcomes give; each says whether it owes
them its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_client.bundle import Bundle
from edge_client.dice import Dice
from edge_client.outcomes.sway import Leans, order_of
from edge_client.ranking import Ranked, best, rank
from edge_client.scoring import Candidates
from edge_client.wire.rules import SlotRule


def ranked(
    candidates: Candidates,
    leans: Leans,
    *,
    slot: SlotRule,
    bundle: Bundle,
    ahead: Sequence[Ranked],
    hidden: Dice,
) -> tuple[Ranked, ...]:
    """Return what `rank` does, by scores that the leans have moved.

    An item says that it was `opened` where without its topic's lean it would stand further down, or nowhere.
    """
    items = bundle.catalogue.items

    def order(of: Leans) -> Sequence[int]:
        return order_of(candidates, lambda index: items[index].topic, of, sway_milli=slot.sway_milli)

    def places(of: Leans) -> list[int]:
        chosen = best(candidates, catalogue=bundle.catalogue, slot=slot, ahead=ahead, order=order(of))
        return [candidates.indexes[nth] for nth in chosen]

    listed = rank(
        candidates, catalogue=bundle.catalogue, slot=slot, hidden=hidden, ahead=ahead, order=order(leans)
    )
    if not leans or not slot.sway_milli:
        return listed
    found: list[Ranked] = list(listed[: len(ahead)])
    for place, item in enumerate(listed[len(ahead) :]):
        topic = items[item.index].topic
        if leans.get(topic, 0) > 0 and not item.explored:
            without = places({name: lean for name, lean in leans.items() if name != topic})
            found.append(replace(item, opened=item.index not in without[: place + 1]))
        else:
            found.append(item)
    return tuple(found)
