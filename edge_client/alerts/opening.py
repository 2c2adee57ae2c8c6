"""Alerts on the device: checked before use, all of them, or not used at all."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Refused, Untrue
from consent_ledger.note import VerifierKey
from edge_client.wire.alert_file import AlertFile, AlertHead, check_entry
from edge_client.wire.alerts import Alerts
from edge_client.wire.areas import Areas


@dataclass(frozen=True, slots=True)
class AlertPin:
    """The newest alerts that this device has seen: their number, and the hash in hex of what was signed."""

    sequence: int = 0
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedAlerts:
    """Alerts whose hashes, site and number hold; `claims` are the signatures still to be verified.

    From then on `pin` counts, also where the file is over: a number that was seen is not forgotten.
    """

    head: AlertHead
    alerts: Alerts
    pin: AlertPin
    claims: tuple[SignatureClaim, ...]

    def check_end(self, now: int) -> None:
        """Raise `Refused` when the file is over at a time in Unix seconds: nothing of it is said then."""
        if now >= self.head.not_after:
            raise Refused("alerts: over, and nothing newer came")


def open_alerts(raw: bytes, *, site: str, agency: VerifierKey, pin: AlertPin) -> OpenedAlerts:
    """Check everything about `alerts.json` but its end and the Ed25519 signature, which the host must verify.

    Raises `Malformed` (not such a file), `Untrue` (well formed but false: another site, other alerts than
    were signed, two files under one number) or `Refused` (older than what this device has).
    """
    file = AlertFile.from_bytes(raw)
    alerts = Alerts.parse(file.alerts)
    if not file.head.site == alerts.site == site:
        raise Untrue("alerts: made for another site")
    claims = file.note.claims((agency,))
    digest = file.digest.hex()
    if file.head.sequence < pin.sequence:
        raise Refused("alerts: older than those that this device has")
    if file.head.sequence == pin.sequence and digest != pin.digest:
        raise Untrue("alerts: others under a number that this device has")
    return OpenedAlerts(file.head, alerts, AlertPin(file.head.sequence, digest), claims)


def open_areas(raw: bytes, head: AlertHead) -> Areas:
    """Check the areas file against the head that names it. Raises `Untrue` or `Malformed`."""
    if head.areas is None:
        raise Untrue("areas: the head names none")
    check_entry(raw, head.areas, noun="areas")
    areas = Areas.parse(raw)
    if areas.site != head.site:
        raise Untrue("areas: made for another site")
    return areas
