"""Shapes in degrees, as feeds write them, to polygons in whole millionths of a degree, as devices read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from consent_ledger.errors import Malformed
from edge_client.wire.polygons import DEGREE, HALF_TURN, TURN, Polygon, Ring, check_polygon

EARTH_KM: Final = 6371.0
CORNERS: Final = 32
LEAST_KM: Final = 0.1
"""A circle of nothing is a point that was rounded: this much around it is meant at least."""


def polygon_of(rings: Sequence[Sequence[tuple[float, float]]], *, noun: str) -> Polygon:
    """A polygon from closed or open rings of longitude and latitude in degrees, the outer one first.

    A step of more than half a turn is read as the short way round, over the antimeridian. Raises `Malformed`
    for what is not on the earth, has no inside, or goes round a pole.
    """
    polygon = tuple(_ring(ring, noun) for ring in rings)
    if not polygon:
        raise Malformed(f"{noun}: a polygon without a ring")
    check_polygon(polygon, noun=noun)
    return polygon


def circle_of(*, longitude: float, latitude: float, radius_km: float, noun: str) -> Polygon:
    """A polygon that holds a whole circle. Raises `Malformed` for a radius below 0, or a circle that reaches
    a pole."""
    if not (math.isfinite(radius_km) and radius_km >= 0):
        raise Malformed(f"{noun}: a radius is not a length")
    # The corners lie further out, so that the sides touch the circle and cut nothing off.
    angle = math.atan(math.tan(max(radius_km, LEAST_KM) / EARTH_KM) / math.cos(math.pi / CORNERS))
    middle = math.radians(latitude)
    if not 0 < angle < math.pi / 4 or abs(middle) + angle >= math.pi / 2:
        raise Malformed(f"{noun}: a circle reaches a pole")
    corners = []
    for step in range(CORNERS):
        bearing = 2 * math.pi * step / CORNERS
        height = math.asin(
            math.sin(middle) * math.cos(angle) + math.cos(middle) * math.sin(angle) * math.cos(bearing)
        )
        turn = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(middle),
            math.cos(angle) - math.sin(middle) * math.sin(height),
        )
        corners.append((longitude + math.degrees(turn), math.degrees(height)))
    return polygon_of([corners], noun=noun)


def touches(some: Iterable[Polygon], others: Iterable[Polygon]) -> bool:
    """Say whether any polygon of one group has a point in common with any of the other."""
    return bool(_everywhere(some).intersects(_together(others, turns=0)))


def covers(some: Iterable[Polygon], others: Iterable[Polygon]) -> bool:
    """Say whether the polygons of one group together hold all of the others."""
    return bool(_everywhere(some).covers(_together(others, turns=0)))


def simplified(polygon: Polygon, *, tolerance_degrees: float, noun: str) -> tuple[Polygon, ...]:
    """The polygon with fewer points, its border moved by the tolerance at most; () where nothing is left."""
    rough = shapely.simplify(_planar(polygon, turns=0), tolerance_degrees, preserve_topology=True)
    parts = [part for part in shapely.get_parts(rough) if part.geom_type == "Polygon" and not part.is_empty]
    return tuple(
        polygon_of([list(part.exterior.coords), *(list(hole.coords) for hole in part.interiors)], noun=noun)
        for part in parts
    )


def _ring(degrees: Sequence[tuple[float, float]], noun: str) -> Ring:
    points: list[tuple[int, int]] = []
    for longitude, latitude in degrees:
        # A feed that goes on beyond 180 degrees means the same as one that starts again at -180.
        if not (math.isfinite(longitude) and abs(longitude) <= 540 and abs(latitude) <= 90):
            raise Malformed(f"{noun}: a point is not on the earth")
        lon, lat = round(longitude * DEGREE), round(latitude * DEGREE)
        if points:
            before = points[-1][0]
            lon -= round((lon - before) / TURN) * TURN
            if abs(lon - before) == HALF_TURN:
                raise Malformed(f"{noun}: a side is half a turn long")
        if not points or points[-1] != (lon, lat):
            points.append((lon, lat))
    if len(points) > 1 and points[0][1] == points[-1][1] and points[0][0] == points[-1][0]:
        points.pop()
    if len(points) < 3:
        raise Malformed(f"{noun}: a ring has fewer than three points")
    if abs(points[-1][0] - points[0][0]) >= HALF_TURN:
        raise Malformed(f"{noun}: a ring goes round a pole")
    west = min(lon for lon, _ in points)
    shift = (west + HALF_TURN) // TURN * TURN
    return tuple((lon - shift, lat) for lon, lat in points)


def _everywhere(polygons: Iterable[Polygon]) -> BaseGeometry:
    # What goes on beyond 180 degrees lies a turn further west as well.
    some = tuple(polygons)
    return shapely.union_all([_together(some, turns=turns) for turns in (-1, 0, 1)])


def _together(polygons: Iterable[Polygon], *, turns: int) -> BaseGeometry:
    return shapely.union_all([_planar(polygon, turns=turns) for polygon in polygons])


def _planar(polygon: Polygon, *, turns: int) -> BaseGeometry:
    outer, *holes = ([((lon + turns * TURN) / DEGREE, lat / DEGREE) for lon, lat in ring] for ring in polygon)
    return shapely.make_valid(shapely.Polygon(outer, holes))
