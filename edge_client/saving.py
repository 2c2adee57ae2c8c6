"""What has to be stored, and forgotten, of a change in what this device knows."""

from __future__ import annotations

from typing import Protocol

from edge_client.decided import Decided
from edge_client.effects import (
    EraseDecided,
    EraseProfile,
    EraseSignals,
    EraseTold,
    SaveDecided,
    SaveProfile,
    SaveSignals,
    SaveTold,
    Storing,
)
from edge_client.profile import Profile
from edge_client.signals.kept import KeptSignals
from edge_client.told import Told


class Known(Protocol):
    """Whatever holds all that a device knows."""

    @property
    def profile(self) -> Profile:
        """What was looked at."""
        ...

    @property
    def told(self) -> Told:
        """What the citizen said."""
        ...

    @property
    def signals(self) -> KeptSignals:
        """What pages noticed."""
        ...

    @property
    def decided(self) -> Decided:
        """What was decided and shown."""
        ...


def saves(before: Known, after: Known) -> tuple[Storing, ...]:
    """Return what stores everything that is new, and removes what is empty now; nothing for what is as it
    was."""
    profile = SaveProfile(after.profile) if after.profile != before.profile else None
    return (*((profile,) if profile else ()), *_beside(before, after))


def erases(before: Known, after: Known) -> tuple[Storing, ...]:
    """Return what stores what is left after consent has gone, and removes what is empty now."""
    if after.profile == before.profile:
        return _beside(before, after)
    kept = SaveProfile(after.profile) if after.profile.visits else EraseProfile()
    return (kept, *_beside(before, after))


def _beside(before: Known, after: Known) -> tuple[Storing, ...]:
    """The same for what is kept beside the profile. What is empty is not kept: it would outlive its consent,
    which takes away what is otherwise after it."""
    found: list[Storing] = []
    if after.told != before.told:
        found.append(SaveTold(after.told) if after.told != Told() else EraseTold())
    if after.signals != before.signals:
        found.append(SaveSignals(after.signals) if after.signals != KeptSignals() else EraseSignals())
    if after.decided != before.decided:
        found.append(SaveDecided(after.decided) if after.decided != Decided() else EraseDecided())
    return tuple(found)
