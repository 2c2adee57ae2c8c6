"""A model for other pages than it was made for, and one for pages of which nobody has counted anything.

Both are made without a look at any visit: from a model that is public already, and from what the catalogue
says. The same inputs make the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.paths import ItemId, stands_for_many
from model_export.learning.content import NEIGHBOURS, nearest_of, similar_pages
from model_export.learning.evaluate import query
from model_export.learning.recipes import Settings, fit
from model_export.learning.samples import prior_of, samples_from
from model_export.paged_card import Paged, card_of_words, paged_card, settings_of
from model_export.shipping.convert import export_onnx, read_table
from model_export.shipping.low_rank import no_rank
from model_export.shipping.paging import Places, add_words, lost_of, page_table
from model_export.shipping.parity import verify_parity
from model_export.shipping.quantise import QuantisedTable, quantise

__all__ = ["MOST_BYTES", "PagedModel", "Source", "page_model", "words_alone"]

MOST_BYTES: Final = 1_048_576
"""What a device may have to fetch for a model; one that was larger before may stay as large."""

_FEWER: Final = (NEIGHBOURS, 12, 8, 4)
"""How many of the pages most alike a page's words lead to: as many as fit."""

_ASKED: Final = 50


@dataclass(frozen=True, slots=True)
class Source:
    """A model that people decided on: its file, its card, and the catalogue whose pages it is of."""

    onnx_bytes: bytes
    card_bytes: bytes
    catalogue: bytes


@dataclass(frozen=True, slots=True)
class PagedModel:
    """A model file and its card, as a bundle holds them."""

    onnx_bytes: bytes
    card_bytes: bytes


def page_model(
    source: Source, catalogue: Catalogue, *, renamed: Mapping[ItemId, ItemId] | None = None
) -> PagedModel:
    """The source's model for the pages of another catalogue; `renamed` says which page became which.

    Raises Malformed for a source that is no model of ours with a card, Untrue for one of another site or of
    other pages than its card says and when ONNX Runtime disagrees, Refused where it does not fit.
    """
    before, card = Catalogue.parse(source.catalogue), canonical.decode_object(source.card_bytes)
    if before.site != catalogue.site or card.get("pages_hash") != hash_pages(before.pages):
        raise Untrue("model: of another site, or of other pages than its catalogue's")
    table = _read(source.onnx_bytes)
    if table.items != len(before.items) or not catalogue.items:
        raise Untrue("model: a catalogue without pages, or a model of another number of them")
    moved, by = renamed or {}, settings_of(card)
    places = Places.of(before.pages, catalogue.pages, moved)
    plain = page_table(table, places)

    def tables() -> Iterator[QuantisedTable]:
        if places.new.any():
            for alike in _likenesses(catalogue):
                yield add_words(plain, alike, catalogue.pages, new=places.new, by=by)
        yield plain

    onnx_bytes = _first_that_fits(tables(), most_bytes=max(MOST_BYTES, len(source.onnx_bytes)))
    made = Paged(
        onnx_bytes,
        catalogue,
        _parity(onnx_bytes, len(catalogue.items)),
        new=int(places.new.sum()),
        gone=places.gone,
        renamed=sum(1 for page in before.pages if page in moved and moved[page] in catalogue.pages),
        lost=lost_of(table, places),
    )
    files = (source.onnx_bytes, source.card_bytes, source.catalogue)
    return PagedModel(onnx_bytes, paged_card(card, made, of=files))


def words_alone(catalogue: Catalogue) -> PagedModel:
    """A model of a catalogue that knows what its pages say, and nothing of anybody: no release is behind it.

    Raises Refused for a catalogue without pages, and where it does not fit.
    """
    if not catalogue.items:
        raise Refused("model: the catalogue has no pages")
    by = Settings()
    nothing = sp.csr_matrix((len(catalogue.items), len(catalogue.items)))
    tables = (_table_of_words(alike, catalogue, by) for alike in chain(_likenesses(catalogue), [nothing]))
    onnx_bytes = _first_that_fits(tables, most_bytes=MOST_BYTES)
    pages = len(catalogue.items)
    made = Paged(onnx_bytes, catalogue, _parity(onnx_bytes, pages), new=pages)
    return PagedModel(onnx_bytes, card_of_words(made, by, most_bytes=MOST_BYTES))


def _likenesses(catalogue: Catalogue) -> Iterator[sp.csr_matrix]:
    """How alike the catalogue's pages are, by ever fewer of them; worked out once."""
    alike = similar_pages(catalogue.pages, catalogue)
    return (nearest_of(alike, most) for most in _FEWER)


def _table_of_words(alike: sp.csr_matrix, catalogue: Catalogue, by: Settings) -> QuantisedTable:
    """The table of the recipe that is content alone, where nobody visited anything."""
    pages = catalogue.pages
    nobody = sp.csr_matrix(alike.shape)
    to_one = sp.diags_array(np.array([float(not stands_for_many(page)) for page in pages]))
    samples = samples_from(prior_of(sp.csr_matrix(alike @ to_one), nobody, kappa=1.0, share=1.0))
    if samples.weight.sum() > 0:
        return quantise(fit(samples, settings=by))
    return QuantisedTable(
        starts=np.zeros(len(pages) + 1, dtype=np.int64),
        neighbours=np.zeros(0, dtype=np.int64),
        levels=np.zeros(0, dtype=np.uint8),
        bits=8,
        scale=np.zeros(len(pages), dtype=np.float32),
        popularity=np.zeros(len(pages), dtype=np.float32),
        rest=no_rank(len(pages)),
    )


class _Ready(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator that has nothing to learn: what a table is exported under."""

    def __init__(self, n_features_in_: int = 1) -> None:
        self.n_features_in_ = n_features_in_


def _first_that_fits(tables: Iterable[QuantisedTable], *, most_bytes: int) -> bytes:
    for table in tables:
        model: Any = _Ready(table.items)
        if len(data := export_onnx(model, table)) <= most_bytes:
            return data
    raise Refused(f"model: of so many pages it takes more than {most_bytes:,} bytes")


def _read(data: bytes) -> QuantisedTable:
    try:
        return read_table(data)
    except Exception as error:  # whatever the libraries say of bytes that are no model
        raise Malformed("model: not one that can be paged") from error


def _parity(data: bytes, pages: int) -> Any:
    """Compare with ONNX Runtime after no page, after pages spread over all, and after five at once."""
    spread: NDArray[np.int64] = np.unique(np.linspace(0, pages - 1, num=min(pages, _ASKED)).astype(np.int64))
    asked = [(), *((int(page),) for page in spread), tuple(int(page) for page in spread[:5])]
    return verify_parity(data, [query(recent) for recent in asked])
