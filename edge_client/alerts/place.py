"""Where somebody is: a point for as long as one question takes, or areas for as long as they allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.alerts.geometry import contains
from edge_client.alerts.reach import reaches
from edge_client.wire.alerts import read_codes
from edge_client.wire.areas import Area, Areas
from edge_client.wire.polygons import HALF_TURN, MAX_LATITUDE, Point

KEPT_MS: Final = 90 * 24 * 60 * 60 * 1000
"""For how long a place is kept: what the purpose `place` says (`consent_ledger/purposes.py`)."""

_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Areas by all their codes, sorted, since a time in Unix milliseconds: nothing of it is a position."""

    codes: tuple[str, ...]
    since_ms: int

    @classmethod
    def of(cls, areas: tuple[Area, ...], *, now_ms: int) -> Place:
        """The place that some areas make."""
        return cls(tuple(sorted({code for area in areas for code in area.codes})), now_ms)

    def is_over(self, now_ms: int) -> bool:
        """Say whether the place has been kept for as long as it may be; also where a clock was set back."""
        return not self.since_ms <= now_ms < self.since_ms + KEPT_MS

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        return canonical.encode({"v": 1, "codes": list(self.codes), "since": self.since_ms})

    @classmethod
    def from_bytes(cls, raw: bytes) -> Place:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=65536), "place")
        fields.whole("v", low=1, high=1)
        place = cls(read_codes(fields, "codes", noun="place"), fields.whole("since"))
        fields.done()
        if not place.codes:
            raise Malformed("place: no code")
        return place


def point_of(*, longitude: float, latitude: float) -> Point:
    """A device's position, in millionths of a degree. Raises `Malformed` for what is not on the earth."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise Malformed("place: not a position on the earth")
    lon, lat = (round_half_up(degrees * _MICRO) for degrees in (longitude, latitude))
    return min(max(lon, -HALF_TURN), HALF_TURN), min(max(lat, -MAX_LATITUDE), MAX_LATITUDE)


def round_half_up(value: float) -> int:
    """The nearest whole number, halves upwards, as JavaScript's `Math.round` does."""
    whole = int(value // 1)
    return whole + 1 if value - whole >= 0.5 else whole


def areas_at(areas: Areas, point: Point) -> tuple[Area, ...]:
    """The areas that hold a point, in the order of the file."""
    return tuple(area for area in areas.areas if any(contains(polygon, point) for polygon in area.polygons))


def areas_within(areas: Areas, point: Point, metres: int) -> tuple[Area, ...]:
    """The areas that a position may lie in which may be wrong by so many metres, in the order of the file."""
    return tuple(
        area for area in areas.areas if any(reaches(polygon, point, metres) for polygon in area.polygons)
    )
