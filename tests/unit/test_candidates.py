"""Candidate pairs: read strictly, held to their pages, and all that a release on them can be about."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.candidates import Candidates, all_pairs
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Privacy, PublicPairs, Release
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, release_counts

PAGES = tuple(ItemId(f"/{name}") for name in "abcdefgh")
CATALOGUE = Catalogue(
    "city", tuple(CatalogueItem(page, "Title", "", "topic", ItemKind.INFORMATION, "en") for page in PAGES)
)
SOME = Candidates.of([(0, 1), (1, 2), (0, 2), (7, 0)], pages=PAGES)
GOOD = SOME.to_bytes().decode()
LAPLACE = Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000, 6)
GAUSSIAN = Privacy(2, Mechanism.DISCRETE_GAUSSIAN, 1000, 6)


def released(
    counts: dict[tuple[int, int], int],
    *,
    privacy: Privacy = LAPLACE,
    candidates: Candidates | None = SOME,
    limits: Limits | None = None,
) -> Release:
    """A release of a log's counts, by page index."""
    terms = Terms(
        "city",
        privacy,
        Choice(limits=limits or Limits(bound=1)),
        catalogue=CATALOGUE,
        candidates=candidates,
    )
    named = Counter({(PAGES[a], PAGES[b]): count for (a, b), count in counts.items()})
    return release_counts(named, Format.NCSA, reading=Reading(), terms=terms)


def test_candidates_print_a_row_for_each_page() -> None:
    """Canonical JSON, sorted, however they were given."""
    assert (
        f'{{"kind":"page-pairs","pages_hash":"{hash_pages(PAGES)}","pairs":[[0,[1,2]],[1,[2]],[7,[0]]],"v":1}}'
    ) == GOOD
    assert Candidates.parse(GOOD.encode()) == SOME
    assert SOME.public.count == 4


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1])))
def test_candidates_print_back_as_they_were(pairs: set[tuple[int, int]]) -> None:
    """Printing and parsing are each other's inverse."""
    made = Candidates.of(pairs, pages=PAGES)
    assert Candidates.parse(made.to_bytes()) == made
    assert set(made.pairs) == pairs


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("[1,[2]]", "[1,[]]", Malformed),
        ("[1,[2]]", "[1,[2,2]]", Malformed),
        ("[1,[2]]", "[1,[1]]", Untrue),
        ("[1,[2]]", "[1,[true]]", Malformed),
        ("[1,[2]]", "[true,[2]]", Malformed),
        ("[1,[2]]", "[1,[-2]]", Malformed),
        ("[1,[2]]", "[1,[50000]]", Malformed),
        ("[1,[2]]", "[1,2]", Malformed),
        ("[1,[2]]", "[0,[3]]", Malformed),
        ("[0,[1,2]]", "[0,[2,1]]", Malformed),
        ('"v":1', '"v":2', Malformed),
        ('"v":1', '"v":true', Malformed),
        ('"v":1', '"v":1,"w":1', Malformed),
        ('"kind":"page-pairs"', '"kind":"pages"', Malformed),
        (hash_pages(PAGES), "0" * 63, Malformed),
        ('"pairs":[', '"pairs": [', Malformed),
    ],
)
def test_candidates_that_are_not_canonical_are_refused(
    before: str, after: str, error: type[Exception]
) -> None:
    """Doubles, disorder, pages that follow themselves, other types and other spellings."""
    assert before in GOOD
    with pytest.raises(error, match=r"^(candidates|canonical json): "):
        Candidates.parse(GOOD.replace(before, after, 1).encode())


def test_candidates_are_of_their_own_pages() -> None:
    """Other pages, and an index outside them, are untrue; a log without a catalogue has no use for them."""
    with pytest.raises(Untrue, match="other pages"):
        SOME.check_pages(PAGES[:7])
    with pytest.raises(Untrue, match="outside"):
        Candidates.of([(0, 8)], pages=PAGES)
    with pytest.raises(Refused, match="without the catalogue"):
        Terms("city", LAPLACE, Choice(limits=Limits(bound=1)), candidates=SOME)


def test_all_pairs_are_all_that_differ() -> None:
    """Eight pages make fifty-six ordered pairs; too many pages make too many."""
    assert len(all_pairs(PAGES).pairs) == 56
    with pytest.raises(Malformed, match="too many"):
        all_pairs(tuple(ItemId(f"/{number}") for number in range(1600)))


