"""The model card: what its releases cost together, which sizes were looked at, how far pages have moved."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consent_ledger import canonical
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from model_export import train_model
from model_export.spent import Spent, spent_by


def released(
    *, epsilon_milli: int | None = None, gaussian: bool = False, unit: Unit = Unit.VISITOR
) -> Release:
    """A ring of twelve pages, released on these terms."""
    privacy = Privacy(10)
    if epsilon_milli is not None:
        mechanism = Mechanism.DISCRETE_GAUSSIAN if gaussian else Mechanism.DISCRETE_LAPLACE
        privacy = Privacy(10, mechanism, epsilon_milli, 6)
    return Release.of(
        {(ItemId(f"/p{n}"), ItemId(f"/p{(n + 1) % 12}")): 5000 for n in range(12)},
        site="riverton",
        source=Source.LOG,
        period=Period("2026-11-01", "2026-11-07"),
        privacy=privacy,
        bound=Bound(unit, 1),
    )


def test_epsilons_of_releases_add_up() -> None:
    """Two releases about the same visitors at epsilon 0.5 and 1 tell at most epsilon 1.5 together."""
    spent = spent_by([released(epsilon_milli=500), released(epsilon_milli=1000)])
    assert spent is not None
    assert 1000 < spent.epsilon_milli <= 1500
    assert spent.unit == "visitor"
    assert 1 <= spent.delta_exp <= 6


def test_one_release_costs_what_it_says() -> None:
    """No less and no more than its own epsilon, with either mechanism."""
    assert spent_by([released(epsilon_milli=1000)]) == Spent(1000, 6, "visitor")
    gaussian = spent_by([released(epsilon_milli=1000, gaussian=True)])
    assert gaussian is not None
    assert 900 <= gaussian.epsilon_milli <= 1001


def test_many_small_costs_are_less_than_their_sum() -> None:
    """A year of weekly releases at epsilon 0.1 costs less than 5.2, as zCDP adds up."""
    spent = spent_by([released(epsilon_milli=100, gaussian=True)] * 52)
    assert spent is not None
    assert spent.epsilon_milli < 2600


@pytest.mark.parametrize(
    "releases",
    [
        [released(epsilon_milli=500), released()],
        [released(epsilon_milli=500), released(epsilon_milli=500, unit=Unit.SESSION)],
    ],
)
def test_no_bound_is_claimed_where_there_is_none(releases: list[Release]) -> None:
    """Not beside a release without noise, nor over visitors and sessions at once: the card says so."""
    assert spent_by(releases) is None
    card = train_model(releases).card
    assert card.to_json()["privacy"] == {"delta_exp": None, "epsilon_milli": None, "unit": None}
    assert "No bound on what all of them together tell" in str(card)


@pytest.mark.parametrize(("threshold", "delta_exp"), [(10, 6), (10, None), (200, None)])
def test_the_older_version_has_no_cost_where_it_keeps_no_promise(
    threshold: int, delta_exp: int | None
) -> None:
    """Whoever prints a release as version 1 leaves out what shows that its threshold hides nobody."""
    terms = Privacy(threshold, Mechanism.DISCRETE_LAPLACE, 1000, delta_exp)
    made = replace(
        released(epsilon_milli=1000), privacy=terms, threshold=threshold, scale_milli=None, version=1
    )
    assert spent_by([Release.parse(made.to_bytes())]) is None


def test_the_older_version_has_a_cost_where_its_threshold_is_high_enough() -> None:
    """A k that hides a lone visitor as well as its delta says is worth what version 2 says of it."""
    terms = Privacy(200, Mechanism.DISCRETE_LAPLACE, 1000, 6)
    made = replace(released(epsilon_milli=1000), privacy=terms, threshold=200, scale_milli=None, version=1)
    assert spent_by([Release.parse(made.to_bytes())]) == Spent(1000, 6, "visitor")


def test_the_card_names_the_cost_and_every_release() -> None:
    """Epsilon and delta of all together, and of each its bytes' hash, threshold and parts."""
    release = released(epsilon_milli=1000)
    card = train_model(release).card
    assert "Together they tell at most epsilon 1, delta 1e-6 of any one visitor." in str(card)
    (row,) = card.to_json()["releases"]
    assert (row["threshold"], row["parts"]) == (release.threshold, 1)


def test_the_card_is_canonical_json_with_every_field() -> None:
    """What is printed is what is read, byte for byte; the fields are those that the format lists."""
    raw = train_model(released()).card_bytes
    assert canonical.encode(canonical.decode(raw)) == raw
    assert set(json.loads(raw)) == {
        "accuracy", "drift", "file", "gate", "input", "kind", "limits", "not_for", "pages", "pages_from",
        "pages_hash", "parity", "privacy", "recipe", "releases", "shipped", "site", "size", "v",
    }  # fmt: skip
