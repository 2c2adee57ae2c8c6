"""Where a point lies, in whole numbers alone: two runtimes never disagree about a border."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from edge_client.wire.polygons import TURN, Point, Polygon, Ring

OUTSIDE: Final = 0
BORDER: Final = 1
INSIDE: Final = 2


def contains(polygon: Polygon, point: Point) -> bool:
    """Say whether a polygon holds a point: borders belong to it, those of its holes too."""
    outer, *holes = polygon
    return _side(outer, point) != OUTSIDE and all(_side(hole, point) != INSIDE for hole in holes)


def side_of(ring: Ring, point: Point) -> int:
    """Where a point lies of one ring: `OUTSIDE`, `BORDER` or `INSIDE` (crossings of a ray to the east)."""
    lon, lat = point
    inside = False
    for (start_lon, start_lat), (end_lon, end_lat) in pairwise((*ring, ring[0])):
        if not min(start_lat, end_lat) <= lat <= max(start_lat, end_lat):
            continue
        cross = (end_lon - start_lon) * (lat - start_lat) - (end_lat - start_lat) * (lon - start_lon)
        if cross == 0 and min(start_lon, end_lon) <= lon <= max(start_lon, end_lon):
            return BORDER
        # A side counts with its lower end and without its upper one, so that a corner counts once.
        if (start_lat > lat) != (end_lat > lat) and (cross > 0) == (end_lat > start_lat):
            inside = not inside
    return INSIDE if inside else OUTSIDE


def _side(ring: Ring, point: Point) -> int:
    lon, lat = point
    # A ring may go on beyond 180 degrees: the same point lies a turn further east as well.
    return max(side_of(ring, (lon + turns * TURN, lat)) for turns in (-1, 0, 1))
