"""Which places that help are nearest: worked out on the device, from a position that nobody else gets."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge_client.wire.areas import Shelter
from edge_client.wire.polygons import DEGREE, HALF_TURN, TURN, Point

METRES_A_DEGREE: Final = 111_195
"""Of latitude: a mean earth radius of 6,371 km times pi over 180."""

SHOWN: Final = 5
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Distance:
    """A place that helps, and how far it is as the crow flies, in whole metres."""

    shelter: Shelter
    metres: int


def nearest(shelters: Iterable[Shelter], point: Point, *, most: int = SHOWN) -> tuple[Distance, ...]:
    """The nearest places, nearest first; of equally far ones the first of the file."""
    measured = [Distance(shelter, metres_between(point, shelter.point)) for shelter in shelters]
    return tuple(sorted(measured, key=lambda distance: distance.metres)[:most])


def metres_between(one: Point, other: Point) -> int:
    """The distance of two points in whole metres, by an equirectangular projection at their middle latitude.

    It is for places of a city or a state: within 100 km and 70 degrees of latitude it is right to one in a
    thousand.
    """
    east = (other[0] - one[0] + HALF_TURN) % TURN - HALF_TURN
    north = other[1] - one[1]
    # Rounded at once, so that the last digit of a cosine cannot order two places differently.
    shrink = math.floor(math.cos((one[1] + other[1]) / 2 / DEGREE * math.pi / 180) * _MILLION + 0.5)
    across = abs(east) * shrink // _MILLION * METRES_A_DEGREE // DEGREE
    along = abs(north) * METRES_A_DEGREE // DEGREE
    return math.isqrt(across * across + along * along)
