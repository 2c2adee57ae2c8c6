"""What is an interest: a topic that was looked at in enough sessions, lately.

Once may have been for someone else. What the device saw fades: each session in which a topic was looked at
weighs half as much after every `half_life_days` of the rules. What the citizen said (`edge_client.told`) does
not: a topic that they follow is an interest from the first look on, and one that they stopped is none.
"""

from __future__ import annotations

from collections.abc import Callable

from edge_client.profile import DAY_MS, Profile, Visit
from edge_client.told import NOTHING_TOLD, Stance, Told
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.rules import Rules


def interests_of(
    profile: Profile,
    *,
    catalogue: Catalogue,
    rules: Rules,
    told: Told = NOTHING_TOLD,
    at_ms: int | None = None,
) -> frozenset[str]:
    """Return the topics that are an interest at `at_ms` (Unix milliseconds; when a page was last looked at
    where that is not said): looked at in `interest_sessions` sessions, which weigh half of that or more
    together; or followed."""
    sessions: dict[str, dict[int, int]] = {}
    for visit in profile.visits:
        if (known := catalogue.get(visit.item)) is not None:
            sessions.setdefault(known.topic, {})[visit.session] = visit.at_ms
    now, least = profile.last_ms if at_ms is None else at_ms, rules.interest_sessions
    guessed = frozenset(
        topic
        for topic, seen in sessions.items()
        if len(seen) >= least and 2 * sum(weight(now - ms, rules) for ms in seen.values()) >= least
    )
    return (guessed | told.with_stance(Stance.FOLLOW)) - told.with_stance(Stance.STOP)


def weight(age_ms: int, rules: Rules) -> float:
    """Return what something that was seen so long ago weighs: 1 now, a half after a half-life. A clock that
    was set back makes nothing weigh more."""
    if not rules.half_life_days:
        return 1.0
    return float(0.5 ** (max(age_ms, 0) / (rules.half_life_days * DAY_MS)))


def counts_as_interest(
    profile: Profile,
    *,
    catalogue: Catalogue,
    rules: Rules,
    told: Told = NOTHING_TOLD,
    at_ms: int | None = None,
) -> Callable[[Visit], bool]:
    """Return what says of a visit whether it is of an interest; where one session is enough and nothing
    fades, every one is that is not of a topic that the citizen stopped."""
    is_enough = rules.interest_sessions == 1 and not rules.half_life_days
    topics = interests_of(profile, catalogue=catalogue, rules=rules, told=told, at_ms=at_ms)
    is_wanted = wanted_by(told, catalogue)

    def counts(visit: Visit) -> bool:
        known = catalogue.get(visit.item)
        return is_wanted(visit) and (is_enough or (known is not None and known.topic in topics))

    return counts


def wanted_by(told: Told, catalogue: Catalogue) -> Callable[[Visit], bool]:
    """Return what says of a visit whether it may say anything: not of a topic that the citizen stopped."""
    stopped = told.stopped_items(catalogue)
    return lambda visit: visit.item not in stopped
