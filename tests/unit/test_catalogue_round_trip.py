"""A whole site, read as anybody's: the demo city's pages become the catalogue that the city publishes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

import demo.site
from demo.site import HERE, build_site
from edge_client.rules.compile import check_rules
from edge_client.wire.catalogue import Catalogue, CatalogueItem
from edge_client.wire.rules import Rules
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import DraftItem, Imported, Weight
from lambdas.shared.importing.merging import merge
from lambdas.shared.importing.spreadsheet import import_spreadsheet
from lambdas.shared.importing.spreadsheet_cells import print_drafts
from lambdas.shared.importing.uploads import SourceKind
from nearside.importing.catalogue_files import import_path


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalogue, Imported]:
    """The city's own catalogue, and what is read of its pages."""
    folder = tmp_path_factory.mktemp("city")
    with pytest.MonkeyPatch.context() as patch:
        # No style and no typeface says anything of a page.
        patch.setattr(demo.site, "write_assets", lambda _: None)
        own = build_site(folder, None)
    return own, import_path(SourceKind.SITEMAP, folder, Asked())


def _said(item: DraftItem | CatalogueItem) -> tuple[object, ...]:
    return (item.id, item.title, item.summary, item.lang, dict(item.translations))


def test_what_pages_say_is_what_the_city_says_of_them(city: tuple[Catalogue, Imported]) -> None:
    """Every page that is listed, with its title, summary, language and translations; the others are told."""
    own, found = city
    assert [_said(item) for item in found.items] == [_said(item) for item in own.items]
    assert {item.wants for item in found.items} == {("topic", "kind")}
    unlisted = {each.what for each in found.problems if each.weight is Weight.LEFT_OUT}
    assert unlisted == {"asks search engines not to list it"}


def test_with_what_an_author_fills_in_it_is_the_citys_catalogue(city: tuple[Catalogue, Imported]) -> None:
    """Drafts go out as a spreadsheet and come back with what only an author knows: the same catalogue,
    but for pictures, and the city's rules compile with it."""
    own, found = city
    rows = list(csv.DictReader(io.StringIO(print_drafts(found.items).decode("utf-8-sig"), newline="")))
    known = {item.id: item for item in own.items}
    for row in rows:
        item = known[row["path"]]  # type: ignore[index]  # a path of the city is an item's id
        row |= {
            "topic": item.topic,
            "kind": item.kind.value,
            "life_events": "|".join(item.life_events),
            "essential": "yes" if item.essential else "no",
        }
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    made = merge(import_spreadsheet(sheet.getvalue().encode(), Asked()), own.site)
    assert made.drafts == ()
    assert made.catalogue.items == tuple(replace(item, picture=None) for item in own.items)
    check_rules(Rules.parse((HERE / "agency" / "rules.json").read_bytes()), made.catalogue)
