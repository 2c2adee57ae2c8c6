"""Alerts as devices read them: who is concerned, from when to when, and what to do, in several languages.

The text that `alerts.json` signs; its format is `docs/formats/alerts.md`. The same for everyone: which alerts
concern a place is worked out on the device.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from edge_client.wire.polygons import MAX_POLYGONS, Polygon, print_polygon, read_polygon

MAX_ALERTS_BYTES: Final = 256 * 1024
MAX_ALERTS: Final = 200
MAX_AREAS: Final = 64
MAX_CODES: Final = 512
MAX_LANGUAGES: Final = 16
MAX_REPLACED: Final = 100
MAX_POINTS: Final = 20_000
"""Of all polygons together: what a slow device tests within a frame or two."""

CODE: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""An area code with its list before it: `SAME:053033`, `UGC:WAC033`, `riverton:harbour`."""

LANGUAGE: Final = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}"
ALERT_ID: Final = r"[0-9a-f]{32}"
_LINES: Final = r"[^\x00-\x09\x0b-\x1f\x7f]*"
_LINE: Final = r"[^\x00-\x1f\x7f]*"


class Severity(enum.Enum):
    """How bad it is, worst first (CAP 1.2, section 3.2.2)."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


class Urgency(enum.Enum):
    """How soon to act, soonest first (CAP 1.2, section 3.2.2)."""

    IMMEDIATE = "immediate"
    EXPECTED = "expected"
    FUTURE = "future"
    PAST = "past"
    UNKNOWN = "unknown"


class Certainty(enum.Enum):
    """How sure it is, surest first (CAP 1.2, section 3.2.2)."""

    OBSERVED = "observed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says in one language: plain text, in which no markup means anything; '' where it says
    nothing."""

    sender: str
    event: str
    headline: str
    description: str
    instruction: str
    where: str

    @classmethod
    def of(cls, value: canonical.Json) -> Words:
        """Read one language's words. Raises `Malformed`."""
        fields = Fields(value, "alert: words")
        words = cls(
            sender=fields.text("sender", pattern=r"[^\x00-\x1f\x7f]+", max_length=200),
            event=fields.text("event", pattern=r"[^\x00-\x1f\x7f]+", max_length=120),
            headline=fields.text("headline", pattern=_LINE, max_length=400),
            description=fields.text("description", pattern=_LINES, max_length=4000),
            instruction=fields.text("instruction", pattern=_LINES, max_length=4000),
            where=fields.text("where", pattern=_LINE, max_length=1000),
        )
        fields.done()
        return words

    def to_json(self) -> dict[str, canonical.Json]:
        """The words as they are written."""
        return {
            "sender": self.sender,
            "event": self.event,
            "headline": self.headline,
            "description": self.description,
            "instruction": self.instruction,
            "where": self.where,
        }


