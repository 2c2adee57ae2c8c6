"""Which alerts are in force, whom they concern, and which comes first."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from edge_client.alerts.geometry import contains
from edge_client.alerts.reach import reaches
from edge_client.wire.alerts import Alert, Certainty, Severity, Urgency
from edge_client.wire.polygons import Point


class Concern(enum.Enum):
    """How an alert concerns somebody; the value is the word of vectors and of pages."""

    EVERYONE = "everyone"
    HERE = "here"
    NEAR = "near"
    """It names part of an area of theirs; whether it is where they are, only a position could tell."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of where somebody is, for one question: codes of areas, and a position or None."""

    codes: frozenset[str] = frozenset()
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """An alert that concerns somebody, and how."""

    alert: Alert
    concern: Concern


def in_force(alerts: Iterable[Alert], now: int) -> tuple[Alert, ...]:
    """The alerts that are said at a time in Unix seconds, the most serious first.

    An alert that replaces others does so once it is in force itself, and for good: what it replaced does not
    come back when it ends.
    """
    known = tuple(alerts)
    replaced = {old for alert in known if alert.effective <= now for old in alert.replaces}
    current = (
        alert for alert in known if alert.effective <= now < alert.expires and alert.alert_id not in replaced
    )
    return tuple(sorted(current, key=_order))


def next_change(alerts: Iterable[Alert], now: int) -> int | None:
    """The next time in Unix seconds after `now` at which what is in force may differ, or None."""
    times = (time for alert in alerts for time in (alert.effective, alert.expires))
    return min((time for time in times if time > now), default=None)


def concerning(alerts: Iterable[Alert], where: Whereabouts, now: int) -> tuple[Matched, ...]:
    """The alerts in force that concern somebody, those for everyone too, the most serious first."""
    return tuple(
        Matched(alert, concern)
        for alert in in_force(alerts, now)
        if (concern := concern_of(alert, where)) is not None
    )


def concern_of(alert: Alert, where: Whereabouts) -> Concern | None:
    """How an alert concerns somebody; None where it does not.

    In an area with polygons these decide about a position; without a position its codes say that part of an
    area is meant, and in an area without polygons that all of it is.
    """
    if alert.everyone:
        return Concern.EVERYONE
    near = False
    for area in alert.areas:
        known = not where.codes.isdisjoint(area.codes)
        if not area.polygons:
            if known:
                return Concern.HERE
        elif where.point is not None:
            if any(contains(polygon, where.point) for polygon in area.polygons):
                return Concern.HERE
        elif known:
            near = True
    return Concern.NEAR if near else None


def concern_within(
    alert: Alert, point: Point, *, metres: int, codes: frozenset[str], possible: frozenset[str]
) -> Concern | None:
    """How an alert concerns somebody whose position may be wrong by so many metres.

    `codes` are of the areas that hold the point, `possible` of all that it may lie in. What is not for the
    point itself is near where it may be for another point that is possible, and elsewhere (None) for no other
    reason.
    """
    is_possible = any(
        any(reaches(polygon, point, metres) for polygon in area.polygons)
        if area.polygons
        else not possible.isdisjoint(area.codes)
        for area in alert.areas
    )
    return concern_of(alert, Whereabouts(codes, point)) or (Concern.NEAR if is_possible else None)


def _order(alert: Alert) -> tuple[int, int, int, int, str]:
    return (
        list(Severity).index(alert.severity),
        list(Urgency).index(alert.urgency),
        list(Certainty).index(alert.certainty),
        alert.effective if alert.onset is None else alert.onset,
        alert.alert_id,
    )
