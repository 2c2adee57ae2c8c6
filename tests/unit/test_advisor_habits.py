"""What the advisor says of weeks in which moves hang together: a device may send one habit as often as it may
send at all."""

from __future__ import annotations

import numpy as np
import pytest

from edge_client.wire.release import Release
from model_export.advisor import Code, Material, advise
from model_export.advisor.change import compare
from model_export.advisor.counts import Counts, interval
from model_export.advisor.drift import accuracy_decay
from tests.support import town as towns
from tests.support.advising import BUSY, MEANS, RULES, TODAY, TOWN, found, hashes, silenced

SIZES = 20_000, 200_000, 1_000_000
HABITS = pytest.mark.parametrize("each", [1, 4], ids=["each move alone", "one habit a device"])


def two_weeks(means: towns.Means, *, seed: int, each: int) -> tuple[Release, Release]:
    """A week, and one as long after it that the model may be between them."""
    return (
        towns.week(TOWN, means, seed=seed, each=each),
        towns.week(TOWN, means, seed=seed + 1000, each=each, name="2026-W47"),
    )


def counted(*releases: Release) -> Counts:
    return Counts.of(releases, TOWN.pages)


@pytest.mark.parametrize(
    ("release", "together", "in_one"),
    [
        (towns.week(TOWN, MEANS, seed=1, each=1), 4, 4),
        (towns.release(TOWN, MEANS, seed=1), 1, 1),
        (towns.release(TOWN, MEANS, seed=1, parts=1), 190, 1),
    ],
    ids=["devices", "visitors shared out", "visitors of whole pairs"],
)
def test_people_vary_by_as_much_as_one_unit_can_add(release: Release, together: float, in_one: float) -> None:
    """Four moves of a device may be one habit; a visitor who is shared out adds one in all, whatever the
    bound; one who is not may be in every pair of it, once in each."""
    counts = counted(release)
    (lens,) = counts.lenses
    assert (lens.together, lens.in_one) == (together, in_one)
    noise = np.asarray(counts.noise.sum(axis=0)).ravel()
    assert counts.arrivals_variance == pytest.approx(together * counts.arrivals + noise)
    noise = np.asarray(counts.noise.sum(axis=1)).ravel()
    assert counts.departures_variance == pytest.approx(together * counts.departures + noise)


@HABITS
@pytest.mark.parametrize("visitors", SIZES)
def test_a_week_like_the_one_before_has_not_changed(*, visitors: int, each: int) -> None:
    """Not in eight draws, and on no page; taken for independent, habits are a change in every draw."""
    means = towns.means(TOWN, visitors=visitors)
    changes = [
        compare(*(counted(week) for week in two_weeks(means, seed=seed, each=each))) for seed in range(8)
    ]
    assert min(change.p_value for change in changes) > 0.001
    assert [(change.pages, change.halved) for change in changes] == [((), ())] * 8


@HABITS
@pytest.mark.parametrize("visitors", SIZES)
def test_intervals_hold_the_mean_of_what_such_weeks_show(*, visitors: int, each: int) -> None:
    """At least nineteen in twenty where moves are independent; where all are habits nine in ten at least,
    since a cell at the threshold is shown or hidden as a whole."""
    means = towns.means(TOWN, visitors=visitors)
    weeks = [counted(towns.week(TOWN, means, seed=seed, each=each)) for seed in range(24)]
    shown = np.mean([week.arrivals for week in weeks], axis=0)
    inside = [
        low <= mean <= high
        for week in weeks
        for mean, (low, high) in zip(shown, map(interval, week.arrivals, week.arrivals_variance), strict=True)
    ]
    assert np.mean(inside) >= (0.95 if each == 1 else 0.9)


@HABITS
def test_a_town_of_habits_without_faults_has_no_findings(each: int) -> None:
    """Whatever chance and noise make of it, week after week, with a live model."""
    for seed in range(4):
        then, now = two_weeks(MEANS, seed=seed, each=each)
        model = towns.live_model(TOWN, MEANS, trained_on=hashes(then))
        advice = advise(Material(catalogue=TOWN, releases=(then, now), rules=RULES, model=model, today=TODAY))
        assert [finding.code for finding in advice.findings] == []


def test_faults_stand_out_of_habits() -> None:
    """Moves that go elsewhere, a model that names fewer of them, and a page that nobody goes on from."""
    then = towns.week(TOWN, MEANS, seed=1, each=4)
    now = towns.week(TOWN, towns.rotated(MEANS, by=3), seed=2, each=4, name="2026-W47")
    model = towns.live_model(TOWN, MEANS, trained_on=hashes(then))
    material = {"releases": (then, now), "model": model}
    assert [len(found(code, **material)) for code in (Code.DRIFT, Code.ACCURACY_DECAY)] == [1, 1]
    dead = towns.week(TOWN, silenced(BUSY, 20, arrivals=False), seed=1, each=4)
    assert [finding.where for finding in found(Code.DEAD_END, releases=(dead,))] == [(TOWN.pages[20],)]


def test_how_often_a_model_is_right_varies_with_habits() -> None:
    """The interval of a share of four moves a device, all alike, is twice as wide as that of as many moves
    made each alone: the square root of four."""
    alone, habits = (
        next(
            iter(
                accuracy_decay(
                    Material(
                        catalogue=TOWN,
                        releases=(then, now),
                        model=towns.live_model(TOWN, BUSY, trained_on=hashes(then)),
                    )
                )
            )
        )
        for then, now in (
            (
                towns.release(TOWN, BUSY, seed=1, epsilon_milli=None, parts=parts, pairs=pairs),
                towns.release(
                    TOWN, towns.rotated(BUSY, by=3), seed=2, epsilon_milli=None, day="2026-12-01",
                    parts=parts, pairs=pairs,
                ),
            )
            for parts, pairs in ((1, 1), (1, 4))
        )
    )  # fmt: skip
    wide = [finding.evidence[0].high - finding.evidence[0].low for finding in (alone, habits)]
    assert wide[1] == pytest.approx(2 * wide[0])
