"""A model for other pages: what stays is the same to the bit, what is gone leaves, what is new is placed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.paths import ItemId
from model_export.learning.content import similar_pages
from model_export.learning.recipes import Settings
from model_export.paged import PagedModel, Source, page_model, words_alone
from model_export.shipping.convert import read_table
from model_export.shipping.paging import Places, add_words, page_table
from model_export.shipping.quantise import QuantisedTable
from tests.support import kernel_js
from tests.support.city import card, catalogue
from tests.support.layouts import samples

NEW = CatalogueItem(
    ItemId("/bins/garden"), "Order a garden bin", "About: garden bins.", "bins", ItemKind.TRANSACTION, "en"
)


@pytest.fixture(scope="module")
def source() -> Source:
    made = words_alone(catalogue())
    return Source(made.onnx_bytes, made.card_bytes, catalogue().to_bytes())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def changed(*, gone: str = "", new: tuple[CatalogueItem, ...] = ()) -> Catalogue:
    """The city's catalogue without a page, with others, in the order of their addresses."""
    items = [item for item in catalogue().items if item.id != gone]
    return Catalogue(catalogue().site, tuple(sorted([*items, *new], key=lambda item: item.id)))


def rows_of(table: QuantisedTable, pages: tuple[ItemId, ...]) -> dict[ItemId, dict[ItemId, float]]:
    """What the table holds, by names: a value is a level on its row's scale."""
    values = table.values() * np.repeat(table.scale, np.diff(table.starts))
    return {
        page: {
            pages[int(table.neighbours[place])]: float(values[place])
            for place in range(table.starts[at], table.starts[at + 1])
        }
        for at, page in enumerate(pages)
    }


def test_the_same_pages_make_the_same_bytes(source: Source) -> None:
    """Whatever made the model: paged to its own pages it is the very same file."""
    assert page_model(source, catalogue()).onnx_bytes == source.onnx_bytes


def test_what_stays_stays_to_the_bit(source: Source) -> None:
    """Values between pages that stay and their popularity are those of before; what is gone is nowhere."""
    after = changed(gone="/bins/missed", new=(NEW,))
    before = read_table(source.onnx_bytes)
    made = read_table(page_model(source, after).onnx_bytes)
    old, new = rows_of(before, catalogue().pages), rows_of(made, after.pages)
    stay = set(after.pages) & set(catalogue().pages)
    for page in stay:
        assert {to: value for to, value in new[page].items() if to in stay} == {
            to: value for to, value in old[page].items() if to in stay
        }
    popular = dict(zip(catalogue().pages, before.popularity, strict=True))
    assert all(made.popularity[after.pages.index(page)] == popular[page] for page in stay)
    assert made.items == len(after.items)


def test_a_new_page_is_placed_by_its_words(source: Source) -> None:
    """It leads to what it is like, and what is like it leads to it; it is as wanted as the least wanted page,
    and a page that stands for many is led to by none."""
    many = replace(NEW, id=ItemId("/bins/:date"), title="Bins on a day")
    after = changed(new=(NEW, many))
    made = read_table(page_model(source, after).onnx_bytes)
    rows = rows_of(made, after.pages)
    best = max(rows[NEW.id], key=lambda page: rows[NEW.id][page])
    assert best == "/bins/new"
    assert NEW.id in rows[ItemId("/bins/new")]
    assert not any(many.id in row for row in rows.values())
    at = after.pages.index(NEW.id)
    assert made.popularity[at] == read_table(source.onnx_bytes).popularity.min()


@pytest.mark.parametrize("bits", [8, 4])
def test_rows_that_are_full_take_new_pages_on_their_own_scale(bits: int) -> None:
    """In either number of bits, beside factors: nothing that was there changes, and no level is more than a
    row can hold."""
    sample = next(each for each in samples() if each.table.bits == bits and each.table.rest.rank)
    pages = tuple(ItemId(f"/{'abcdefghij'[at % 10]}/{at}") for at in range(sample.table.items))
    after = (*pages[:5], ItemId("/new"), *pages[7:])
    places = Places.of(pages, after, {})
    plain = page_table(sample.table, places)
    made = add_words(plain, similar_pages(after), after, new=places.new, by=Settings())
    kept = rows_of(plain, after)
    grown = rows_of(made, after)
    assert all(grown[page].items() >= row.items() for page, row in kept.items())
    assert made.levels.max() <= (255 if bits == 8 else 15)
    assert not made.rest.left[5].any()
    assert (made.rest.right[:, :5] == sample.table.rest.right[:, :5]).all()


def test_a_page_that_was_renamed_keeps_all_it_had(source: Source) -> None:
    """Its row, its place in those of others, its popularity; a name that had a page of its own keeps that."""
    moved = replace(catalogue().items[3], id=ItemId("/bins/order"))
    after = changed(gone="/bins/new", new=(moved,))
    renamed = {ItemId("/bins/new"): moved.id}
    made = page_model(source, after, renamed=renamed)
    old = rows_of(read_table(source.onnx_bytes), catalogue().pages)
    named = {page: renamed.get(page, page) for page in catalogue().pages}
    assert rows_of(read_table(made.onnx_bytes), after.pages) == {
        named[page]: {named[to]: value for to, value in row.items()} for page, row in old.items()
    }
    assert canonical.decode_object(made.card_bytes)["drift"] == {
        "moves_lost_milli": 0, "pages_gone": 0, "pages_new": 0, "pages_renamed": 1,
    }  # fmt: skip
    stays = Places.of(("/a", "/b"), ("/a", "/b"), {ItemId("/a"): ItemId("/b")})  # type: ignore[arg-type]  # paths
    assert list(stays.before) == [0, 1]


