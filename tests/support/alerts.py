"""Alerts to test with: made-up ones near a fictional city, and feeds with their times filled in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from consent_ledger.ed25519 import Ed25519Signer
from edge_client.wire.alert_file import AlertFile, sign_alerts
from edge_client.wire.alerts import Alert, AlertArea, Alerts, Certainty, Severity, Urgency, Words
from edge_client.wire.polygons import Polygon

SITE = "riverton"
NOW = 1_795_000_000
HOUR = 3600
AGENCY = Ed25519Signer.from_seed("riverton.example/bundles", b"\x03" * 32)
STRANGER = Ed25519Signer.from_seed("riverton.example/bundles", b"\x09" * 32)


def box(west: int, south: int, east: int, north: int) -> Polygon:
    """A polygon of four corners in millionths of a degree."""
    return (((west, south), (east, south), (east, north), (west, north)),)


def words(event: str = "High river", **said: str) -> Words:
    """What an alert says; what is not named is said by default."""
    return Words(
        sender=said.get("sender", "City of Riverton"),
        event=event,
        headline=said.get("headline", "The river is high"),
        description=said.get("description", "Water may come over the quays."),
        instruction=said.get("instruction", "Keep away from the quays."),
        where=said.get("where", "Harbour"),
    )


def alert(
    number: int,
    *areas: AlertArea,
    severity: Severity = Severity.MODERATE,
    urgency: Urgency = Urgency.EXPECTED,
    certainty: Certainty = Certainty.LIKELY,
    effective: int = NOW - HOUR,
    onset: int | None = None,
    expires: int = NOW + HOUR,
    replaces: tuple[int, ...] = (),
    said: Words | None = None,
) -> Alert:
    """Alert `number`, for everyone where no area is named."""
    return Alert(
        alert_id=alert_id(number),
        severity=severity,
        urgency=urgency,
        certainty=certainty,
        effective=effective,
        onset=onset,
        expires=expires,
        replaces=tuple(sorted(map(alert_id, replaces))),
        everyone=not areas,
        areas=areas,
        words={"en": said or words()},
    )


def alert_id(number: int) -> str:
    """The id of alert `number`."""
    return f"{number:032x}"


def signed(
    *alerts: Alert,
    sequence: int = 1,
    issued: int = NOW - 60,
    not_after: int = NOW + 24 * HOUR,
    site: str = SITE,
    signer: Ed25519Signer = AGENCY,
    areas: bytes | None = None,
) -> AlertFile:
    """A file of alerts, as the agency publishes it."""
    listed = Alerts(site, tuple(sorted(alerts, key=lambda each: each.alert_id)))
    return sign_alerts(listed, signer, sequence=sequence, issued=issued, not_after=not_after, areas=areas)


def filled(raw: bytes, now: datetime) -> bytes:
    """A feed whose times are written as `date:now +5 minutes`, with times."""

    def time(found: re.Match[str]) -> str:
        number, unit = found.group(1), found.group(2)
        ahead = timedelta(**{f"{unit.removesuffix('s')}s": int(number.replace(" ", ""))} if unit else {})
        return json.dumps((now + ahead).astimezone(UTC).isoformat(timespec="seconds"))

    text = raw.decode("utf-8")
    pattern = r'"date:now(?: ([+-]?\d+) (seconds?|minutes?|hours?|days?))?"'
    return re.sub(pattern, time, text).encode("utf-8")
