"""The areas that somebody may choose, with the places that help there: one file, the same for everyone.

`areas.json` is named by its hash in the signed head of `alerts.json` (`edge_client/wire/alert_file.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from edge_client.wire.alerts import CODE, LANGUAGE, MAX_LANGUAGES, read_codes
from edge_client.wire.polygons import (
    HALF_TURN,
    MAX_LATITUDE,
    MAX_POLYGONS,
    Point,
    Polygon,
    print_polygon,
    read_polygon,
)

MAX_AREAS_BYTES: Final = 512 * 1024
MAX_CHOICES: Final = 500
MAX_PLACES: Final = 1000
_LINE: Final = r"[^\x00-\x1f\x7f]+"


@dataclass(frozen=True, slots=True)
class Area:
    """An area by its own `code`; `codes`, sorted, are it and every name that others' lists have for it."""

    code: str
    codes: tuple[str, ...]
    names: Mapping[str, str]
    polygons: tuple[Polygon, ...]

    @classmethod
    def of(cls, value: canonical.Json) -> Area:
        """Read one area. Raises `Malformed`."""
        fields = Fields(value, "areas: area")
        area = cls(
            code=fields.text("code", pattern=CODE),
            codes=read_codes(fields, "codes", noun="areas: area"),
            names=_names(fields.take("names")),
            polygons=tuple(
                read_polygon(each, noun="areas: area")
                for each in fields.rows("polygons", max_length=MAX_POLYGONS)
            ),
        )
        fields.done()
        if area.code not in area.codes:
            raise Malformed("areas: an area's own code is not among its codes")
        return area

    def to_json(self) -> dict[str, canonical.Json]:
        """The area as it is written."""
        return {
            "code": self.code,
            "codes": list(self.codes),
            "names": dict(self.names),
            "polygons": [print_polygon(each) for each in self.polygons],
        }


@dataclass(frozen=True, slots=True)
class Shelter:
    """A place that helps, such as a cooling centre: what it is called, where and when; `codes` are those of
    the areas that it lies in."""

    names: Mapping[str, str]
    details: Mapping[str, str]
    point: Point
    codes: tuple[str, ...]

    @classmethod
    def of(cls, value: canonical.Json) -> Shelter:
        """Read one place. Raises `Malformed`."""
        fields = Fields(value, "areas: place")
        shelter = cls(
            names=_names(fields.take("names")),
            details=_names(fields.take("details")),
            point=(
                fields.whole("lon", low=-HALF_TURN, high=HALF_TURN),
                fields.whole("lat", low=-MAX_LATITUDE, high=MAX_LATITUDE),
            ),
            codes=read_codes(fields, "codes", noun="areas: place"),
        )
        fields.done()
        return shelter

    def to_json(self) -> dict[str, canonical.Json]:
        """The place as it is written."""
        return {
            "names": dict(self.names),
            "details": dict(self.details),
            "lon": self.point[0],
            "lat": self.point[1],
            "codes": list(self.codes),
        }


@dataclass(frozen=True, slots=True)
class Areas:
    """All areas of a site, sorted by code, and the places that help; `whole` are codes that mean all of it.

    What parses prints back byte for byte.
    """

    site: str
    whole: tuple[str, ...]
    areas: tuple[Area, ...]
    shelters: tuple[Shelter, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Areas:
        """Read `areas.json`. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_AREAS_BYTES), "areas")
        fields.whole("v", low=1, high=1)
        parsed = cls(
            site=fields.text("site", pattern=NAME),
            whole=read_codes(fields, "whole", noun="areas"),
            areas=tuple(Area.of(each) for each in fields.rows("areas", max_length=MAX_CHOICES)),
            shelters=tuple(Shelter.of(each) for each in fields.rows("places", max_length=MAX_PLACES)),
        )
        fields.done()
        codes = [area.code for area in parsed.areas]
        if codes != sorted(set(codes)):
            raise Malformed("areas: not sorted by code, or one is there twice")
        return parsed

    def to_bytes(self) -> bytes:
        """Print canonical JSON. Raises `Malformed` for more than a device reads."""
        areas: list[canonical.Json] = [dict(area.to_json()) for area in self.areas]
        places: list[canonical.Json] = [dict(shelter.to_json()) for shelter in self.shelters]
        raw = canonical.encode(
            {"v": 1, "site": self.site, "whole": list(self.whole), "areas": areas, "places": places}
        )
        Areas.parse(raw)
        return raw


def _names(value: canonical.Json) -> dict[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_LANGUAGES:
        raise Malformed(f"areas: names are not an object of 1 to {MAX_LANGUAGES} languages")
    for lang, name in value.items():
        fields = Fields({"lang": lang, "name": name}, "areas: names")
        fields.text("lang", pattern=LANGUAGE)
        fields.text("name", pattern=_LINE, max_length=200)
    return {lang: str(name) for lang, name in value.items()}
