"""A release says exactly what it is, and refuses to contradict itself."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit

VECTORS = Path(__file__).parent.parent / "vectors" / "release"
A, B, C = ItemId("/a"), ItemId("/b"), ItemId("/c")


def release_of(
    counts: dict[tuple[ItemId, ItemId], int],
    *,
    privacy: Privacy | None = None,
    pages: tuple[ItemId, ...] | None = None,
    parts: int = 1,
) -> Release:
    """A release of `counts` on everyday terms."""
    return Release.of(
        counts,
        site="riverton",
        source=Source.LOG,
        period=Period("2026-11-01", "2026-11-30"),
        privacy=privacy or Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
        pages=pages,
        parts=parts,
    )


def test_the_good_vectors_read_and_print_back() -> None:
    """What parses prints back byte for byte."""
    cases = json.loads((VECTORS / "good.json").read_text())["cases"]
    assert cases
    for case in cases:
        data = case["release"].encode()
        assert Release.parse(data).to_bytes() == data


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "bad.json").read_text())["cases"], ids=lambda c: c["why"]
)
def test_the_bad_vectors_are_refused(case: dict[str, str]) -> None:
    """Every bad vector is refused as the kind of wrong that it is."""
    kind = {"malformed": Malformed, "untrue": Untrue}[case["error"]]
    with pytest.raises(kind, match=r"^(release|canonical json): [a-z0-9 ]+$"):
        Release.parse(case["release"].encode())


def test_version_one_is_read_for_ever() -> None:
    """Its bytes are public and logged: they mean what they meant, a threshold that is k and cells of one."""
    cases = json.loads((VECTORS / "good.json").read_text())["cases"]
    old = [Release.parse(case["release"].encode()) for case in cases if case["what"].startswith("version 1")]
    assert len(old) == 7
    assert {(each.version, each.parts, each.candidates, each.scale_milli) for each in old} == {
        (1, 1, None, None)
    }
    assert all(each.threshold == each.privacy.k for each in old)
    assert all(each.weights() == each.moves() for each in old)


def test_shares_are_weighed_in_visitors() -> None:
    """Five thousand and forty parts are one visitor, and so is the noise counted."""
    terms = Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6)
    release = release_of({(A, B): 41 * 5040, (B, C): 25 * 5040 + 2520}, privacy=terms, parts=5040)
    assert release.weights() == {(A, B): 41.0, (B, C): 25.5}
    assert release.totals == {"dropped_cells": None, "kept_cells": 2, "kept_moves": 66}
    assert release.noise_scale == pytest.approx(math.sqrt(2), rel=1e-6)
    assert release_of({(A, B): 41}).noise_scale == 0.0


def test_noise_is_as_wide_as_it_is_said_to_be() -> None:
    """Laplace of scale 1 in whole numbers deviates by sqrt(2 e) / (e - 1), a Gaussian by its sigma."""
    laplace = release_of({}, privacy=Privacy(10, Mechanism.DISCRETE_LAPLACE, 4000, 6))
    assert laplace.noise_scale == pytest.approx(math.sqrt(2 * math.e) / (math.e - 1))
    gaussian = release_of({}, privacy=Privacy(10, Mechanism.DISCRETE_GAUSSIAN, 1000, 6))
    assert gaussian.noise_scale == (gaussian.scale_milli or 0) / 1000 > 9


def test_cells_under_k_are_dropped_and_counted() -> None:
    """Nine visitors are not ten."""
    release = release_of({(A, B): 10, (B, C): 9})
    assert release.pages == (A, B)
    assert release.cells == ((0, 1, 10),)
    assert release.totals == {"dropped_cells": 1, "kept_cells": 1, "kept_moves": 10}
    assert release.moves() == {(A, B): 10}


def test_a_page_of_dropped_cells_alone_is_not_named() -> None:
    """The list of pages does not betray a page that few have seen."""
    assert "/c" not in release_of({(A, B): 10, (B, C): 9}).to_bytes().decode()


def test_a_public_list_of_pages_is_kept_whole_and_nothing_else_counted() -> None:
    """With a catalogue the pages are the catalogue's, whatever was visited."""
    release = release_of({(A, B): 10, (B, C): 50}, pages=(A, B))
    assert release.pages == (A, B)
    assert release.moves() == {(A, B): 10}


def test_a_noisy_release_does_not_say_how_many_cells_were_dropped() -> None:
    """The exact number of rare cells can hang on one visitor."""
    noisy = Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6)
    assert release_of({(A, B): 100, (B, C): 9}, privacy=noisy).dropped_cells is None
    with pytest.raises(Untrue, match="dropped cells"):
        replace(release_of({(A, B): 100}, privacy=noisy), dropped_cells=1)


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ((1,), Untrue),
        ((True,), Untrue),
        ((10, Mechanism.DISCRETE_LAPLACE), Untrue),
        ((10, Mechanism.NONE, 1000), Untrue),
        ((10, Mechanism.NONE, None, 6), Untrue),
        ((10, Mechanism.DISCRETE_GAUSSIAN, 1000), Untrue),
        ((10, Mechanism.DISCRETE_LAPLACE, 0), Malformed),
        ((10, Mechanism.DISCRETE_LAPLACE, -5), Malformed),
    ],
)
def test_privacy_terms_that_make_no_sense_are_refused(terms: tuple[Any, ...], error: type[Exception]) -> None:
    """Noise and epsilon come together, and a k of one protects nobody."""
    with pytest.raises(error, match=r"^release: "):
        Privacy(*terms)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    """A period is two days in order, or two weeks, or nothing at all."""
    assert Period().start is None
    assert Period("2026-W46", "2026-W47").end == "2026-W47"
    with pytest.raises(Untrue):
        Period("2026-11-02", "2026-11-01")
    with pytest.raises(Untrue):
        Period("2026-11-02", None)
    with pytest.raises(Malformed):
        Period("yesterday", "today")


def test_the_hash_of_the_pages_is_the_one_that_tasks_name() -> None:
    """Release, task and catalogue agree on the pages by one hash."""
    value = canonical.decode(release_of({(A, B): 10}).to_bytes())
    assert isinstance(value, dict)
    assert value["pages_hash"] == hash_pages((A, B))
