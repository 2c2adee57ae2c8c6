"""Archetypes are found through noise, by an estimator that keeps scikit-learn's promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from consent_ledger.errors import Refused
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export.archetypes.grouping import Together, stability
from model_export.archetypes.table import LearnedArchetypes, learn_archetypes
from model_export.archetypes.transformer import UNLIKE, ArchetypeTransformer
from tests.support import town as towns
from tests.support.city import rules as city_rules


@parametrize_with_checks([ArchetypeTransformer(n_archetypes=2)])
def test_it_keeps_scikit_learns_promises(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    """Every check of scikit-learn's own passes, none is expected to fail."""
    check(estimator)


def blocks(*, groups: int = 4, each: int = 10, inside: float = 40.0, across: float = 2.0) -> np.ndarray:
    """The mean counts of a site whose pages come in groups."""
    group = np.repeat(np.arange(groups), each)
    mean = np.where(group[:, None] == group[None, :], inside, across)
    np.fill_diagonal(mean, 0.0)
    return mean


def drawn(mean: np.ndarray, *, seed: int, noise: float = 0.0) -> sp.csr_matrix:
    """People, and noise on every count that is there, as symmetric counts."""
    rng = np.random.default_rng(seed)
    counts = np.triu(rng.poisson(mean).astype(float), 1)
    counts = np.where(counts > 0, np.maximum(counts + rng.laplace(scale=noise, size=mean.shape), 0.0), 0.0)
    return sp.csr_matrix(counts + counts.T)


def test_groups_of_pages_are_found_through_noise() -> None:
    """Four groups, in counts whose noise is as large as what lies across groups."""
    truth = np.repeat(np.arange(4), 10)
    for seed in range(5):
        found = ArchetypeTransformer(4, noise_scale=4.0).fit(drawn(blocks(), seed=seed, noise=3.0))
        assert adjusted_rand_score(truth, found.labels_) == 1.0


def test_popular_pages_make_no_group() -> None:
    """A page that all groups visit alike takes none of them with it: what is expected of it is subtracted."""
    mean = blocks()
    mean[0, :] = mean[:, 0] = 60.0
    mean[0, 0] = 0.0
    found = ArchetypeTransformer(4).fit(drawn(mean, seed=3))
    truth = np.repeat(np.arange(4), 10)
    assert adjusted_rand_score(truth[1:], found.labels_[1:]) == 1.0


def test_a_page_without_counts_is_like_nothing() -> None:
    """No label, no likeness."""
    mean = blocks()
    mean[5, :] = mean[:, 5] = 0.0
    counts = drawn(mean, seed=1)
    found = ArchetypeTransformer(4).fit(counts)
    assert found.labels_[5] == UNLIKE
    assert found.transform(counts)[5].tolist() == [0.0] * found.n_archetypes_
    assert (found.predict(counts) == found.labels_).all()


def test_equal_counts_make_equal_groups() -> None:
    """Labels, centres and likeness, bit for bit."""
    first, second = (ArchetypeTransformer(4).fit(drawn(blocks(), seed=2)) for _ in range(2))
    assert (first.labels_ == second.labels_).all()
    assert first.centres_.tobytes() == second.centres_.tobytes()


def test_senseless_parameters_are_refused() -> None:
    """No archetypes, and noise that takes away."""
    for senseless in (ArchetypeTransformer(0), ArchetypeTransformer(3, noise_scale=-1.0)):
        with pytest.raises(ValueError, match="archetypes: at least one"):
            senseless.fit(drawn(blocks(), seed=0))


def test_the_number_is_the_one_that_is_found_again() -> None:
    """Halves of the same counts agree on four groups, and on no more."""
    assert stability(Together(drawn(blocks(inside=60.0), seed=4), 0.0)).best == 4


def test_too_few_pages_make_no_archetypes() -> None:
    """A release that shows a handful of pages is refused, and the refusal says how many."""
    with pytest.raises(Refused, match="show 8 pages"):
        stability(Together(drawn(blocks(groups=2, each=4), seed=0), 0.0))


