"""The parts of GeoJSON that importers share: features and polygons (RFC 7946)."""

from __future__ import annotations

import json
from typing import Any, Final

from consent_ledger.errors import Malformed
from edge_client.wire.polygons import Polygon
from nearside.importing.shapes import polygon_of

MAX_BYTES: Final = 64 * 1024 * 1024


def read_features(raw: bytes, *, noun: str) -> list[dict[str, Any]]:
    """The features of a collection, each still to be read. Raises `Malformed`."""
    if len(raw) > MAX_BYTES:
        raise Malformed(f"{noun}: too long")
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed(f"{noun}: not json") from None
    match value:
        case {"type": "FeatureCollection", "features": list(features)} if all(
            isinstance(feature, dict) for feature in features
        ):
            return features
        case {"type": "Feature"}:
            return [value]
        case _:
            raise Malformed(f"{noun}: not a collection of features")


def polygons_of(geometry: object, *, noun: str) -> tuple[Polygon, ...]:
    """The polygons of a GeoJSON geometry (RFC 7946, section 3.1), none for null. Raises `Malformed`."""
    match geometry:
        case None:
            return ()
        case {"type": "Polygon", "coordinates": list(rings)}:
            return (polygon_of(_rings(rings, noun), noun=noun),)
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            return tuple(polygon_of(_rings(rings, noun), noun=noun) for rings in polygons)
        case _:
            raise Malformed(f"{noun}: not a polygon")


def _rings(rings: object, noun: str) -> list[list[tuple[float, float]]]:
    if not isinstance(rings, list):
        raise Malformed(f"{noun}: not rings of positions")
    read: list[list[tuple[float, float]]] = []
    for ring in rings:
        points: list[tuple[float, float]] = []
        for position in ring if isinstance(ring, list) else [None]:
            match position:
                case [int() | float() as lon, int() | float() as lat, *_] if not (
                    isinstance(lon, bool) or isinstance(lat, bool)
                ):
                    points.append((float(lon), float(lat)))
                case _:
                    raise Malformed(f"{noun}: not rings of positions")
        read.append(points)
    return read
