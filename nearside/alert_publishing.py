"""From the messages of feeds to the signed alerts that every device fetches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Protocol

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.note import Signer
from edge_client.wire.alert_file import MAX_LIFETIME_S, AlertFile, sign_alerts
from edge_client.wire.alerts import MAX_ALERTS, Alert, AlertArea, Alerts, Severity
from edge_client.wire.areas import Areas
from nearside.importing.messages import Message, fold
from nearside.importing.shapes import covers, touches

LIFETIME_S: Final = 24 * 60 * 60


class Shelf(Protocol):
    """Where public files go."""

    def read(self, path: str) -> bytes | None:
        """Return a file, or None."""

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        """Put a file where everyone can fetch it."""


def gather(
    messages: Iterable[Message],
    *,
    site: str,
    now: int,
    areas: Areas | None = None,
    least: Severity = Severity.UNKNOWN,
) -> Alerts:
    """What messages add up to for a site, at a time in Unix seconds.

    With `areas`, alerts that touch none of them are left out, the others name the areas that their polygons
    touch, and those that mean all of them are for everyone. Alerts less serious than `least` are left out.
    Raises `Untrue` for areas of another site, `Refused` for more alerts than a device takes.
    """
    if areas is not None and areas.site != site:
        raise Untrue("areas: made for another site")
    wanted = list(Severity)[: list(Severity).index(least) + 1]
    alerts = tuple(alert for alert in fold(messages, now) if alert.severity in wanted)
    if areas is not None:
        located = (_located(alert, areas) for alert in alerts)
        alerts = tuple(alert for alert in located if alert is not None)
    if len(alerts) > MAX_ALERTS:
        raise Refused(f"alerts: {len(alerts)}, and a device takes {MAX_ALERTS}: name areas, or a severity")
    return _fitting(Alerts(site, alerts))


def publish_alerts(
    alerts: Alerts,
    *,
    areas: Areas | None,
    shelf: Shelf,
    signer: Signer,
    now: int,
    lifetime_s: int = LIFETIME_S,
) -> AlertFile:
    """Sign alerts and put them on the shelf, the areas that they name before them.

    Devices say them for `lifetime_s` seconds at most, and refuse a lower number than they have seen: the time
    is the number, so that it rises also where what was served before is lost, and one more than what the
    same key signed before, where that is as high. Raises `Refused` for a lifetime that no device takes,
    `Malformed` or `Untrue` where something else than alerts is served in their place.
    """
    if not 0 < lifetime_s <= MAX_LIFETIME_S:
        raise Refused("alerts: they may be said for up to a week, and not for longer")
    before = live_alerts(shelf, alerts.site)
    number = 0 if before is None or not _is_signed_by(signer, before) else before.head.sequence
    raw = None if areas is None else areas.to_bytes()
    file = sign_alerts(
        alerts,
        signer,
        sequence=max(now, number + 1),
        issued=now,
        not_after=now + lifetime_s,
        areas=raw,
    )
    if raw is not None:
        digest = hashlib.sha256(raw).hexdigest()
        shelf.write(f"nearside/{alerts.site}/files/{digest}", raw, immutable=True)
    shelf.write(path_of(alerts.site), file.to_bytes(), immutable=False)
    return file


def live_alerts(shelf: Shelf, site: str) -> AlertFile | None:
    """The alerts that are served now, or None. Raises `Malformed` or `Untrue` where they are not alerts."""
    raw = shelf.read(path_of(site))
    return None if raw is None else AlertFile.from_bytes(raw)


def path_of(site: str) -> str:
    """Where a site's alerts lie on the shelf."""
    return f"nearside/{site}/alerts.json"


def _is_signed_by(signer: Signer, file: AlertFile) -> bool:
    # Whoever can write to the shelf could otherwise use all numbers up.
    try:
        verify_claims(file.note.claims((signer.key,)))
    except Untrue:
        return False
    return True


def _located(alert: Alert, areas: Areas) -> Alert | None:
    everyone = any(not set(areas.whole).isdisjoint(area.codes) for area in alert.areas)
    named: set[str] = set()
    wholly: set[str] = set()
    located: list[AlertArea] = []
    for part in alert.areas:
        codes = set(part.codes)
        for area in areas.areas:
            if not codes.isdisjoint(area.codes):
                named.add(area.code)
                if not part.polygons:
                    wholly.add(area.code)
            if part.polygons and area.polygons and touches(part.polygons, area.polygons):
                named.add(area.code)
                codes.add(area.code)
                if covers(part.polygons, area.polygons):
                    wholly.add(area.code)
        located.append(replace(part, codes=tuple(sorted(codes))))
    everyone = everyone or (bool(areas.areas) and wholly == {area.code for area in areas.areas})
    if not everyone and not named:
        return None
    return replace(alert, everyone=everyone, areas=tuple(located))


def _fitting(alerts: Alerts) -> Alerts:
    try:
        return Alerts.parse(alerts.to_bytes())
    except Malformed as error:
        if "too long" in str(error) or "too many" in str(error):
            raise Refused("alerts: more than a device takes; name areas, or a severity") from error
        raise
