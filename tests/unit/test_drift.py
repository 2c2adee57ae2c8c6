"""Pages come, go and move; counts follow where the agency says so, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.period import Period
from edge_client.wire.privacy import Bound, Mechanism, Privacy, Unit
from edge_client.wire.release import Release, Source
from model_export.learning.drift import ages_of, drift_of, resolve, weights_of
from model_export.learning.samples import moves_of, pages_of

A, B, C, D = (ItemId(f"/{name}") for name in "abcd")


def released(
    moves: dict[tuple[ItemId, ItemId], int],
    *,
    until: str | None = "2026-11-07",
    epsilon_milli: int | None = None,
) -> Release:
    """A release of a period that ended then."""
    privacy = (
        Privacy(10) if epsilon_milli is None else Privacy(10, Mechanism.DISCRETE_LAPLACE, epsilon_milli, 6)
    )
    return Release.of(
        moves,
        site="riverton",
        source=Source.LOG,
        period=Period(until, until),
        privacy=privacy,
        bound=Bound(Unit.VISITOR, 1),
    )


def catalogue(*items: tuple[str, str]) -> Catalogue:
    """A catalogue of paths and titles."""
    return Catalogue(
        "riverton",
        tuple(
            CatalogueItem(ItemId(path), title, "", "", ItemKind.INFORMATION, "en")
            for path, title in sorted(items)
        ),
    )


BEFORE = released({(A, B): 40, (B, C): 20})


def test_renamed_pages_bring_their_counts_along() -> None:
    """Two renames in a row lead to where the page is now; both ends of a move follow."""
    renamed = {B: C, C: D}
    assert pages_of([BEFORE], None, renamed=renamed) == (A, D)
    assert moves_of([BEFORE], (A, D), renamed=renamed).toarray().tolist() == [[0, 40], [0, 0]]


def test_retired_pages_are_never_learnt() -> None:
    """A page that the catalogue lost is in no row and no column."""
    assert moves_of([BEFORE], (A, C)).nnz == 0
    found = drift_of([BEFORE], catalogue(("/a", "a"), ("/c", "c"), ("/new", "n")))
    assert (found.new, found.retired) == ((ItemId("/new"),), (B,))


def test_a_page_that_reads_alike_is_proposed_and_not_assumed() -> None:
    """The likely successor is named with its likeness; no count moves by itself."""
    old = catalogue(("/permit", "Renew a resident parking permit"), ("/swim", "Swimming pools"))
    new = catalogue(("/parking/renew", "Renew your resident parking permit"), ("/tax", "Council tax"))
    release = released({(ItemId("/permit"), ItemId("/swim")): 50})
    found = drift_of([release], new, before=old)
    assert [(one.old, one.new) for one in found.proposals] == [("/permit", "/parking/renew")]
    assert 0.5 <= found.proposals[0].likeness < 1
    assert moves_of([release], new.pages).nnz == 0


def test_each_page_is_proposed_once() -> None:
    """Of two pages that became one, the more alike is proposed."""
    old = catalogue(("/x", "Renew a parking permit"), ("/y", "Renew a parking permit for residents"))
    new = catalogue(("/z", "Renew a parking permit for residents"))
    found = drift_of([released({(ItemId("/x"), ItemId("/y")): 50})], new, before=old)
    assert [one.old for one in found.proposals] == ["/y"]


def test_a_page_cannot_be_renamed_to_itself() -> None:
    """Going round is an error, not an endless loop."""
    assert resolve({A: B, B: C}) == {A: C, B: C}
    with pytest.raises(ValueError, match=r"^drift: "):
        resolve({A: B, B: A})


def test_older_releases_count_less() -> None:
    """One half-life is one half; without one all count the same."""
    older = released({(A, B): 40}, until="2026-10-10")
    assert ages_of([older, BEFORE]) == [28, 0]
    assert weights_of([older, BEFORE])[0] > 0.9
    halved = weights_of([replace(BEFORE, period=older.period), BEFORE], half_life_days=28)
    assert halved == pytest.approx([0.5, 1.0])


def test_weeks_end_on_their_sunday() -> None:
    """Days and ISO weeks are compared; who tells no period is as new as the newest."""
    week, day, never = (released({(A, B): 40}, until=until) for until in ("2026-W46", "2026-11-22", None))
    assert ages_of([week, day, never]) == [7, 0, 0]


def test_noise_weighs_against_a_release() -> None:
    """Of two releases of the same counts the noisier counts less, by its variance."""
    loud, quiet = released({(A, B): 900}, epsilon_milli=100), released({(A, B): 900}, epsilon_milli=1000)
    first, second = weights_of([loud, quiet])
    assert second == 1
    assert first == pytest.approx((900 + quiet.noise_scale**2) / (900 + loud.noise_scale**2))
