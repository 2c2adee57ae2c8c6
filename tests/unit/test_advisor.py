"""Every finding is raised where its fault is planted, with evidence and fix, and never by chance alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from model_export.advisor import Code, Material, Sure, advise
from tests.support import town as towns
from tests.support.advising import BUSY, MEANS, RULES, TODAY, TOWN, found, hashes, released, silenced


@pytest.mark.parametrize("epsilon_milli", [None, 500, 1000, 4000])
def test_a_town_without_faults_has_no_findings(epsilon_milli: int | None) -> None:
    """Whatever chance and noise make of it, release after release, with a live model and all else at hand."""
    for seed in range(8):
        then = towns.release(TOWN, MEANS, seed=seed, epsilon_milli=epsilon_milli)
        now = towns.release(TOWN, MEANS, seed=seed + 100, epsilon_milli=epsilon_milli, day="2026-12-01")
        advice = advise(
            Material(
                catalogue=TOWN,
                releases=(then, now),
                rules=RULES,
                model=towns.live_model(TOWN, MEANS, trained_on=hashes(then)),
                today=TODAY,
                reviewed=dict.fromkeys(TOWN.pages, TODAY),
                speakers={"en": 0.99, "fr": 0.001},
            )
        )
        assert advice.findings == ()
        assert {silence.code for silence in advice.silences} <= {Code.NEVER_REACHED}


def test_equal_material_gives_equal_advice() -> None:
    """Nothing hangs on the order of anything."""
    material = Material(catalogue=TOWN, releases=(released(silenced(MEANS, 9)),), today=TODAY)
    again = Material(catalogue=TOWN, releases=(released(silenced(MEANS, 9)),), today=TODAY)
    assert advise(material) == advise(again)
    assert advise(material).findings


def test_a_page_that_nobody_goes_on_from_is_a_dead_end() -> None:
    """All arrive, nobody leaves; the finding says how many, and where to link to."""
    (finding,) = found(Code.DEAD_END, releases=(released(silenced(BUSY, 20, arrivals=False)),))
    assert finding.where == (TOWN.pages[20],)
    assert finding.sure is Sure.LIKELY
    assert finding.visitors == pytest.approx(BUSY[:, 20].sum(), rel=0.1)
    assert {source for source, _ in finding.fix.links} == {TOWN.pages[20]}
    assert all(TOWN.get(target) is not None for _, target in finding.fix.links)


def test_a_task_may_end_a_visit() -> None:
    """Where a transaction is done, nobody needs to go on."""
    town = towns.changed(TOWN, 20, kind=ItemKind.TRANSACTION)
    releases = (released(silenced(BUSY, 20, arrivals=False)),)
    assert found(Code.DEAD_END, catalogue=town, releases=releases) == []


def test_moves_that_thresholds_hide_are_no_dead_end() -> None:
    """A page from which visitors go to every other page, a few to each, shows none of them: no finding."""
    means = MEANS.copy()
    means[20] = 0.25 * means[:, 20].sum() / len(means)
    means[20, 20] = 0.0
    release = released(means)
    assert sum(count for (source, _), count in release.weights().items() if source == TOWN.pages[20]) < 200
    assert found(Code.DEAD_END, releases=(release,)) == []


def test_pages_in_no_move_are_never_reached() -> None:
    """The finding says how few they can have at most, and from which pages to link."""
    (finding,) = found(Code.NEVER_REACHED, releases=(released(silenced(MEANS, 12)),))
    assert finding.where == (TOWN.pages[12],)
    (at_most,) = (each for each in finding.evidence if each.name.startswith("visitors of each"))
    assert at_most.high is not None
    assert 0 < at_most.high < MEANS[:, 12].sum()
    assert {target for _, target in finding.fix.links} == {TOWN.pages[12]}


def test_a_release_too_coarse_says_so() -> None:
    """Where no page at all would surely be seen, that a page is not seen says nothing: silence, and why."""
    few = released(silenced(towns.means(TOWN, visitors=5_000), 12))
    advice = advise(Material(catalogue=TOWN, releases=(few,))).only({Code.NEVER_REACHED})
    assert advice.findings == ()
    assert "too coarse" in advice.silences[0].says


def test_pairs_that_no_release_is_about_are_not_missed() -> None:
    """Noise on public pairs alone: moves from a page to others are never shown, and that is no dead end; a
    page in none of the pairs is not said to be unreached; with the list at hand real faults are found."""
    size, public = (
        len(TOWN.pages),
        Candidates.of(
            [
                (a, b)
                for a in range(len(TOWN.pages))
                for b in range(len(TOWN.pages))
                if a != b and a not in (20, 33) and b != 33 and (a // 8 == b // 8 or (a + b) % 3 == 0)
            ],
            pages=TOWN.pages,
        ),
    )
    kept = np.zeros((size, size))
    for pair in public.pairs:
        kept[pair] = 1.0
    for faulty, codes in ((BUSY, set()), (silenced(BUSY, 41, arrivals=False), {Code.DEAD_END})):
        release = towns.release(TOWN, faulty * kept, seed=1, candidates=public)
        advice = advise(Material(catalogue=TOWN, releases=(release,), candidates=public))
        assert {finding.code for finding in advice.findings} == codes
        assert all(finding.where == (TOWN.pages[41],) for finding in advice.findings)


def test_sensitive_and_new_pages_are_not_expected_to_be_seen() -> None:
    """Devices report no sensitive page, and a release made before a page was there says nothing about it."""
    sensitive = next(at for at, item in enumerate(TOWN.items) if item.topic == "care-homes")
    releases = (released(silenced(MEANS, sensitive)),)
    assert found(Code.NEVER_REACHED, releases=releases, rules=RULES) == []
    assert found(Code.NEVER_REACHED, releases=releases) != []
    new = CatalogueItem(ItemId("/zoo"), "Zoo", "Animals", "zoo", ItemKind.INFORMATION, "en")
    larger = Catalogue(TOWN.site, (*TOWN.items, new))
    assert found(Code.NEVER_REACHED, catalogue=larger, releases=(released(),)) == []


def test_a_page_that_the_model_never_lists_is_never_shown() -> None:
    """It is in no list of ten after any page; sensitive pages are not meant to be."""
    model = towns.live_model(TOWN, silenced(MEANS, 30))
    (finding,) = found(Code.NEVER_SHOWN, model=model, releases=(released(),))
    assert finding.where == (TOWN.pages[30],)
    assert finding.sure is Sure.CERTAIN
    sensitive = replace(RULES, never_topics=(), never_items=(TOWN.pages[30],))
    assert found(Code.NEVER_SHOWN, model=model, releases=(released(),), rules=sensitive) == []


def test_pages_since_the_model_are_unknown_to_it() -> None:
    """New pages, and pages gone."""
    older = Catalogue(TOWN.site, TOWN.items[:-2])
    model = towns.live_model(older, MEANS[:-2, :-2])
    (finding,) = found(Code.UNKNOWN_TO_MODEL, model=model, releases=(released(),))
    assert finding.where == TOWN.pages[-2:]
    (gone,) = found(
        Code.UNKNOWN_TO_MODEL, catalogue=older, model=towns.live_model(TOWN, MEANS), releases=(released(),)
    )
    assert gone.where == TOWN.pages[-2:]


def test_a_site_that_is_used_otherwise_has_drifted() -> None:
    """Moves go elsewhere than when the model was trained, and the model names fewer of them."""
    then, now = released(), released(towns.rotated(MEANS, by=3), seed=2, day="2027-02-01")
    model = towns.live_model(TOWN, MEANS, trained_on=hashes(then))
    (drifted,) = found(Code.DRIFT, releases=(then, now), model=model)
    share = drifted.evidence[0]
    assert share.low is not None
    assert share.low >= 0.1
    (decayed,) = found(Code.ACCURACY_DECAY, releases=(then, now), model=model)
    assert decayed.evidence[0].value > decayed.evidence[1].value


def test_noise_and_thresholds_alone_are_no_drift() -> None:
    """The same town through a noisier release, of a tenth of the visitors: what is hidden has not gone."""
    for seed in range(6):
        then = released(seed=seed)
        now = towns.release(TOWN, MEANS / 10, seed=seed + 50, epsilon_milli=500, day="2027-02-01")
        model = towns.live_model(TOWN, MEANS, trained_on=hashes(then))
        for code in (Code.DRIFT, Code.ACCURACY_DECAY, Code.FADING):
            assert found(code, releases=(then, now), model=model) == []


def test_drift_needs_releases_on_both_sides_of_the_model() -> None:
    """Without them it is not judged, and the advice says which are missing."""
    model = towns.live_model(TOWN, MEANS)
    advice = advise(Material(catalogue=TOWN, releases=(released(),), model=model)).only({Code.DRIFT})
    assert advice.findings == ()
    assert "those that it was trained on" in advice.silences[0].says
