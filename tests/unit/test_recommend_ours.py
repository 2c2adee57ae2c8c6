"""Our contender in the benchmark: from rows by way of releases to a file that scores, and what is told."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recommend import contest, figures, page
from benchmarks.recommend.contest import Interpreters, Variant, subsample
from benchmarks.recommend.datasets import Part, Site
from benchmarks.recommend.figures import Findings
from benchmarks.recommend.ours import K, Source, ask, train
from benchmarks.recommend.rows import Questions, Rows
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from nearside.settings import Settings

PAGES = 8
# Whoever was at a page goes to the next one, forty times each; the last page is reached by nobody.
ROWS = Rows.of(
    PAGES,
    [(at, (at + 1) % 7) for at in range(7)],
    times=[40] * 7,
)
CATALOGUE = Catalogue(
    "town",
    tuple(
        CatalogueItem(ItemId(f"/place/{name}"), f"The {name}", "", "", ItemKind.INFORMATION, "en")
        for name in ("attic", "baths", "court", "depot", "forum", "gates", "house", "inn")
    ),
)
SITE = Site("town", CATALOGUE, (Part(ROWS, Questions.of([(at, (at + 1) % 7) for at in range(7)])),))


@pytest.fixture(scope="module")
def found() -> Findings:
    """The town, with popularity as the one peer."""
    settings = Settings.read()
    python = settings.project / ".venv" / "bin" / "python"
    interpreters = Interpreters(python, python, settings.project, dict(settings.inherited))
    sources = contest.sources_of(SITE)
    results = [
        contest.run_peer(SITE, "popularity", interpreters=interpreters, told=lambda _: None),
        *(
            contest.run_ours(SITE, sources, variant, draws=2, told=lambda _: None)
            for variant in contest.variants((4.0,), with_totals=False)
        ),
    ]
    return Findings("town", PAGES, tuple(results))


def test_rows_become_counts_in_shares_of_a_visit() -> None:
    """Forty visits of one pair each: forty whole visitors a pair."""
    source = Source.of(ROWS, CATALOGUE)
    assert set(source.visits.values()) == {40 * 5040}
    (release,) = source.release(epsilon=None)
    assert set(release.weights().values()) == {40.0}
    assert release.privacy.k == K


def test_moves_are_counted_whole_and_apart() -> None:
    """Published totals are no visits: a release of their own, in whole moves."""
    source = Source.of(replace(ROWS, moves=np.array([[0, 3, 25], [2, 3, 9]])), CATALOGUE)
    visits, moves = source.release(epsilon=None)
    assert (visits.bound.unit, moves.bound.unit) == ("session", "move")
    assert moves.weights() == {(CATALOGUE.pages[0], CATALOGUE.pages[3]): 25.0}


def test_noise_hides_visits_and_published_totals_alike() -> None:
    """Nothing exact stands beside what is noisy, and totals are away where visits are judged alone."""
    source = Source.of(replace(ROWS, moves=np.array([[0, 3, 25]])), CATALOGUE)
    assert all(release.noise_scale > 0 for release in source.release(epsilon=1.0, k=2))
    assert len(source.release(epsilon=1.0, k=2)) == 2
    assert len(source.release(epsilon=1.0, k=2, with_totals=False)) == 1


def test_each_noisy_contender_has_a_twin_without_noise() -> None:
    """The twin learnt from the same: with the published totals, or from visits alone."""
    found = {variant.name: variant for variant in contest.variants((1.0,), with_totals=True)}
    noisy = [variant for variant in found.values() if variant.is_noisy]
    twins = [found[variant.name.removesuffix(", epsilon 1")] for variant in noisy]
    assert [variant.totals for variant in noisy] == [True, True, False, False]
    assert [twin.totals for twin in twins] == [True, True, False, False]


def test_the_file_that_ships_is_what_scores() -> None:
    """Every page has a score, the next one the best, and only the last five pages are asked about."""
    model = train(Source.of(ROWS, CATALOGUE).release(epsilon=None), CATALOGUE, content=False)
    scores = ask(model, [(2,), (0, 1, 3, 4, 5, 6, 2), (1, 3, 4, 5, 6, 2)])
    assert scores.shape == (3, PAGES)
    assert scores[0].argmax() == 3
    assert ask(model, [(0, 3, 4, 5, 6, 2)])[0].tolist() == scores[2].tolist()


def test_ours_finds_what_always_follows(found: Findings) -> None:
    """Without noise every question is a hit; popularity cannot do that."""
    assert found.named("ours").hit.mean == 1.0
    assert found.named("popularity").hit.mean < 1.0
    assert found.named("ours").lift(found.named("popularity")) > 1


def test_every_draw_of_the_noise_is_kept(found: Findings) -> None:
    """Two draws of seven questions, with what the gate did each time."""
    noisy = found.named("ours, epsilon 4")
    assert noisy.hits.shape == (2, 7)
    assert len(noisy.notes["trained"]) == 2
    assert found.named("ours").hits.shape == (1, 7)
    assert found.base_of(found.named("ours, counts alone, epsilon 4")).contender == "ours, counts alone"


def test_figures_and_tables_say_the_same(found: Findings, tmp_path: Path) -> None:
    """JSON, CSV and Markdown have a row for each contender, and one R@5."""
    figures.write([found], tmp_path)
    (site,) = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    contenders, kept = page.sheets([found])
    assert [row["contender"] for row in site["contenders"]] == [row["contender"] for row in rows]
    assert [row[0] for row in contenders.rows] == [row["contender"] for row in rows]
    for row, cells in zip(rows, contenders.rows, strict=True):
        assert (
            cells[2] == f"{float(row['r5']):.3f} ({float(row['r5_low']):.3f} to {float(row['r5_high']):.3f})"
        )
    assert [row[0] for row in kept.rows] == ["ours, epsilon 4", "ours, counts alone, epsilon 4"]
    assert contenders.to_markdown().count("\n| ") == 2 + len(rows)


def test_what_is_recorded_replaces_what_was() -> None:
    """Between the marks and nowhere else, and as often as one likes."""
    before = f"# Page\n\n{page.BEGIN}\nold\n{page.END}\n\nrest\n"
    once = page.recorded(before, "new\n")
    assert once == f"# Page\n\n{page.BEGIN}\n\nnew\n\n{page.END}\n\nrest\n"
    assert page.recorded(once, "new") == once
    with pytest.raises(ValueError, match="marks"):
        page.recorded("# Page\n", "new")


def test_the_readme_has_a_place_for_what_is_recorded() -> None:
    """benchmarks/README.md holds both marks, once."""
    text = (Settings.read().project / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert (text.count(page.BEGIN), text.count(page.END)) == (1, 1)


def test_a_subsample_is_part_of_the_visits() -> None:
    """So many visits, none more often than it occurred; published totals stay."""
    rows = replace(ROWS, moves=np.array([[0, 3, 1000]]))
    thin = subsample(rows, 70, seed=1)
    assert thin.times.sum() == 70
    assert (thin.times <= 40).all()
    assert set(thin.walks) <= set(rows.walks)
    assert thin.moves.tolist() == rows.moves.tolist()
    assert subsample(rows, 10_000, seed=1).times.sum() == 280


def test_only_a_noisy_variant_is_drawn_again() -> None:
    """Without noise nothing is left to chance."""
    assert not Variant("ours").is_noisy
    assert Variant("ours, epsilon 1", 1.0).is_noisy


@pytest.mark.parametrize("name", [*contest.FACTORS, contest.NETWORK])
def test_peers_with_libraries_of_their_own_rank_the_whole_catalogue(name: str) -> None:
    """A finite score for every page in the peers' environment, and a place for every answer."""
    settings = Settings.read()
    python = settings.project / ".venv-peers" / "bin" / "python"
    if not python.exists():
        pytest.skip("the peers' environment is not there: make peers")
    rows = Rows.of(PAGES, [(at % 7, (at + 1) % 7) for at in range(40)])
    site = replace(SITE, parts=(Part(rows, SITE.parts[0].questions),))
    interpreters = Interpreters(python, python, settings.project, dict(settings.inherited))
    result = contest.run_peer(site, name, interpreters=interpreters, told=lambda _: None)
    (notes,) = result.notes["parts"]
    assert result.hits.shape == (1, 7)
    assert len(notes["trials"]) > 1
    assert notes["chosen"] in [trial["settings"] for trial in notes["trials"]]


def test_a_peer_that_fails_is_named() -> None:
    """With the end of what it said."""
    settings = Settings.read()
    python = settings.project / ".venv" / "bin" / "python"
    interpreters = Interpreters(python, python, settings.project, dict(settings.inherited))
    with pytest.raises(RuntimeError, match=r"^no such peer: "):
        contest.run_peer(SITE, "no such peer", interpreters=interpreters, told=lambda _: None)
