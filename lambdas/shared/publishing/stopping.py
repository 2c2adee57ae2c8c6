"""Slots that are stopped: devices leave what the server has in them, and nothing else changes.

A slot is on the pages that it names, or on every page. Stopped, it names places that are no page, and every
device that ever was delivered decides nothing for it. Rules, levels and what devices may keep for them stay
as they are: an act that takes one person, in a hurry, must not delete what citizens told their devices.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from consent_ledger.errors import Refused
from edge_client.wire.rules import Rules, SlotRule

STOPPED: Final = "stopped:"
"""What the places of a stopped slot begin with; paths begin with a slash."""


def is_stopped(slot: SlotRule) -> bool:
    """Say whether devices leave a slot alone."""
    return any(page.startswith(STOPPED) for page in slot.pages)


def stop(rules: Rules, named: Collection[str] | None) -> Rules:
    """Return the rules with these slots stopped, all of them for None. Raises `Refused` for no such slot."""
    known = {slot.slot for slot in rules.slots}
    if named is not None and not known.issuperset(named):
        raise Refused("kill: the rules that are live have no slot of that name")
    return replace(
        rules,
        slots=tuple(_stopped(slot) if named is None or slot.slot in named else slot for slot in rules.slots),
    )


def revive(rules: Rules) -> Rules:
    """Return the rules as they were before any of their slots was stopped."""
    return replace(rules, slots=tuple(_going_on(slot) for slot in rules.slots))


def as_live(rules: Rules, live: Rules) -> Rules:
    """Return rules that are to follow live ones: what is stopped there stays so, and nothing else is.

    Where everything is stopped, what is new is as well.
    """
    after = revive(rules)
    names = {slot.slot for slot in live.slots if is_stopped(slot)}
    if names and len(names) == len(live.slots):
        return stop(after, None)
    return stop(after, names & {slot.slot for slot in after.slots})


def _stopped(slot: SlotRule) -> SlotRule:
    if is_stopped(slot):
        return slot
    return replace(slot, pages=tuple(f"{STOPPED}{page}" for page in slot.pages or ("",)))


def _going_on(slot: SlotRule) -> SlotRule:
    pages = (page.removeprefix(STOPPED) for page in slot.pages)
    return replace(slot, pages=tuple(page for page in pages if page))
