"""Points and polygons: what holds what, how far a position may reach, and how far places are apart."""

from __future__ import annotations

from typing import Any

from edge_client.wire.polygons import print_polygon
from tests.support.alerts import box

DEGREE = 1_000_000

SQUARE = box(0, 0, 10, 10)
WITH_HOLE = (*box(0, 0, 10, 10), *box(4, 4, 6, 6))
NOTCHED = (((0, 0), (10, 0), (10, 10), (5, 5), (0, 10)),)
DATE_LINE = box(179 * DEGREE, -DEGREE, 181 * DEGREE, DEGREE)
DATE_LINE_HOLE = (*DATE_LINE, *box(-179_900_000, -100_000, -179_500_000, 100_000))
WIDE = box(-170 * DEGREE, -80 * DEGREE, -10 * DEGREE, 80 * DEGREE)
SLANTED = (((-122_240_000, 47_450_000), (-122_240_001, 47_460_003), (-122_220_007, 47_459_999)),)
BOW_TIE = (((0, 0), (10, 10), (10, 0), (0, 10)),)


def geometry() -> list[dict[str, Any]]:
    """Points and polygons: name, polygon, point, whether it holds the point."""
    rows = [
        ("inside", SQUARE, (5, 5), True),
        ("outside", SQUARE, (11, 5), False),
        ("outside, in line with a side", SQUARE, (12, 10), False),
        ("outside, in line with the lower side", SQUARE, (-3, 0), False),
        ("a corner belongs to it", SQUARE, (0, 0), True),
        ("the upper corner too", SQUARE, (10, 10), True),
        ("a side belongs to it", SQUARE, (10, 7), True),
        ("the upper side too", SQUARE, (3, 10), True),
        ("in a hole", WITH_HOLE, (5, 5), False),
        ("on the border of a hole", WITH_HOLE, (4, 5), True),
        ("on the corner of a hole", WITH_HOLE, (6, 6), True),
        ("beside a hole", WITH_HOLE, (3, 5), True),
        ("in a notch", NOTCHED, (5, 8), False),
        ("at the bottom of a notch", NOTCHED, (5, 5), True),
        ("a ray through a corner", NOTCHED, (1, 5), True),
        ("beside a notch", NOTCHED, (1, 8), True),
        ("on a notch's slope", NOTCHED, (7, 7), True),
        ("west of the date line", DATE_LINE, (179_500_000, 0), True),
        ("east of the date line", DATE_LINE, (-179_500_000, 0), True),
        ("on the date line from the west", DATE_LINE, (180 * DEGREE, 0), True),
        ("on the date line from the east", DATE_LINE, (-180 * DEGREE, 0), True),
        ("the far side of the date line", DATE_LINE, (-178 * DEGREE, 0), False),
        ("the other side of the earth", DATE_LINE, (0, 0), False),
        ("a hole beyond the date line", DATE_LINE_HOLE, (-179_700_000, 0), False),
        ("beside a hole beyond the date line", DATE_LINE_HOLE, (-179_300_000, 0), True),
        ("a side ends on the date line", box(-180 * DEGREE, 0, -179 * DEGREE, 5), (180 * DEGREE, 3), True),
        ("wider than numbers multiply", WIDE, (-11 * DEGREE, 79_999_999), True),
        ("outside something wide", WIDE, (-9_999_999, 79_999_999), False),
        ("a millionth of a degree inside", SLANTED, (-122_240_000, 47_450_001), True),
        ("a millionth of a degree outside", SLANTED, (-122_240_001, 47_450_000), False),
        ("in one wing of a bow tie", BOW_TIE, (2, 3), True),
        ("in the other wing", BOW_TIE, (9, 5), True),
        ("below its knot", BOW_TIE, (5, 1), False),
        ("at its knot", BOW_TIE, (5, 5), True),
    ]
    return [
        {"name": name, "polygon": print_polygon(polygon), "point": list(point), "holds": holds}
        for name, polygon, point, holds in rows
    ]


def reach() -> list[dict[str, Any]]:
    """Positions that may be wrong by some metres: name, polygon, point, metres, whether they may be in it."""
    rows = [
        ("inside", SQUARE, (5, 5), 0, True),
        ("on the border", SQUARE, (10, 10), 0, True),
        ("a step outside, and exact", SQUARE, (11, 5), 0, False),
        ("a step outside, and not", SQUARE, (11, 5), 1, True),
        ("a degree north, and a metre short", SQUARE, (5, DEGREE + 10), 111_194, False),
        ("a degree north", SQUARE, (5, DEGREE + 10), 111_195, True),
        ("a degree east, and a metre short", SQUARE, (DEGREE + 10, 0), 111_170, False),
        ("a degree east, where degrees are shorter at the far end", SQUARE, (DEGREE + 10, 0), 111_195, True),
        ("degrees of half the length", box(0, 60_000_000, 9, 60_000_010), (20_009, 60_000_000), 1_112, True),
        ("and further", box(0, 60_000_000, 9, 60_000_010), (20_200, 60_000_000), 1_112, False),
        ("over the date line", DATE_LINE, (-178_900_000, 0), 12_000, True),
        ("not over the date line", DATE_LINE, (-178_900_000, 0), 11_000, False),
        (
            "a pole has every longitude",
            box(0, 89_000_000, 9, 90_000_000),
            (-170_000_000, 89_999_999),
            1,
            True,
        ),
        ("no further than the earth", SQUARE, (170 * DEGREE, -80 * DEGREE), 2**53 - 1, True),
        ("a notch is in the box", NOTCHED, (5, 8), 0, True),
    ]
    return [
        {
            "name": name,
            "polygon": print_polygon(polygon),
            "point": list(point),
            "metres": metres,
            "reaches": reaches,
        }
        for name, polygon, point, metres, reaches in rows
    ]


def distances() -> list[dict[str, Any]]:
    """Points and how far they are from one another, in metres."""
    rows = [
        ((0, 0), (0, 0), 0),
        ((0, 0), (0, DEGREE), 111_195),
        ((0, 0), (DEGREE, 0), 111_195),
        ((0, 60 * DEGREE), (DEGREE, 60 * DEGREE), 55_597),
        ((179_999_000, 0), (-179_999_000, 0), 222),
        ((-77_032_404, 38_917_444), (-77_015_725, 38_895_445), 2_839),
    ]
    return [{"one": list(one), "other": list(other), "metres": metres} for one, other, metres in rows]
