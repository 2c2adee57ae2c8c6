"""A persona: what a made-up citizen looked at, told and did, for whoever previews a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.consent import ConsentBook
from edge_client.profile import MAX_VISITS, Profile
from edge_client.signals.kept import MOST_SIGNALS, KeptSignals
from edge_client.signals.signal import Signal
from edge_client.told import Told
from edge_client.wire.audience import NAME
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId, scrub_path

MOST_PERSONAS: Final = 64
MOST_MINUTES: Final = 366 * 24 * 60
_MINUTE_MS: Final = 60 * 1000
_WHOLE_LIFE_DAYS: Final = 1000
# Reports are of real people's visits alone, and nobody's choice is logged in a preview.
_GIVEN: Final = {"suggest": "given"}

Look = tuple[ItemId, int]


@dataclass(frozen=True, slots=True)
class Sign:
    """What a page noticed, so many minutes before the preview; as coarse as `Signal` keeps it."""

    kind: SignalKind
    about: str
    minutes_ago: int
    bucket: int = 0
    mark: str = ""

    def to_value(self) -> canonical.Json:
        """Return the JSON of it in a persona."""
        row: list[canonical.Json] = [self.kind.value, self.about, self.minutes_ago, self.bucket]
        return [*row, self.mark] if self.mark else row


@dataclass(frozen=True, slots=True)
class Persona:
    """Who is previewed: `looks` are pages with how many minutes ago, the oldest first; `answers` are options
    by the rules' question."""

    name: str
    looks: tuple[Look, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()

    def to_value(self) -> canonical.Json:
        """Return the JSON that `from_value` reads."""
        return {
            "name": self.name,
            "visits": [[item, minutes] for item, minutes in self.looks],
            "answers": dict(self.answers),
            "signals": [sign.to_value() for sign in self.signs],
        }

    @classmethod
    def from_value(cls, value: canonical.Json) -> Persona:
        """Read what `to_value` returned. Raises `Malformed` for anything else, and for visits or signals that
        are not in the order of time."""
        fields = Fields(value, "persona")
        answers = fields.take("answers")
        if not isinstance(answers, dict):
            raise Malformed("persona: answers are not an object")
        given = Fields(answers, "persona: answers")
        persona = cls(
            name=fields.text("name", pattern=r"[^\x00-\x1f]{1,80}"),
            looks=tuple(_look(row) for row in fields.rows("visits", max_length=MAX_VISITS)),
            answers={name: given.text(name, pattern=NAME) for name in answers},
            signs=tuple(_sign(row) for row in fields.rows("signals", max_length=MOST_SIGNALS)),
        )
        fields.done()
        for ages in ([age for _, age in persona.looks], [sign.minutes_ago for sign in persona.signs]):
            if ages != sorted(ages, reverse=True):
                raise Malformed("persona: not the oldest first")
        return persona

    def profile(self, at_ms: int) -> Profile:
        """Return what a device would have learnt of the visits by `at_ms`."""
        profile = Profile()
        for item, minutes in self.looks:
            looked_ms = at_ms - minutes * _MINUTE_MS
            profile = profile.visited(item, at_ms=looked_ms, keep_days=_WHOLE_LIFE_DAYS)
        return profile

    def kept(self, at_ms: int) -> dict[str, bytes]:
        """Return what a device of this citizen would keep at `at_ms`, by kind of storage."""
        profile = self.profile(at_ms)
        signals = KeptSignals()
        for sign in self.signs:
            signed_ms = at_ms - sign.minutes_ago * _MINUTE_MS
            sessions = (visit.session for visit in profile.visits if visit.at_ms <= signed_ms)
            session = max(sessions, default=1)
            signals = signals.with_signal(
                Signal(sign.kind, sign.about, signed_ms, session, sign.bucket, sign.mark)
            )
        return {
            "book": ConsentBook(choices=_GIVEN, chosen_ms=1).to_bytes(),
            "profile": profile.to_bytes(),
            "told": Told(answers=self.answers).to_bytes(),
            "signals": signals.to_bytes(),
        }


def read_personas(raw: bytes) -> dict[str, Persona]:
    """Read an agency's file of personas, by name. Raises `Malformed`, also when a name is there twice."""
    fields = Fields(canonical.decode(raw), "personas")
    fields.whole("v", low=1, high=1)
    personas = [Persona.from_value(row) for row in fields.rows("personas", max_length=MOST_PERSONAS)]
    fields.done()
    named = {persona.name: persona for persona in personas}
    if len(named) != len(personas):
        raise Malformed("personas: a name is there twice")
    return named


def _look(value: canonical.Json) -> Look:
    match value:
        case [str(item), int(minutes)] if item == scrub_path(item) and _is_age(minutes):
            return ItemId(item), minutes
        case _:
            raise Malformed("persona: a visit is not a scrubbed path and minutes")


def _sign(value: canonical.Json) -> Sign:
    match value:
        case [str(kind), str(about), int(minutes), int(bucket), *mark] if _is_age(minutes):
            # What a device would not have kept, no persona has.
            signal = Signal.from_value([kind, about, 0, 0, bucket, *mark])
            return Sign(signal.kind, signal.about, minutes, signal.bucket, signal.mark)
        case _:
            raise Malformed("persona: a signal is not a kind, what it is about, minutes and a bucket")


def _is_age(minutes: int) -> bool:
    return not isinstance(minutes, bool) and 0 <= minutes <= MOST_MINUTES
