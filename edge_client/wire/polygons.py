"""Polygons on the earth in whole millionths of a degree, so that every runtime agrees who is inside."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, TypeAlias

from consent_ledger import canonical
from consent_ledger.errors import Malformed

DEGREE: Final = 1_000_000
HALF_TURN: Final = 180 * DEGREE
TURN: Final = 360 * DEGREE
MAX_LATITUDE: Final = 90 * DEGREE
MAX_POLYGONS: Final = 512
MAX_RINGS: Final = 64
MAX_RING_POINTS: Final = 8000

Point: TypeAlias = tuple[int, int]
"""Longitude and latitude in millionths of a degree."""

Ring: TypeAlias = tuple[Point, ...]
"""At least three points; the last one is joined to the first. Longitudes go on beyond 180 degrees where a
ring crosses the antimeridian: no side is half a turn long, and the westernmost point is from -180 to below
180 degrees."""

Polygon: TypeAlias = tuple[Ring, ...]
"""An outer ring, then those of its holes."""


def read_polygon(value: canonical.Json, *, noun: str) -> Polygon:
    """Read `[[lon, lat, lon, lat, ...], ...]`. Raises `Malformed`."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_RINGS:
        raise Malformed(f"{noun}: a polygon is not 1 to {MAX_RINGS} rings")
    polygon = tuple(_ring(ring, noun) for ring in value)
    check_polygon(polygon, noun=noun)
    return polygon


def check_polygon(polygon: Polygon, *, noun: str) -> None:
    """Raise `Malformed` for a ring that a device could read in two ways."""
    for ring in polygon:
        if not 3 <= len(ring) <= MAX_RING_POINTS:
            raise Malformed(f"{noun}: a ring does not have 3 to {MAX_RING_POINTS} points")
        if any(abs(lat) > MAX_LATITUDE for _, lat in ring):
            raise Malformed(f"{noun}: a latitude is out of range")
        sides = pairwise((*ring, ring[0]))
        if any(start == end for start, end in sides):
            raise Malformed(f"{noun}: a point is there twice in a row")
        if any(abs(start - end) >= HALF_TURN for (start, _), (end, _) in pairwise((*ring, ring[0]))):
            raise Malformed(f"{noun}: a side is half a turn long")
        west = min(lon for lon, _ in ring)
        if not -HALF_TURN <= west < HALF_TURN or max(lon for lon, _ in ring) - west >= TURN:
            raise Malformed(f"{noun}: a ring begins outside -180 to 180 degrees, or goes round the earth")


def print_polygon(polygon: Polygon) -> list[canonical.Json]:
    """The polygon as it is written: a list of numbers for each ring."""
    return [[number for point in ring for number in point] for ring in polygon]


def _ring(value: canonical.Json, noun: str) -> Ring:
    if not isinstance(value, list) or len(value) % 2 or len(value) > 2 * MAX_RING_POINTS:
        raise Malformed(f"{noun}: a ring is not pairs of numbers")
    numbers = [each for each in value if isinstance(each, int) and not isinstance(each, bool)]
    if len(numbers) != len(value):
        raise Malformed(f"{noun}: a ring is not pairs of numbers")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