@dataclass(frozen=True, slots=True)
class AlertArea:
    """A part of the world: `codes`, sorted, and `polygons`. With polygons these say exactly where, and the
    codes which areas they touch; without any, the codes' areas are meant wholly."""

    codes: tuple[str, ...]
    polygons: tuple[Polygon, ...]

    @classmethod
    def of(cls, value: canonical.Json) -> AlertArea:
        """Read one area. Raises `Malformed`."""
        fields = Fields(value, "alert: area")
        area = cls(
            codes=read_codes(fields, "codes", noun="alert: area"),
            polygons=tuple(
                read_polygon(each, noun="alert: area")
                for each in fields.rows("polygons", max_length=MAX_POLYGONS)
            ),
        )
        fields.done()
        if not area.codes and not area.polygons:
            raise Malformed("alert: area: neither codes nor polygons")
        return area

    def to_json(self) -> dict[str, canonical.Json]:
        """The area as it is written."""
        return {"codes": list(self.codes), "polygons": [print_polygon(each) for each in self.polygons]}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `effective` and `expires` bound when it is said, `onset` is when the hazard begins, all in
    Unix seconds; `replaces` are the ids of alerts that it takes the place of; with `everyone` it concerns the
    whole site, wherever somebody is."""

    alert_id: str
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    effective: int
    onset: int | None
    expires: int
    replaces: tuple[str, ...]
    everyone: bool
    areas: tuple[AlertArea, ...]
    words: Mapping[str, Words]

    @classmethod
    def of(cls, value: canonical.Json) -> Alert:
        """Read one alert. Raises `Malformed`, and `Untrue` for one that ends before it begins."""
        fields = Fields(value, "alert")
        alert = cls(
            alert_id=fields.text("id", pattern=ALERT_ID),
            severity=_word(fields, "severity", Severity),
            urgency=_word(fields, "urgency", Urgency),
            certainty=_word(fields, "certainty", Certainty),
            effective=fields.whole("effective"),
            onset=fields.optional_whole("onset"),
            expires=fields.whole("expires"),
            replaces=_sorted(fields, "replaces", MAX_REPLACED, noun="alert"),
            everyone=fields.flag("everyone"),
            areas=tuple(AlertArea.of(each) for each in fields.rows("areas", max_length=MAX_AREAS)),
            words=_words(fields.take("words")),
        )
        fields.done()
        if alert.expires <= alert.effective:
            raise Untrue("alert: it ends before it begins")
        if alert.alert_id in alert.replaces:
            raise Untrue("alert: it replaces itself")
        if not alert.areas and not alert.everyone:
            raise Untrue("alert: it concerns nobody")
        return alert

    def to_json(self) -> dict[str, canonical.Json]:
        """The alert as it is written."""
        return {
            "id": self.alert_id,
            "severity": self.severity.value,
            "urgency": self.urgency.value,
            "certainty": self.certainty.value,
            "effective": self.effective,
            "onset": self.onset,
            "expires": self.expires,
            "replaces": list(self.replaces),
            "everyone": self.everyone,
            "areas": [area.to_json() for area in self.areas],
            "words": {lang: words.to_json() for lang, words in self.words.items()},
        }

    def points(self) -> int:
        """How many points its polygons have."""
        return sum(len(ring) for area in self.areas for polygon in area.polygons for ring in polygon)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Every alert of a site, sorted by id; what parses prints back byte for byte."""

    site: str
    alerts: tuple[Alert, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Alerts:
        """Read canonical JSON. Raises `Malformed` or `Untrue`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_ALERTS_BYTES), "alerts")
        fields.whole("v", low=1, high=1)
        site = fields.text("site", pattern=NAME)
        rows = fields.rows("alerts", max_length=MAX_ALERTS)
        fields.done()
        parsed = cls(site, tuple(Alert.of(each) for each in rows))
        parsed.check()
        return parsed

    def check(self) -> None:
        """Raise `Malformed` unless the alerts are in order, each there once, and few enough in points."""
        ids = [alert.alert_id for alert in self.alerts]
        if ids != sorted(set(ids)):
            raise Malformed("alerts: not sorted by id, or one is there twice")
        if sum(alert.points() for alert in self.alerts) > MAX_POINTS:
            raise Malformed("alerts: too many points")

    def to_bytes(self) -> bytes:
        """Print canonical JSON. Raises `Malformed` for more than a device reads."""
        alerts: list[canonical.Json] = [dict(alert.to_json()) for alert in self.alerts]
        raw = canonical.encode({"v": 1, "site": self.site, "alerts": alerts})
        Alerts.parse(raw)
        return raw


def read_codes(fields: Fields, name: str, *, noun: str) -> tuple[str, ...]:
    """Read a sorted list of area codes, none twice. Raises `Malformed`."""
    return _sorted(fields, name, MAX_CODES, noun=noun, pattern=CODE)


def _sorted(fields: Fields, name: str, most: int, *, noun: str, pattern: str = ALERT_ID) -> tuple[str, ...]:
    rows = fields.rows(name, max_length=most)
    texts = tuple(Fields({name: row}, noun).text(name, pattern=pattern) for row in rows)
    if list(texts) != sorted(set(texts)):
        raise Malformed(f"{noun}: {name} are not sorted, or one is there twice")
    return texts


def _words(value: canonical.Json) -> dict[str, Words]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_LANGUAGES:
        raise Malformed(f"alert: words are not an object of 1 to {MAX_LANGUAGES} languages")
    for lang in value:
        Fields({"lang": lang}, "alert: words").text("lang", pattern=LANGUAGE)
    return {lang: Words.of(words) for lang, words in value.items()}


_Word = TypeVar("_Word", bound=enum.Enum)


def _word(fields: Fields, name: str, words: type[_Word]) -> _Word:
    text = fields.text(name)
    try:
        return words(text)
    except ValueError:
        raise Malformed(f"alert: {name} is not one of its vocabulary") from None
