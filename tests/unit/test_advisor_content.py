"""What the advisor says of tags, topics, dates, languages and twins: each fault planted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from model_export.advisor import Code, Material, Sure, advise
from model_export.advisor.tags import distance
from tests.support import town as towns
from tests.support.advising import MEANS, TOWN, found, patched, released


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
