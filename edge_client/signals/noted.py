"""What a page says that it noticed, before this device knows in which session that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_client.profile import Profile
from edge_client.signals.signal import Signal, is_mark
from edge_client.signals.words import scrub_query
from edge_client.wire.noticed import MOST_BUCKET, SignalKind
from edge_client.wire.paths import scrub_path

MOST_NOTED = 50


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing: of a search the words as the page scrubbed them, of everything else a page's path; and when,
    by this device's clock (Unix milliseconds). `mark` is what a page says of itself; of no other kind."""

    kind: SignalKind
    about: str
    at_ms: int
    bucket: int = 0
    mark: str = ""


def noted_of(rows: object) -> tuple[Noted, ...]:
    """Read what a page noted; what is no such row is left out: it may be of a page older than this code."""
    return tuple(
        Noted(SignalKind(kind), about, at_ms, bucket, *mark)
        for row in (rows[:MOST_NOTED] if isinstance(rows, list) else ())
        if isinstance(row, list) and len(row) >= 4
        for kind, about, at_ms, bucket, *mark in [row]
        if kind in list(SignalKind) and isinstance(about, str)
        if type(at_ms) is int and type(bucket) is int and at_ms >= 0 and 0 <= bucket <= MOST_BUCKET
        if len(mark) == (kind == SignalKind.MARKED) and all(map(is_mark, mark))
    )


def signals_of(
    noted: Sequence[Noted], *, profile: Profile, known: frozenset[str], at_ms: int
) -> tuple[Signal, ...]:
    """Return the signals in what was noted, each scrubbed once more, in the last session of the profile.

    Pages tell before the view that could begin another session, so it is the one in which it was noticed. A
    page says at once what it is: it may tell that before its own view, and begins the session with it.
    Nothing lies in the future, whatever the clock was set to.
    """
    signals = (
        Signal(
            each.kind,
            _scrubbed(each, known),
            min(each.at_ms, at_ms),
            _session(each, profile, at_ms),
            each.bucket,
            each.mark,
        )
        for each in noted
    )
    return tuple(signal for signal in signals if signal.about and signal.session)


def _session(each: Noted, profile: Profile, at_ms: int) -> int:
    begins = each.kind is SignalKind.MARKED and profile.starts_session(min(each.at_ms, at_ms))
    return profile.last_session + int(begins)


def _scrubbed(each: Noted, known: frozenset[str]) -> str:
    if each.kind is SignalKind.SEARCHED:
        return " ".join(scrub_query(each.about, known))
    return scrub_path(each.about)
