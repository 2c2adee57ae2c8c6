"""The areas of a site, and the places that help there, from GeoJSON as cities publish it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consent_ledger.errors import Malformed
from edge_client.alerts.geometry import contains
from edge_client.wire.alerts import CODE
from edge_client.wire.areas import Area, Areas, Shelter
from edge_client.wire.polygons import DEGREE, Polygon
from nearside.importing.geojson import polygons_of, read_features
from nearside.importing.messages import plain_line
from nearside.importing.shapes import simplified

METRES_A_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class AreaColumns:
    """Which properties of a feature say what.

    `code` is its number in the list named `prefix`, `names` its name by language, `aliases` its number in
    others' lists by their names.
    """

    prefix: str
    code: str
    names: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """Which properties of a place say what: its names by language, and what else there is to know of it."""

    names: Mapping[str, str]
    details: tuple[str, ...] = ()


def read_areas(raw: bytes, columns: AreaColumns, *, tolerance_metres: float) -> tuple[Area, ...]:
    """Areas sorted by code; borders are simplified by no more than the tolerance. Raises `Malformed`."""
    areas = [_area(feature, columns, tolerance_metres) for feature in read_features(raw, noun="areas")]
    return tuple(sorted(areas, key=lambda area: area.code))


def read_places(raw: bytes, columns: PlaceColumns, areas: tuple[Area, ...]) -> tuple[Shelter, ...]:
    """Places in the order of the file, each with the areas that it lies in. Raises `Malformed`."""
    return tuple(_place(feature, columns, areas) for feature in read_features(raw, noun="places"))


def areas_of(
    site: str, areas: tuple[Area, ...], *, whole: tuple[str, ...] = (), shelters: tuple[Shelter, ...] = ()
) -> Areas:
    """Areas as devices read them. Raises `Malformed` for more than they take."""
    return Areas.parse(Areas(site, tuple(sorted(set(whole))), areas, shelters).to_bytes())


def _area(feature: Mapping[str, Any], columns: AreaColumns, tolerance_metres: float) -> Area:
    said = _properties(feature, "areas")
    code = _code(columns.prefix, _text(said, columns.code, "areas"))
    aliases = {_code(prefix, str(said[name])) for prefix, name in columns.aliases.items() if said.get(name)}
    exact = polygons_of(feature.get("geometry"), noun="areas: geometry")
    return Area(
        code=code,
        codes=tuple(sorted({code, *aliases})),
        names={lang: plain_line(_text(said, name, "areas"), 200) for lang, name in columns.names.items()},
        polygons=_simplified(exact, tolerance_metres),
    )


def _simplified(polygons: tuple[Polygon, ...], tolerance_metres: float) -> tuple[Polygon, ...]:
    if tolerance_metres <= 0:
        return polygons
    tolerance = tolerance_metres / METRES_A_DEGREE
    return tuple(
        part
        for polygon in polygons
        for part in simplified(polygon, tolerance_degrees=tolerance, noun="areas: geometry")
    )


def _place(feature: Mapping[str, Any], columns: PlaceColumns, areas: tuple[Area, ...]) -> Shelter:
    said = _properties(feature, "places")
    match feature.get("geometry"):
        case {"type": "Point", "coordinates": [int() | float() as lon, int() | float() as lat, *_]}:
            point = (round(lon * DEGREE), round(lat * DEGREE))
        case _:
            raise Malformed("places: geometry is not a point")
    details = "; ".join(str(said[name]).strip() for name in columns.details if said.get(name))
    codes = {area.code for area in areas if any(contains(polygon, point) for polygon in area.polygons)}
    return Shelter(
        names={lang: plain_line(_text(said, name, "places"), 200) for lang, name in columns.names.items()},
        details=dict.fromkeys(columns.names, plain_line(details or "-", 200)),
        point=point,
        codes=tuple(sorted(codes)),
    )


def _properties(feature: Mapping[str, Any], noun: str) -> Mapping[str, Any]:
    said = feature.get("properties")
    if not isinstance(said, dict):
        raise Malformed(f"{noun}: a feature without properties")
    return said


def _text(said: Mapping[str, Any], name: str, noun: str) -> str:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise Malformed(f"{noun}: a feature without {name}")
    return str(value)


def _code(prefix: str, value: str) -> str:
    code = f"{prefix}:{re.sub(r'[^A-Za-z0-9._-]+', '-', value.strip())[:64]}"
    if re.fullmatch(CODE, code) is None:
        raise Malformed("areas: a code is not a name and a number")
    return code
