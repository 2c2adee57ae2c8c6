"""The profile: what this device has learnt. It never leaves the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.paths import ItemId, scrub_path

SESSION_GAP_MS = 30 * 60 * 1000
MAX_VISITS = 200
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was looked at: its item id, when (Unix milliseconds), and in which session of this device
    (1, 2, ...)."""

    item: ItemId
    at_ms: int
    session: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Pages looked at, oldest first, and items that the citizen called not relevant.

    `cleared_ms` is when the citizen last had everything forgotten; `grouped` whether they let the device say
    which group of pages theirs are like. Visits are what we observed; dismissals
    are what the citizen told us: they are kept apart, and a dismissal does not expire.
    """

    visits: tuple[Visit, ...] = ()
    dismissed: frozenset[ItemId] = frozenset()
    cleared_ms: int = 0
    sessions: int = 0
    grouped: bool = True

    def visited(self, item: ItemId, *, at_ms: int, keep_days: int) -> Profile:
        """Return the profile after one page view; a clock that jumped back never makes time run backwards."""
        last = self.visits[-1] if self.visits else None
        now = max(at_ms, last.at_ms) if last else at_ms
        session = self.last_session + (1 if self.starts_session(now) else 0)
        kept = tuple(visit for visit in self.visits if now - visit.at_ms <= keep_days * DAY_MS)
        if last and last.session == session and last.item == item:
            kept = kept[:-1]  # a reload is not a second look
        return replace(self, visits=(*kept, Visit(item, now, session))[-MAX_VISITS:])

    @property
    def last_session(self) -> int:
        """The number of the last session; numbers go on rising when visits are forgotten."""
        return self.visits[-1].session if self.visits else self.sessions

    def starts_session(self, at_ms: int) -> bool:
        """Say whether a page view at `at_ms` begins a session: the first one, or one after a gap of 30
        minutes."""
        return not self.visits or at_ms - self.visits[-1].at_ms > SESSION_GAP_MS

    def dismiss(self, item: ItemId) -> Profile:
        """Return the profile in which `item` is never suggested again."""
        return replace(self, dismissed=self.dismissed | {item})

    def clear(self, at_ms: int) -> Profile:
        """Return the profile after the citizen had all of it forgotten; the same wish told again changes
        nothing. `at_ms` only tells one wish from another: clocks can be set back."""
        if at_ms == self.cleared_ms:
            return self
        return Profile(cleared_ms=at_ms, sessions=self.last_session, grouped=self.grouped)

    def without(self, unwanted: Callable[[ItemId], bool]) -> Profile:
        """Return the profile without the visits to items that are not wanted any more."""
        visits = tuple(visit for visit in self.visits if not unwanted(visit.item))
        if len(visits) == len(self.visits):
            return self
        return replace(self, visits=visits, sessions=self.last_session)

    def recent(self, count: int) -> tuple[ItemId, ...]:
        """Return the last `count` distinct items, most recent first."""
        items: list[ItemId] = []
        for visit in reversed(self.visits):
            if visit.item not in items:
                items.append(visit.item)
            if len(items) == count:
                break
        return tuple(items)

    def session_items(self, session: int, *, since_ms: int) -> tuple[ItemId, ...]:
        """Return the distinct items of one session, looked at since a time, in the order of the first
        look."""
        return tuple(
            dict.fromkeys(
                visit.item for visit in self.visits if visit.session == session and visit.at_ms >= since_ms
            )
        )

    def to_bytes(self) -> bytes:
        """Print canonical JSON, as kept in the browser's own storage."""
        # What is as it was at first is not written: a profile kept by an earlier version reads the same.
        switched: dict[str, canonical.Json] = {} if self.grouped else {"grouped": False}
        visits: list[canonical.Json] = [[visit.item, visit.at_ms, visit.session] for visit in self.visits]
        return canonical.encode(
            {
                **switched,
                "v": 1,
                "visits": visits,
                "dismissed": list[canonical.Json](sorted(self.dismissed)),
                "cleared_ms": self.cleared_ms,
                "sessions": self.sessions,
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Profile:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else: the caller starts afresh."""
        match canonical.decode(raw):
            case {
                "v": 1,
                "visits": list(visits),
                "dismissed": list(dismissed),
                "cleared_ms": int(cleared_ms),
                "sessions": int(sessions),
                **rest,
            } if rest in ({}, {"grouped": False}):
                grouped = not rest
            case _:
                raise Malformed("profile: not version 1")
        items = frozenset(ItemId(item) for item in dismissed if isinstance(item, str))
        if len(items) != len(dismissed):
            raise Malformed("profile: a dismissed item is not text")
        return cls(tuple(_visit(visit) for visit in visits), items, cleared_ms, sessions, grouped)


def _visit(value: canonical.Json) -> Visit:
    match value:
        case [str(item), int(at_ms), int(session)] if item == scrub_path(item):
            return Visit(ItemId(item), at_ms, session)
        case _:
            raise Malformed("profile: a visit is not an item, a time and a session")
