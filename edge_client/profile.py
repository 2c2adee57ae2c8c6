"""The profile: what this device has learnt. It never leaves the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import CameFrom
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
    which group of pages theirs are like. Visits are what we observed; dismissals are what the citizen told
    us: they are kept apart, and a dismissal does not expire. `another_ms` is when the citizen last said that
    a visit was for someone else. Where rules ask about sessions, `met_ms` is when
    any page was last looked at; where they ask how one began, `began_from` says it of the last one.
    """

    visits: tuple[Visit, ...] = ()
    dismissed: frozenset[ItemId] = frozenset()
    cleared_ms: int = 0
    sessions: int = 0
    grouped: bool = True
    met_ms: int = 0
    began_from: CameFrom | None = None
    another_ms: int = 0

    def met(self, at_ms: int, came_from: CameFrom | None) -> Profile:
        """Return the profile after any page view, kept or not: its session, and how that began."""
        now = max(at_ms, self.last_ms)
        if not self.starts_session(now):
            return replace(self, met_ms=now, sessions=self.last_session)
        return replace(self, met_ms=now, sessions=self.last_session + 1, began_from=came_from)

    def visited(self, item: ItemId, *, at_ms: int, keep_days: int) -> Profile:
        """Return the profile after one page view; a clock that jumped back never makes time run backwards."""
        last = self.visits[-1] if self.visits else None
        now = max(at_ms, self.last_ms)
        session = self.last_session + (1 if self.starts_session(now) else 0)
        kept = tuple(visit for visit in self.visits if now - visit.at_ms <= keep_days * DAY_MS)
        if last and last.session == session and last.item == item:
            kept = kept[:-1]  # a reload is not a second look
        return replace(self, visits=(*kept, Visit(item, now, session))[-MAX_VISITS:])

    @property
    def last_session(self) -> int:
        """The number of the last session; numbers go on rising when visits are forgotten."""
        return max(self.visits[-1].session, self.sessions) if self.visits else self.sessions

    @property
    def last_ms(self) -> int:
        """When a page was last looked at, as far as that is kept (Unix milliseconds); 0 where it is not."""
        return max(self.visits[-1].at_ms, self.met_ms) if self.visits else self.met_ms

    def starts_session(self, at_ms: int) -> bool:
        """Say whether a page view at `at_ms` begins a session: the first one, or one after a gap of 30
        minutes."""
        met = bool(self.visits or self.met_ms)
        return not met or at_ms - self.last_ms > SESSION_GAP_MS

    def sessions_at(self, at_ms: int, *, since_ms: int) -> frozenset[int]:
        """Return the sessions that somebody means by "this visit" at `at_ms`, on a page opened at `since_ms`:
        the one in which it was opened, and the last one unless that is over; none where the device has heard
        of neither."""
        opened = next((visit.session for visit in self.visits if visit.at_ms >= since_ms), None)
        if opened is None and not self.starts_session(since_ms):
            opened = self.last_session  # its own view is not kept
        now = None if self.starts_session(at_ms) else self.last_session
        return frozenset(session for session in (opened, now) if session is not None)

    def told_ms(self, now_ms: int) -> int:
        """Return when the citizen last had something forgotten, as far as that is not in the future: clocks
        can be set back."""
        return max((ms for ms in (self.cleared_ms, self.another_ms) if ms <= now_ms), default=0)

    def dismiss(self, item: ItemId) -> Profile:
        """Return the profile in which `item` is never suggested again."""
        return replace(self, dismissed=self.dismissed | {item})

    def wanting(self, wanted: Callable[[ItemId], bool]) -> Profile:
        """Return the profile in which nothing of these is called not relevant any more."""
        return replace(self, dismissed=frozenset(item for item in self.dismissed if not wanted(item)))

    def clear(self, at_ms: int) -> Profile:
        """Return the profile after the citizen had all of it forgotten; the same wish told again changes
        nothing. `at_ms` only tells one wish from another: clocks can be set back."""
        if at_ms == self.cleared_ms:
            return self
        return Profile(cleared_ms=at_ms, sessions=self.last_session, grouped=self.grouped)

    def without(self, unwanted: Callable[[ItemId], bool]) -> Profile:
        """Return the profile without the visits to items that are not wanted any more."""
        return self.without_visits(lambda visit: unwanted(visit.item))

    def without_visits(self, unwanted: Callable[[Visit], bool]) -> Profile:
        """Return the profile without some visits; sessions keep their numbers."""
        visits = tuple(visit for visit in self.visits if not unwanted(visit))
        if len(visits) == len(self.visits):
            return self
        return replace(self, visits=visits, sessions=self.last_session)

    def recent(self, count: int) -> tuple[ItemId, ...]:
        """Return the last `count` distinct items, most recent first."""
        return self.recent_among(count, lambda visit: True)

    def recent_among(self, count: int, wanted: Callable[[Visit], bool]) -> tuple[ItemId, ...]:
        """Return the last `count` distinct items of visits that are wanted, most recent first."""
        items: dict[ItemId, None] = {}
        for visit in reversed(self.visits):
            if len(items) < count and wanted(visit):
                items[visit.item] = None
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
        more: dict[str, canonical.Json] = {} if self.grouped else {"grouped": False}
        more |= {"met_ms": self.met_ms} if self.met_ms else {}
        more |= {"began_from": self.began_from.value} if self.began_from else {}
        more |= {"another_ms": self.another_ms} if self.another_ms else {}
        visits: list[canonical.Json] = [[visit.item, visit.at_ms, visit.session] for visit in self.visits]
        return canonical.encode(
            {
                **more,
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
        value = canonical.decode_object(raw)
        fields = Fields(value, "profile")
        fields.whole("v", low=1, high=1)
        dismissed = fields.rows("dismissed", max_length=canonical.MAX_BYTES)
        items = frozenset(ItemId(item) for item in dismissed if isinstance(item, str))
        began = fields.text("began_from") if "began_from" in value else None
        if len(items) != len(dismissed):
            raise Malformed("profile: a dismissed item is not text")
        if began is not None and began not in list(CameFrom):
            raise Malformed("profile: began_from is no kind of place")
        profile = cls(
            visits=tuple(_visit(visit) for visit in fields.rows("visits", max_length=MAX_VISITS)),
            dismissed=items,
            cleared_ms=fields.whole("cleared_ms"),
            sessions=fields.whole("sessions"),
            grouped=fields.flag("grouped") if "grouped" in value else True,
            met_ms=fields.whole("met_ms") if "met_ms" in value else 0,
            began_from=None if began is None else CameFrom(began),
            another_ms=fields.whole("another_ms") if "another_ms" in value else 0,
        )
        fields.done()
        if profile.to_bytes() != raw:
            raise Malformed("profile: says of a field what it says by leaving it out")
        return profile


def _visit(value: canonical.Json) -> Visit:
    match value:
        case [str(item), int(at_ms), int(session)] if item == scrub_path(item):
            return Visit(ItemId(item), at_ms, session)
        case _:
            raise Malformed("profile: a visit is not an item, a time and a session")
