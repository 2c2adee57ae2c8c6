"""What training costs, counted in a way that no machine disturbs: bytes held, bytes written, entries kept."""

from __future__ import annotations

import tracemalloc
from functools import cache

import pytest

from edge_client.wire.catalogue import Catalogue
from model_export import Settings, TrainedModel, train_model
from tests.support.large_site import CELLS_A_PAGE, large_catalogue, large_release

SMALL, LARGE = 200, 600
BYTES_A_PAGE = 100


@cache
def trained(pages: int) -> tuple[TrainedModel, int]:
    """A model of a made-up site, and the most bytes that its training held at once."""
    catalogue = large_catalogue(pages)
    release = large_release(catalogue)
    tracemalloc.start()
    model = train_model(release, catalogue, settings=Settings(budget_bytes=BYTES_A_PAGE * pages, tuned=False))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return model, most


def test_memory_grows_with_pages_not_with_their_square() -> None:
    """Three times the pages take at most three and a half times the memory, not nine times, and each page
    more at most 60 kB."""
    (_, small), (_, large) = trained(SMALL), trained(LARGE)
    print(f"{small / 2**20:.0f} MiB for {SMALL} pages, {large / 2**20:.0f} MiB for {LARGE}")
    assert large <= 3.5 * small
    assert large - small <= 60_000 * (LARGE - SMALL)


@pytest.mark.parametrize("pages", [SMALL, LARGE])
def test_a_hundred_bytes_a_page_are_kept_to(pages: int) -> None:
    """The file fits, keeps nearly all that the whole table names first, and uses what it was given."""
    size = trained(pages)[0].trained.fitted.size
    print(f"{pages} pages: {size.file_bytes:,} bytes, kept {size.kept:.3f}, {size.layout}")
    assert 0.5 * BYTES_A_PAGE * pages <= size.file_bytes <= BYTES_A_PAGE * pages
    assert size.kept >= 0.9


def test_the_made_up_site_is_the_same_every_time() -> None:
    """Figures about it can be had again: a catalogue in sections, a release of about forty cells a page."""
    catalogue = large_catalogue(200)
    again = Catalogue.parse(catalogue.to_bytes())
    release = large_release(catalogue)
    assert again.pages == large_catalogue(200).pages
    assert release == large_release(again)
    assert 0.5 * CELLS_A_PAGE <= len(release.cells) / 200 <= 1.5 * CELLS_A_PAGE
