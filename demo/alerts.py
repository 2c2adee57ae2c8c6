"""The city's alerts: its districts, the places that help, and what it warns of, made up like the city."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from consent_ledger.note import Signer
from edge_client.wire.alert_file import MAX_LIFETIME_S, AlertFile
from edge_client.wire.areas import Areas
from nearside.alert_publishing import Shelf, gather, publish_alerts
from nearside.importing.area_lists import AreaColumns, PlaceColumns, areas_of, read_areas, read_places
from nearside.importing.cap import message_of, parse_xml
from nearside.importing.messages import Message

FOLDER: Final = Path(__file__).resolve().parent / "agency" / "alerts"
SITE: Final = "riverton"
WHOLE_CITY: Final = "riverton:city"
_NAMES: Final = {"en": "name_en", "ar": "name_ar"}


class Deployed(Protocol):
    """A deployment that alerts can be published on."""

    @property
    def shelf(self) -> Shelf:
        """Where public files go."""

    def agency_signer(self) -> Signer:
        """Who signs for the agency."""


def city_areas() -> Areas:
    """The districts of Riverton, and its cool places."""
    columns = AreaColumns(SITE, "code", _NAMES)
    areas = read_areas((FOLDER / "areas.geojson").read_bytes(), columns, tolerance_metres=0)
    places = (FOLDER / "places.geojson").read_bytes()
    shelters = read_places(places, PlaceColumns(_NAMES, ("hours",)), areas)
    return areas_of(SITE, areas, whole=(WHOLE_CITY,), shelters=shelters)


def city_message(name: str, *, sent: int, hours: int = 48) -> Message:
    """One of the city's CAP files (`river` or `heatwave`), sent at a time in Unix seconds."""
    return message_of(parse_xml(city_cap(name, sent=sent, hours=hours)))


def city_cap(name: str, *, sent: int, hours: int = 48) -> bytes:
    """The bytes of one of the city's CAP files, with other times than those that it says for years."""
    text = (FOLDER / f"{name}.cap").read_text(encoding="utf-8")
    for field, at in (("sent", sent), ("expires", sent + hours * 3600)):
        time_said = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}-00:00"
        text = re.sub(rf"(?<=<{field}>)[^<]*", time_said, text)
    return text.encode("utf-8")


def put_alerts(deployment: Deployed, *names: str, now: int | None = None) -> AlertFile:
    """Publish some of the city's alerts, and no others; `now` is in Unix seconds."""
    at = int(time.time()) if now is None else now
    areas = city_areas()
    return publish_alerts(
        gather([city_message(name, sent=at) for name in names], site=SITE, now=at, areas=areas),
        areas=areas,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        now=at,
        lifetime_s=MAX_LIFETIME_S,
    )