@pytest.mark.parametrize("privacy", [LAPLACE, GAUSSIAN])
def test_a_pair_that_is_no_candidate_never_shows(privacy: Privacy) -> None:
    """However often it was made; and the release says which list it was made with."""
    release = released({(0, 1): 500, (3, 4): 100_000}, privacy=privacy)
    shown = {(a, b) for a, b, _ in release.cells}
    assert (0, 1) in shown
    assert shown <= set(SOME.pairs)
    assert release.candidates == SOME.public == PublicPairs(4, SOME.public.sha256)
    SOME.check_release(release)
    with pytest.raises(Untrue, match="other candidates"):
        all_pairs(PAGES).check_release(release)


def test_a_release_with_a_cell_outside_its_candidates_is_found_out() -> None:
    """Whoever has the list can tell."""
    release = released({(0, 1): 500})
    forged = replace(release, cells=((0, 3, 500),))
    with pytest.raises(Untrue, match="no candidate"):
        SOME.check_release(forged)


def test_candidates_without_noise_are_a_filter() -> None:
    """Other pairs are dropped, and counted among the dropped no more than candidates under k."""
    release = released({(0, 1): 12, (1, 2): 3, (3, 4): 50}, privacy=Privacy(10))
    assert release.cells == ((0, 1, 12),)
    assert (release.candidates, release.noise_scale) == (SOME.public, 0.0)


def test_laplace_noise_on_candidates_needs_no_delta() -> None:
    """No delta is named, and counts pass that would be dropped where only the log tells of pairs."""
    release = released({(0, 1): 12, (1, 2): 9})
    assert release.privacy == Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000)
    assert release.threshold <= 8
    assert released({(0, 1): 9}, candidates=all_pairs(PAGES)).threshold < 15


def test_zeros_get_noise_too() -> None:
    """A candidate that nobody made shows as often as its noise makes it, and not at all more rarely."""
    wide = Privacy(2, Mechanism.DISCRETE_LAPLACE, 10)
    shown = sum(
        bool(released({}, privacy=wide, candidates=Candidates.of([(0, 1)], pages=PAGES)).cells)
        for _ in range(300)
    )
    # One candidate of scale 100 passes its threshold half of the time: further off once in ten million runs.
    assert 103 <= shown <= 197


def test_of_the_shown_about_half_are_noise_alone() -> None:
    """Among three and a half thousand candidates of which two hundred are walked, hardly one is lost."""
    pages = tuple(ItemId(f"/{number:03}") for number in range(60))
    items = tuple(CatalogueItem(page, "T", "", "t", ItemKind.INFORMATION, "en") for page in pages)
    public = all_pairs(pages)
    dice = random.Random(7)
    walked = set(dice.sample(public.pairs, 200))
    false, shown = 0, 0
    for _ in range(10):
        terms = Terms(
            "city",
            Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000),
            Choice(limits=Limits(bound=1)),
            catalogue=Catalogue("city", items),
            candidates=public,
        )
        counts = Counter({(pages[a], pages[b]): 12 for a, b in walked})
        cells = release_counts(counts, Format.NCSA, reading=Reading(), terms=terms).cells
        false += sum((a, b) not in walked for a, b, _ in cells)
        shown += len(cells)
    assert shown - false > 1980
    assert 0.3 < false / shown < 0.54


def test_shares_are_counted_in_parts_of_a_visitor() -> None:
    """A visitor's pairs share 5,040 parts: noise and threshold are those of one whole visitor."""
    limits = Limits(bound=190, window=None, parts=5040)
    release = released({(0, 1): 40 * 5040, (1, 2): 60 * 2520}, limits=limits)
    assert (release.parts, release.bound.pairs) == (5040, 190)
    assert release.threshold >= 2 * 5040
    assert 1.40 < release.noise_scale < 1.42
    assert release.weights()[PAGES[0], PAGES[1]] == pytest.approx(40, abs=15)
    assert release.weights()[PAGES[1], PAGES[2]] == pytest.approx(30, abs=15)
    large = tuple(cell for cell in release.cells if cell[2] >= 19 * 5040)
    unknown = replace(release, cells=large, candidates=None, privacy=LAPLACE, threshold=19 * 5040)
    with pytest.raises(Untrue, match="too often"):
        replace(unknown, threshold=18 * 5040)
