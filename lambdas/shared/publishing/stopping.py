"""What is stopped: devices leave what the server has there, and nothing else changes.

A slot is on the pages that it names, or on every page. Stopped, it names places that are no page, and every
device that ever was delivered decides nothing for it. A flow or a reminder is asked for by its name. Stopped,
it has another one, by which no page asks for it. Rules, levels and what devices may keep for them stay as
they are, and so does what lies under a flow's own name: an act that takes one person, in a hurry, must not
delete what citizens told their devices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from consent_ledger.errors import Refused
from edge_client.wire.flow import print_flows
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.manifest import FLOWS, REMINDERS
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Rules, SlotRule

RULES: Final = "rules.json"

STOPPED: Final = "stopped:"
"""What the places of a stopped slot begin with, and those of no other that is published."""

STOPPED_NAME: Final = "stopped."
"""What the name of a stopped flow or reminder begins with, and that of no other that is published."""

LONGEST_NAME: Final = 72
"""Of a flow or a reminder that is published: a name has up to 80 letters, and that has to fit before it."""

Files: TypeAlias = Mapping[str, bytes]
"""The files of a bundle by name."""

Part: TypeAlias = tuple[str, str]
"""What can be stopped: the file that it is in, and its own name."""

_MOST_NAMED: Final = 5


class NothingThere(Refused):
    """What is to be stopped is not live."""


@dataclass(frozen=True, slots=True)
class Stops:
    """What is to be silent, whether or not it is live yet: the whole site, or these slots."""

    site: bool = False
    slots: frozenset[str] = frozenset()


def is_stopped(slot: SlotRule) -> bool:
    """Say whether devices leave a slot alone: it is on no page, not even beside others."""
    return bool(slot.pages) and all(page.startswith(STOPPED) for page in slot.pages)


def parts(files: Files) -> dict[Part, bool]:
    """Return every slot, flow and reminder by its own name, and whether it is stopped."""
    found = {(RULES, slot.slot): is_stopped(slot) for slot in Rules.parse(files[RULES]).slots}
    for file, name in _named(files):
        found[file, name.removeprefix(STOPPED_NAME)] = name.startswith(STOPPED_NAME)
    return found


def stopped(files: Files, named: Collection[str] | None) -> Files:
    """Return the files with these slots stopped; for None with every slot, flow and reminder.

    Raises `NothingThere`, with their names, where none of them is there: one that is spelt wrong keeps no
    other from being stopped.
    """
    there = parts(files)
    if named is None:
        return _only(files, there)
    slots = {(RULES, name) for name in named} & there.keys()
    if named and not slots:
        missing = sorted(named)
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        names = ", ".join(missing[:_MOST_NAMED])
        raise NothingThere(
            f"kill: the rules that are live have no slot of that name: {names}{more}; "
            "one that comes is silent until it is revived"
        )
    return _only(files, {part for part, is_silent in there.items() if is_silent} | slots)


def revived(files: Files) -> Files:
    """Return the files as they were before anything in them was stopped."""
    return _only(files, ())


def held(files: Files, stops: Stops) -> Files:
    """Return the files with what is to be silent stopped, as far as it is there."""
    if stops.site:
        return stopped(files, None)
    return stopped(files, {name for file, name in parts(files) if file == RULES and name in stops.slots})


def as_live(files: Files, live: Files) -> Files:
    """Return files that are to follow live ones: what is stopped there stays so, and nothing else is.

    Where everything is stopped, what is new is as well, and a new slot where every slot is.
    """
    there, new = parts(live), parts(files)
    silent = {part for part, is_silent in there.items() if is_silent}
    if silent and silent == there.keys():
        return _only(files, new)
    if silent and all(is_silent for (file, _), is_silent in there.items() if file == RULES):
        silent |= {part for part in new if part[0] == RULES}
    return _only(files, silent)


def unstoppable(files: Files) -> Iterator[tuple[Part, str]]:
    """Yield what could not be stopped, or not go on as it was, and why; nobody publishes it."""
    for slot in Rules.parse(files[RULES]).slots:
        if any(not page or page.startswith(STOPPED) for page in slot.pages):
            yield (RULES, slot.slot), f"a page of a slot is empty or begins with {STOPPED}"
    for part in _named(files):
        if part[1].startswith(STOPPED_NAME) or len(part[1]) > LONGEST_NAME:
            yield part, f"a name begins with {STOPPED_NAME} or is longer than {LONGEST_NAME}"


def check_startable(files: Files) -> None:
    """Raise `Refused` for the first thing that is `unstoppable`."""
    for (file, _), why in unstoppable(files):
        raise Refused(f"{file}: {why}")


def _named(files: Files) -> list[Part]:
    flows = parse_flows(files[FLOWS]) if FLOWS in files else ()
    reminders = Reminders.parse(files[REMINDERS]).reminders if REMINDERS in files else ()
    return [*((FLOWS, each.name) for each in flows), *((REMINDERS, each.name) for each in reminders)]


def _only(files: Files, silent: Collection[Part]) -> Files:
    """Return the files with these parts stopped and all others going on; what need not change does not."""
    rules = Rules.parse(files[RULES])
    slots = tuple(_stopped(slot) if (RULES, slot.slot) in silent else _going_on(slot) for slot in rules.slots)
    made: dict[str, bytes] = {**files}
    if slots != rules.slots:
        made[RULES] = replace(rules, slots=slots).to_bytes()
    names = {(file, name): _name(file, name, silent) for file, name in _named(files)}
    if FLOWS in files and any(name != after for (file, name), after in names.items() if file == FLOWS):
        flows = [(each, names[FLOWS, each.name]) for each in parse_flows(files[FLOWS])]
        made[FLOWS] = print_flows(tuple(replace(each, name=name) for each, name in flows if name))
    if REMINDERS in files and any(name != after for (file, name), after in names.items() if file != FLOWS):
        before = Reminders.parse(files[REMINDERS])
        called = [(each, names[REMINDERS, each.name]) for each in before.reminders]
        reminders = [replace(each, name=name) for each, name in called if name]
        made[REMINDERS] = replace(
            before, reminders=tuple(sorted(reminders, key=lambda each: each.name))
        ).to_bytes()
    return made


def _name(file: str, name: str, silent: Collection[Part]) -> str | None:
    """What a flow or a reminder is called; None where its own name is too long to be told apart.

    None such is published any more. One that was goes, and comes back with the next publication.
    """
    own = name.removeprefix(STOPPED_NAME)
    if (file, own) not in silent:
        return own
    return STOPPED_NAME + own if len(own) <= LONGEST_NAME else None


def _stopped(slot: SlotRule) -> SlotRule:
    # Also one that is stopped on some of its pages alone, as was published once, and on all of them after.
    going_on = _going_on(slot)
    return replace(slot, pages=tuple(f"{STOPPED}{page}" for page in going_on.pages or ("",)))


def _going_on(slot: SlotRule) -> SlotRule:
    pages = (page.removeprefix(STOPPED) for page in slot.pages)
    return replace(slot, pages=tuple(page for page in pages if page))