TOWN = towns.catalogue()
RULES = replace(Rules.parse(city_rules()), never_topics=("care-homes",))
# Of eight one is sensitive.
TOPICS = 7


def release(seed: int = 1) -> Release:
    return towns.release(TOWN, towns.means(TOWN), seed=seed)


@cache
def learned(seed: int) -> LearnedArchetypes:
    """The archetypes of a month, as many as its halves agree on: finding how many takes longest."""
    return learn_archetypes([release(seed)], TOWN, rules=RULES)


def test_a_towns_archetypes_are_its_topics() -> None:
    """Eight topics that visitors keep to, one of them sensitive: seven archetypes, each of one topic."""
    found = learned(1)
    assert len(found.file.archetypes) == TOPICS
    for archetype in found.file.archetypes:
        topics = {TOWN.items[page].topic for page in archetype.typical}
        assert len(topics) == 1
        assert archetype.name == ", ".join(TOWN.items[page].title for page in archetype.typical[:2])
    assert Archetypes.parse(found.file.to_bytes()) == found.file


def test_nothing_sensitive_is_in_the_table() -> None:
    """Rows of sensitive pages are empty, by topic and by name, and no archetype names them."""
    named = replace(RULES, never_items=(TOWN.pages[-1],))
    found = learn_archetypes([release()], TOWN, rules=named, number=TOPICS)
    sensitive = [at for at, item in enumerate(TOWN.items) if item.topic == "care-homes"] + [
        len(TOWN.items) - 1
    ]
    assert all(not any(found.file.row(page)) for page in sensitive)
    assert not {page for archetype in found.file.archetypes for page in archetype.typical} & set(sensitive)


def test_noise_draws_agree() -> None:
    """Another month, another draw of noise at epsilon 1: the same groups."""
    first, second = (learned(seed).estimator.labels_ for seed in (1, 2))
    both = (first != UNLIKE) & (second != UNLIKE)
    assert adjusted_rand_score(first[both], second[both]) > 0.95


def test_a_name_that_a_person_chose_stays_with_its_pages() -> None:
    """It is given by a page, so that it survives learning anew; one for a page in no archetype is refused."""
    page = next(item.id for item in TOWN.items if item.topic == "jobs")
    for seed in (1, 2):
        chosen = {page: "Looking for work"}
        found = learn_archetypes([release(seed)], TOWN, rules=RULES, number=TOPICS, names=chosen)
        (named,) = (each for each in found.file.archetypes if each.name == "Looking for work")
        assert {TOWN.items[at].topic for at in named.typical} == {"jobs"}
    sensitive = next(item.id for item in TOWN.items if item.topic == "care-homes")
    with pytest.raises(Refused, match="in no archetype"):
        learn_archetypes([release()], TOWN, rules=RULES, number=TOPICS, names={sensitive: "Carers"})


def test_a_language_is_no_archetype() -> None:
    """Visits to translations count as visits to what they translate, and translations get its row."""
    half = [
        replace(item, translations=MappingProxyType({"es": ItemId(f"/es{item.id}")}))
        if item.topic in ("jobs", "taxes")
        else item
        for item in TOWN.items
    ]
    spanish = [
        replace(item, id=ItemId(f"/es{item.id}"), lang="es", translations=MappingProxyType({"en": item.id}))
        for item in half
        if item.translations
    ]
    town = Catalogue(TOWN.site, tuple(sorted([*half, *spanish], key=lambda item: item.id)))
    size = len(town.items)
    mean = np.zeros((size, size))
    places = [town.pages.index(page) for page in TOWN.pages]
    mean[np.ix_(places, places)] = towns.means(TOWN)
    readers = [town.pages.index(item.id) for item in spanish]
    mean[np.ix_(readers, readers)] = 200.0
    np.fill_diagonal(mean, 0.0)
    found = learn_archetypes([towns.release(town, mean, seed=1)], town, rules=RULES, number=TOPICS)
    for item in spanish:
        at, original = town.pages.index(item.id), town.pages.index(item.translations["en"])
        assert found.file.row(at) == found.file.row(original)
    assert all(town.items[page].lang == "en" for each in found.file.archetypes for page in each.typical)
