"""How far a position that is not exact may reach, in whole millionths of a degree."""

from __future__ import annotations

import math
from typing import Final

from edge_client.alerts.nearest import METRES_A_DEGREE
from edge_client.wire.polygons import DEGREE, HALF_TURN, MAX_LATITUDE, TURN, Point, Polygon

FARTHEST: Final = METRES_A_DEGREE * 180
"""Metres to the other side of the earth: nothing is further off."""


def reaches(polygon: Polygon, point: Point, metres: int) -> bool:
    """Say whether a position that may be wrong by so many metres may lie in a polygon.

    The polygon's box decides, and not its sides: what may be inside is never said to be outside.
    """
    lon, lat = point
    high = -(-min(metres, FARTHEST) * DEGREE // METRES_A_DEGREE)
    wide = _widest(high, min(abs(lat) + high, MAX_LATITUDE))
    outer = polygon[0]
    south, north = min(at for _, at in outer), max(at for _, at in outer)
    west, east = min(at for at, _ in outer), max(at for at, _ in outer)
    return south - high <= lat <= north + high and any(
        west - wide <= lon + turns * TURN <= east + wide for turns in (-1, 0, 1)
    )


def _widest(high: int, lat: int) -> int:
    # Degrees of longitude are shortest where the position may be nearest to a pole.
    shrink = math.floor(math.cos(lat / DEGREE * math.pi / 180) * DEGREE + 0.5)
    return HALF_TURN if shrink == 0 else min(-(-high * DEGREE // shrink), HALF_TURN)
