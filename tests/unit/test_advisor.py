"""Every finding is raised where its fault is planted, with evidence and fix, and never by chance alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import jsonpatch
import numpy as np
import pytest

from consent_ledger import canonical
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export.advisor import Code, Finding, Material, Sure, advise
from model_export.advisor.tags import distance
from tests.support import town as towns
from tests.support.city import rules as city_rules

TODAY = date(2026, 11, 22)
TOWN = towns.catalogue()
MEANS = towns.means(TOWN)
BUSY = towns.means(TOWN, visitors=1_000_000)
RULES = replace(Rules.parse(city_rules()), never_topics=("care-homes",))


def released(means: np.ndarray = MEANS, *, seed: int = 1, **how: object) -> Release:
    return towns.release(TOWN, means, seed=seed, **how)  # type: ignore[arg-type]  # the test's choice


def found(code: Code, **material: object) -> list[Finding]:
    """The findings of that code; the town stands in for what the test does not name."""
    asked = Material(**{"catalogue": TOWN, "today": TODAY, **material})  # type: ignore[arg-type]  # as above
    return list(advise(asked).only({code}).findings)


def hashes(*releases: Release) -> frozenset[str]:
    return frozenset(hashlib.sha256(release.to_bytes()).hexdigest() for release in releases)


def patched(town: Catalogue, finding: Finding) -> Catalogue:
    """The catalogue after the finding's patch, which must apply as RFC 6902 says."""
    value = canonical.decode(town.to_bytes())
    done = jsonpatch.apply_patch(value, [dict(operation) for operation in finding.fix.patch])
    return Catalogue.parse(canonical.encode(done))


def silenced(means: np.ndarray, page: int, *, arrivals: bool = True, departures: bool = True) -> np.ndarray:
    """The moves without those to a page, from it, or both."""
    mended = means.copy()
    if arrivals:
        mended[:, page] = 0.0
    if departures:
        mended[page] = 0.0
    return mended


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


@pytest.mark.parametrize(
    ("slip", "sure"),
    [
        ("schools_event", Sure.CERTAIN),
        ("Schools-Event", Sure.CERTAIN),
        ("schools-events", Sure.CERTAIN),
        ("schols-event", Sure.LIKELY),
        ("shcools-event", Sure.LIKELY),
    ],
)
def test_a_tag_spelt_twice_is_a_typo(slip: str, sure: Sure) -> None:
    """The patch puts the commoner spelling back, and nothing else changes."""
    page = next(at for at, item in enumerate(TOWN.items) if item.topic == "schools")
    town = towns.changed(TOWN, page, life_events=(slip,))
    (finding,) = found(Code.TAG_TYPO, catalogue=town)
    assert finding.where == (TOWN.pages[page],)
    assert finding.sure is sure
    assert patched(town, finding) == TOWN


def test_a_topic_spelt_twice_is_a_typo_too() -> None:
    """A topic is a tag; both spellings are named."""
    page = next(at for at, item in enumerate(TOWN.items) if item.topic == "care-homes")
    town = towns.changed(TOWN, page, topic="care_homes")
    (finding,) = found(Code.TAG_TYPO, catalogue=town)
    assert "'care_homes'" in finding.says
    assert "'care-homes'" in finding.says
    assert patched(town, finding) == TOWN


@pytest.mark.parametrize("tag", ["level-1", "jails", "age-65"])
def test_other_words_and_numbers_are_other_tags(tag: str) -> None:
    """Short words, other numbers, and words far apart are meant."""
    town = towns.changed(
        towns.changed(TOWN, 0, life_events=("level-2", "age-66", "jobs")), 1, life_events=(tag,)
    )
    assert found(Code.TAG_TYPO, catalogue=town) == []


def test_letters_are_counted_as_people_mistype_them() -> None:
    """Left out, put in, changed, swapped: one each."""
    for slip in ("schol", "schoool", "schaol", "shcool"):
        assert distance("school", slip) == 1
    assert distance("housing", "nursing") > 1


def test_a_page_under_the_wrong_topic_is_mistagged() -> None:
    """Words and visitors both say where it belongs, and the patch takes it there."""
    page = next(at for at, item in enumerate(TOWN.items) if item.topic == "parking")
    town = towns.changed(TOWN, page, topic="health")
    (finding,) = found(Code.MISTAGGED, catalogue=town, releases=(released(),))
    assert finding.where == (TOWN.pages[page],)
    assert finding.sure is Sure.LIKELY
    assert patched(town, finding) == TOWN
    (by_words,) = found(Code.MISTAGGED, catalogue=town)
    assert by_words.sure is Sure.LOOK


def test_visitors_can_say_that_a_tag_is_right() -> None:
    """A page that says what parking pages say, and is visited with health pages, stays where it is."""
    page = next(at for at, item in enumerate(TOWN.items) if item.topic == "parking")
    town = towns.changed(TOWN, page, topic="health")
    assert (
        found(Code.MISTAGGED, catalogue=town, releases=(towns.release(town, towns.means(town), seed=1),))
        == []
    )


def test_topics_that_words_do_not_tell_are_not_judged_by_words() -> None:
    """Where tags and words have nothing to do with each other, the advisor keeps silent and says why."""
    mixed = [
        replace(item, topic=TOPIC) for item, TOPIC in zip(TOWN.items, list(towns.TOPICS) * 8, strict=True)
    ]
    advice = advise(Material(catalogue=Catalogue(TOWN.site, tuple(mixed)))).only({Code.MISTAGGED})
    assert advice.findings == ()
    assert "too few to judge by" in advice.silences[0].says