def test_devices_score_it_as_the_reference_does(source: Source, tmp_path: Path) -> None:
    """The worker's own kernel takes the file, and every score is the very same number."""
    after = changed(gone="/bins/missed", new=(NEW,))
    files = [page_model(source, after).onnx_bytes, words_alone(after).onnx_bytes]
    lonely = Catalogue("smallville", (replace(NEW, title="x", summary="", topic="", id=ItemId("/")),))
    files.append(words_alone(lonely).onnx_bytes)
    asked = [
        (np.array(recent, dtype=np.int64), np.array([1.0, 0.6][: len(recent)], dtype=np.float32))
        for recent in ((), (0,), (0, 0))
    ]
    for data, scores in zip(
        files, kernel_js.scores_of([(data, asked) for data in files], tmp_path), strict=True
    ):
        expected = np.array([read_table(data).scores(*each) for each in asked])
        np.testing.assert_array_equal(scores, expected)


def test_its_card_tells_what_it_was_made_from(source: Source) -> None:
    """By hashes; what people decided by stays, and what was measured anew says so."""
    after = changed(gone="/bins/missed", new=(NEW,))
    made = page_model(source, after)
    told, before = canonical.decode_object(made.card_bytes), canonical.decode_object(source.card_bytes)
    digests = [
        hashlib.sha256(raw).hexdigest() for raw in (source.card_bytes, source.catalogue, source.onnx_bytes)
    ]
    assert told["paged_from"] == dict(zip(("card", "catalogue", "model"), digests, strict=True))
    assert told["pages_hash"] == hash_pages(after.pages)
    assert told["file"] == {
        "bytes": len(made.onnx_bytes),
        "sha256": hashlib.sha256(made.onnx_bytes).hexdigest(),
    }
    drift = told["drift"]
    assert isinstance(drift, dict)
    assert (drift["pages_gone"], drift["pages_new"]) == (1, 1)
    assert 0 < int(str(drift["moves_lost_milli"])) < 1000
    kept = before.keys() - {"v", "drift", "file", "pages", "pages_hash", "parity", "paged_from"}
    assert {name: told[name] for name in kept} == {name: before[name] for name in kept}


def test_equal_inputs_make_equal_bytes(source: Source) -> None:
    """Also the second time, and also for words alone."""
    after = changed(gone="/bins/missed", new=(NEW,))
    assert page_model(source, after) == page_model(source, after)
    assert words_alone(after) == words_alone(after)
    assert isinstance(words_alone(after), PagedModel)


def test_what_cannot_be_paged_is_refused(source: Source) -> None:
    """A file that is no model of ours, a card or a catalogue of another, and a catalogue without pages."""
    after = changed(new=(NEW,))
    with pytest.raises(Malformed, match="not one that can be paged"):
        page_model(Source(b"model", card(b"model"), catalogue().to_bytes()), after)
    with pytest.raises(Untrue, match="of other pages"):
        page_model(replace(source, catalogue=after.to_bytes()), after)
    with pytest.raises(Untrue, match="another site"):
        page_model(source, replace(after, site="elsewhere"))
    with pytest.raises(Refused, match="no pages"):
        words_alone(Catalogue("smallville", ()))
    with pytest.raises(Untrue, match="without pages"):
        page_model(source, Catalogue("smallville", ()))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("neighbours", lambda array: array * 0 + 250),
        ("popularity", lambda array: array[:1]),
        ("popularity", lambda array: array * np.nan),
        ("scale", lambda array: -array - 1),
        ("lengths", lambda array: array + 1),
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_name(
    source: Source, name: str, change: Callable[[Any], Any]
) -> None:
    """Whatever its constants name that is not there, the answer is that the model cannot be paged."""
    model = onnx.load_from_string(source.onnx_bytes)
    found = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    array = numpy_helper.to_array(found)
    found.CopyFrom(numpy_helper.from_array(np.asarray(change(array)).astype(array.dtype), name))
    broken = replace(source, onnx_bytes=model.SerializeToString())
    with pytest.raises(Malformed, match="not one that can be paged"):
        page_model(broken, changed(new=(NEW,)))


def test_of_pages_that_are_all_alike_the_first_are_named() -> None:
    """Where every page says the same, each leads to so many of the others, in the order of the catalogue."""
    same = [replace(NEW, id=ItemId(f"/bins/{at:02}-garden")) for at in range(30)]
    alike = similar_pages([item.id for item in same], Catalogue("city", tuple(same)), neighbours=3)
    assert alike.sum(axis=1) == pytest.approx(np.ones((30, 1)))
    assert np.diff(alike.indptr).tolist() == [3] * 30
