"""The one place where a function makes a model without training one: `model_export` on the other side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import ARCHETYPES, CANDIDATES
from lambdas.shared.publishing.paging import Beside, Wanted
from model_export.paged import PagedModel, Source, page_model, words_alone
from model_export.paged_beside import page_archetypes, page_candidates


def make(wanted: Wanted, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """Make the files that are wanted, by name; `read` gives a file by its SHA-256 in hex.

    Raises Malformed, Refused or Untrue where nothing can be made of what is named.
    """
    catalogue = Catalogue.parse(read(wanted.catalogue))
    model = _model(wanted, catalogue, read)
    files = {"model.onnx": model.onnx_bytes, "model.json": model.card_bytes}
    return files if wanted.beside is None else {**files, **_beside(wanted.beside, catalogue, read)}


def _model(wanted: Wanted, catalogue: Catalogue, read: Callable[[str], bytes]) -> PagedModel:
    source = wanted.made_from
    if source is None:
        return words_alone(catalogue)
    try:
        found = Source(read(source.model), read(source.card), read(source.catalogue))
        return page_model(found, catalogue)
    except (Malformed, Refused, Untrue):
        if not wanted.or_words:
            raise
        return words_alone(catalogue)


def _beside(beside: Beside, catalogue: Catalogue, read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    before = Catalogue.parse(read(beside.catalogue))
    made = {ARCHETYPES: page_archetypes, CANDIDATES: page_candidates}
    return {name: made[name](read(digest), before, catalogue) for name, digest in beside.files.items()}