def test_a_life_event_that_all_like_pages_carry_is_missing() -> None:
    """The nearest pages carry it; the patch adds it."""
    words = " ".join(TOWN.items[0].summary.split()[:6])
    items = [
        replace(item, summary=f"{words} {item.summary.split()[-1]}")
        if item.topic == TOWN.items[0].topic
        else item
        for item in TOWN.items
    ]
    further = [
        replace(
            items[0], id=ItemId(f"/bins/zz{number}"), title=f"{items[0].title} zz", summary=items[1].summary
        )
        for number in range(4)
    ]
    town = Catalogue(TOWN.site, tuple(sorted([*items, *further], key=lambda item: item.id)))
    bare = towns.changed(town, 0, life_events=())
    (finding,) = found(Code.MISSING_TAG, catalogue=bare)
    assert finding.where == (town.pages[0],)
    assert patched(bare, finding) == town
    assert found(Code.MISSING_TAG, catalogue=town) == []


def test_a_year_gone_by_is_named() -> None:
    """A title that stops two years ago is old; one of last year, of the law's year, or without one is not."""
    for title, is_old in (
        ("Fees for 2023", True),
        ("Fees 2022 to 2023", True),
        ("Fees 2022 to 25", False),
        ("Fees for 2025", False),
        ("The act of 1976", False),
        ("Call 020 2019 5555", False),
        ("Fees", False),
    ):
        town = towns.changed(TOWN, 3, title=title)
        assert [each.where for each in found(Code.PAST_YEAR, catalogue=town)] == [
            (TOWN.pages[3],)
        ] * is_old, title


def test_pages_not_reviewed_for_years_are_listed_by_visits() -> None:
    """The busiest first; pages reviewed lately are not among them."""
    reviewed = {page: date(2026, 1, 1) for page in TOWN.pages} | {
        page: date(2020, 1, 1) for page in TOWN.pages[:3]
    }
    (finding,) = found(Code.UNREVIEWED, releases=(released(),), reviewed=reviewed)
    visits = MEANS.sum(axis=0)
    assert list(finding.where) == sorted(TOWN.pages[:3], key=lambda page: -visits[TOWN.pages.index(page)])


def test_a_name_that_is_no_page_any_more_gets_its_heir() -> None:
    """Visits under an old name: a redirect to the page that looks like it; one without an heir is listed."""
    new = TOWN.pages[5]
    old, other = f"{new}s-old", "/archive/zqx"
    release = released(extra={(TOWN.pages[0], old): 120, (TOWN.pages[0], other): 80})
    heir, rest = found(Code.RETIRED_NAME, releases=(release,))
    (redirect, alone) = (heir, rest) if heir.fix.redirects else (rest, heir)
    assert redirect.fix.redirects == ((ItemId(old), new),)
    assert alone.where == (ItemId(other),)
    assert alone.sure is Sure.CERTAIN


def test_a_page_that_lost_most_of_its_visitors_is_fading() -> None:
    """From the earliest release to the last, beyond what noise and thresholds take away."""
    fewer = MEANS.copy()
    fewer[:, 16] *= 0.2
    releases = (released(), released(fewer, seed=2, day="2027-02-01"))
    (finding,) = found(Code.FADING, releases=releases)
    assert finding.where == (TOWN.pages[16],)
    assert found(Code.FADING, releases=releases[:1]) == []


def test_a_language_that_lacks_busy_pages_is_under_served() -> None:
    """The essential pages first, then the busiest; a language that has what is visited is served."""
    half = [
        replace(item, translations=MappingProxyType({"es": ItemId(f"/es{item.id}")})) if at % 2 else item
        for at, item in enumerate(TOWN.items)
    ]
    spanish = [
        replace(item, id=ItemId(f"/es{item.id}"), lang="es", translations=MappingProxyType({"en": item.id}))
        for item in half
        if item.translations
    ]
    town = Catalogue(TOWN.site, tuple(sorted([*half, *spanish], key=lambda item: item.id)))
    (finding,) = found(Code.UNTRANSLATED, catalogue=town, releases=(released(),))
    listed = [town.get(page) for page in finding.where]
    assert [item.essential for item in listed if item] == sorted(
        (item.essential for item in listed if item), reverse=True
    )
    assert all("es" not in item.translations for item in listed if item)
    assert found(Code.BROKEN_TRANSLATION, catalogue=town) == []


def test_a_translation_that_leads_nowhere_is_broken() -> None:
    """To no page, or to one in another language; the patch takes it out."""
    gone = towns.changed(TOWN, 4, translations=MappingProxyType({"es": ItemId("/es/gone")}))
    (finding,) = found(Code.BROKEN_TRANSLATION, catalogue=gone)
    assert patched(gone, finding) == TOWN
    wrong = towns.changed(TOWN, 4, translations=MappingProxyType({"es": TOWN.pages[5]}))
    assert [each.where[0] for each in found(Code.BROKEN_TRANSLATION, catalogue=wrong)] == [TOWN.pages[4]]


def test_a_language_that_many_read_and_no_page_is_in_is_missing() -> None:
    """One in fifty is many; one in a thousand is not said to be."""
    (finding,) = found(Code.MISSING_LANGUAGE, speakers={"en": 0.9, "en-GB": 0.05, "fr": 0.02, "eo": 0.001})
    assert finding.says.startswith("2.0% of visitors read fr best")
    assert finding.evidence[0].value == pytest.approx(0.02)


def test_pages_that_say_the_same_compete() -> None:
    """The same words under two names are one finding, certain; the one with more visitors is named first."""
    twin = replace(TOWN.items[8], id=ItemId("/zz/twin"))
    town = Catalogue(TOWN.site, (*TOWN.items, twin))
    (finding,) = found(Code.NEAR_DUPLICATE, catalogue=town, releases=(released(),))
    assert finding.where == (TOWN.pages[8], twin.id)
    assert finding.sure is Sure.CERTAIN


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
