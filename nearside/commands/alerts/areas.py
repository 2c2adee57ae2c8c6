"""`nearside alerts areas`: a city's own GeoJSON to the list that citizens choose from."""

from __future__ import annotations

from pathlib import Path

import click

from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.areas import Shelter
from nearside.commands.files import read_file, unusable
from nearside.commands.numbers import FiniteRange
from nearside.importing.area_lists import AreaColumns, PlaceColumns, areas_of, read_areas, read_places

_FILE = click.Path(path_type=Path, dir_okay=False)
_PAIRS = "Which property says it, as LANGUAGE=PROPERTY; may be given again."


@click.command("areas")
@click.argument("geojson", type=_FILE)
@click.option("--site", required=True, help="Site whose citizens choose.")
@click.option("--code", required=True, help="Property with an area's own number.")
@click.option("--name", "names", multiple=True, required=True, help=f"An area's name. {_PAIRS}")
@click.option("--alias", "aliases", multiple=True, help="An area's number in another list, as LIST=PROPERTY.")
@click.option("--whole", multiple=True, help="Code that stands for the whole site; may be given again.")
@click.option("--places", type=_FILE, help="GeoJSON of places that help, such as cooling centres.")
@click.option("--place-name", "place_names", multiple=True, help=f"A place's name. {_PAIRS}")
@click.option("--place-detail", "details", multiple=True, help="Property with what else there is to know.")
@click.option(
    "--tolerance-metres",
    default=25.0,
    show_default=True,
    type=FiniteRange(0, 10_000),
    help="By how much borders may move, to be shorter.",
)
@click.option("--out", required=True, type=_FILE, help="areas.json to write.")
def areas(
    geojson: Path,
    *,
    site: str,
    code: str,
    names: tuple[str, ...],
    aliases: tuple[str, ...],
    whole: tuple[str, ...],
    places: Path | None,
    place_names: tuple[str, ...],
    details: tuple[str, ...],
    tolerance_metres: float,
    out: Path,
) -> None:
    """Make areas.json from the polygons of GEOJSON."""
    columns = AreaColumns(site, code, _pairs(names, "--name"), _pairs(aliases, "--alias"))
    read = read_file(
        geojson, lambda raw: read_areas(raw, columns, tolerance_metres=tolerance_metres), named="GEOJSON"
    )
    shelters: tuple[Shelter, ...] = ()
    if places is not None:
        place_columns = PlaceColumns(_pairs(place_names, "--place-name"), details)
        shelters = read_file(places, lambda raw: read_places(raw, place_columns, read), named="--places")
    with unusable():
        made = areas_of(site, read, whole=whole, shelters=shelters)
        raw = made.to_bytes()
        replace_file(out, raw)
    click.echo(f"{out.name}: {len(made.areas)} areas, {len(made.shelters)} places, {len(raw):,} bytes")


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for pair in given:
        left, equals, right = pair.partition("=")
        if not (left and equals and right):
            raise click.BadParameter(f"{pair!r} is not NAME=PROPERTY", param_hint=option)
        pairs[left] = right
    return pairs
