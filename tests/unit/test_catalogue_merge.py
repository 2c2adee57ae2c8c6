"""What was imported joins the catalogue that there is: what was decided stays, and so do page indexes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Refused
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, Picture, hash_pages
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported
from lambdas.shared.importing.merging import merge, renamed_pages
from lambdas.shared.importing.spreadsheet import import_spreadsheet

HOUSING = CatalogueItem(
    id=ItemId("/housing"),
    title="Housing",
    summary="Old words",
    topic="housing",
    kind=ItemKind.TRANSACTION,
    lang="en",
    life_events=("moving-home",),
    essential=True,
    picture=Picture("house", "A house"),
)
BEFORE = Catalogue("riverton", (HOUSING, replace(HOUSING, id=ItemId("/waste"), topic="waste", picture=None)))


def sheet(*lines: str) -> Imported:
    """A spreadsheet of these rows."""
    return import_spreadsheet("\n".join(("path,title,summary,topic,kind", *lines)).encode(), Asked(lang="en"))


def test_texts_are_the_sources_and_decisions_the_authors() -> None:
    """Title and summary change; topic, kind, picture and the essential mark stay as they were decided."""
    made = merge(
        sheet("/housing,Homes,New words,living,information", "/waste,,,,"), "riverton", before=BEFORE
    )
    housing = made.catalogue.get(ItemId("/housing"))
    assert housing == replace(HOUSING, title="Homes", summary="New words")
    assert (made.added, made.changed, made.gone, made.drafts) == ((), ("/housing",), (), ())
    assert Catalogue.parse(made.catalogue.to_bytes()) == made.catalogue


def test_while_no_page_comes_or_goes_every_index_stays() -> None:
    """The order of pages is the model's: the hash that models and counts name is the same, or it is said."""
    same = merge(sheet("/waste,Waste,,,", "/housing,Homes,,,"), "riverton", before=BEFORE)
    assert same.has_same_pages
    assert hash_pages(same.catalogue.pages) == hash_pages(BEFORE.pages)
    assert [same.catalogue.index_of(page) for page in BEFORE.pages] == [0, 1]
    grown = merge(sheet("/jobs,Jobs,,jobs,information"), "riverton", before=BEFORE)
    assert (grown.added, grown.has_same_pages) == (("/jobs",), False)
    assert not merge(sheet("/jobs,Jobs,,jobs,information"), "riverton").has_same_pages


def test_a_page_that_the_source_no_longer_has_stays_until_told() -> None:
    """It is said, and goes where it is to go, or where it moved to a page that is there."""
    rows = sheet("/housing,Homes,,,", "/rubbish,Rubbish,,waste,information")
    kept = merge(rows, "riverton", before=BEFORE)
    assert kept.catalogue.pages == ("/housing", "/rubbish", "/waste")
    assert [each.place for each in kept.problems if each.what.startswith("1 pages")] == ["/waste"]
    assert merge(rows, "riverton", before=BEFORE, keep_gone=False).gone == ("/waste",)
    moved = replace(rows, moved={ItemId("/waste"): ItemId("/rubbish")})
    assert merge(moved, "riverton", before=BEFORE).catalogue.pages == ("/housing", "/rubbish")


def test_a_draft_is_not_published_and_takes_nothing_away() -> None:
    """A new page that wants something waits; one that is there already wants nothing that was decided."""
    made = merge(sheet("/housing,Homes,,,", "/new,,,,"), "riverton", before=BEFORE)
    assert [(draft.id, draft.wants) for draft in made.drafts] == [("/new", ("title", "topic", "kind"))]
    assert made.catalogue.pages == ("/housing", "/waste")
    assert [problem.place for problem in made.problems if problem.weight.value == "unfinished"] == [
        "line 3"
    ] * 3


def test_where_pages_moved_is_what_training_reads() -> None:
    """Chains end at the last page, circles lead nowhere and are left out."""
    moved = {
        ItemId(old): ItemId(new) for old, new in {"/a": "/b", "/b": "/c", "/x": "/y", "/y": "/x"}.items()
    }
    assert canonical.decode(renamed_pages(moved)) == {"/a": "/c", "/b": "/c"}


def test_another_sites_catalogue_is_not_gone_on_with() -> None:
    """A catalogue names its site."""
    with pytest.raises(Refused, match="another site"):
        merge(sheet("/a,A,,a,information"), "elsewhere", before=BEFORE)
