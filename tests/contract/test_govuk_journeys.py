"""Real journeys: models from releases of GOV.UK counts, measured on sequences that no release counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_client.wire.paths import ItemId, scrub_path
from edge_client.wire.release import Release
from model_export import TrainedModel, train_model
from model_export.counting.lines import LineFile
from model_export.counting.reading import Reading
from model_export.counting.sequences import Holdout
from model_export.counting.tables import read_sessions
from model_export.learning.evaluate import query, steps_of
from model_export.shipping.convert import read_table
from model_export.shipping.parity import verify_parity
from model_export.training import Recipe
from nearside.commands.aggregate import aggregate

pytestmark = pytest.mark.data

HOLDOUT = Holdout(0.2, 0)


def released(source: Path, out: Path, *arguments: str) -> Release:
    """The release that the command makes of a real table."""
    result = CliRunner().invoke(aggregate, [str(source), "--out", str(out), "--site", "govuk", *arguments])
    assert result.exit_code == 0, result.output
    return Release.parse(out.read_bytes())


@pytest.fixture(scope="module")
def journeys(request: pytest.FixtureRequest) -> Path:
    """The folder of the real tables."""
    folder: Path = request.getfixturevalue("public_data") / "govuk-journeys"
    if not folder.is_dir():
        pytest.skip("public data set govuk-journeys not found: set NEARSIDE_DATA")
    return folder


@pytest.fixture(scope="module")
def held_out(journeys: Path) -> list[tuple[str, ...]]:
    """The distinct sequences that the release of sessions leaves out."""
    rows = read_sessions(LineFile(journeys / "sessions.csv"), Reading())
    return list(dict.fromkeys(pages for _, pages in rows if HOLDOUT.holds(pages)))


def trained(
    journeys: Path, held_out: list[tuple[str, ...]], folder: Path, *arguments: str
) -> tuple[list[Release], TrainedModel]:
    """A model from both tables' releases, measured on the sequences left out of them."""
    releases = [
        released(journeys / "moves.csv", folder / "moves.json", *arguments),
        released(journeys / "sessions.csv", folder / "sessions.json", "--holdout", "0.2", *arguments),
    ]
    return releases, train_model(releases, sequences=held_out)  # type: ignore[arg-type]  # scrubbed, so item ids


def test_three_in_ten_next_pages_are_among_the_first_five(
    journeys: Path, held_out: list[tuple[str, ...]], tmp_path: Path
) -> None:
    """At k = 10: hit@5 is 0.30 over all steps and over half within reach; popularity has one in forty."""
    releases, model = trained(journeys, held_out, tmp_path)
    assert all(count >= 10 for release in releases for _, _, count in release.cells)
    ours, popularity, content = (
        model.trained.accuracy[recipe] for recipe in (Recipe.COVISIT, Recipe.POPULARITY, Recipe.CONTENT)
    )
    print(f"hit@5 {ours.hit.mean:.3f}, within reach {ours.hit_reachable.mean:.3f}, {ours.steps} steps")
    assert ours.hit.mean >= 0.31
    assert ours.hit_reachable.mean >= 0.50
    assert popularity.hit.mean <= 0.03
    assert content.hit.mean < ours.hit.mean
    assert model.trained.shipped is Recipe.COVISIT


def test_counts_of_another_day_alone_predict_half_of_the_steps_within_reach(
    journeys: Path, tmp_path: Path
) -> None:
    """Moves of one day, which name no session, are measured on all sequences of the other table."""
    release = released(journeys / "moves.csv", tmp_path / "moves.json")
    rows = read_sessions(LineFile(journeys / "sessions.csv"), Reading())
    found = train_model(release, sequences=list(dict.fromkeys(pages for _, pages in rows))).trained.accuracy
    assert found[Recipe.COVISIT].hit_reachable.mean >= 0.45
    assert found[Recipe.COVISIT].hit.mean >= 0.20
    assert found[Recipe.POPULARITY].hit.mean <= 0.03


def test_epsilon_one_keeps_three_quarters_of_the_hits(
    journeys: Path, held_out: list[tuple[str, ...]], tmp_path: Path
) -> None:
    """Noise costs pages that few visit; the model still finds several times what popularity finds."""
    _, exact = trained(journeys, held_out, tmp_path)
    _, noisy = trained(journeys, held_out, tmp_path, "--epsilon", "1")
    kept = noisy.trained.accuracy[Recipe.COVISIT].hit.mean / exact.trained.accuracy[Recipe.COVISIT].hit.mean
    print(f"kept at epsilon 1: {kept:.2f}")
    assert kept >= 0.7
    assert (
        noisy.trained.accuracy[Recipe.COVISIT].hit.mean
        >= 5 * noisy.trained.accuracy[Recipe.POPULARITY].hit.mean
    )


def test_no_typed_date_is_in_a_release(journeys: Path, tmp_path: Path) -> None:
    """The tables hold dates that were typed into forms; no release at the least k names one."""
    raw = (journeys / "sessions.csv").read_text()
    assert "/state-pension-age/y/age/1996-05-01" in raw
    release = released(journeys / "sessions.csv", tmp_path / "sessions.json", "--k", "2")
    assert scrub_path("/state-pension-age/y/age/1996-05-01") in release.pages
    assert all(scrub_path(page) == page for page in release.pages)
    assert "1996-05-01" not in (tmp_path / "sessions.json").read_text()


def test_every_real_history_ranks_alike_in_onnx_runtime(
    journeys: Path, held_out: list[tuple[str, ...]], tmp_path: Path
) -> None:
    """The first ten pages are identical on every history of every real session."""
    _, model = trained(journeys, held_out, tmp_path)
    rows = read_sessions(LineFile(journeys / "sessions.csv"), Reading())
    steps = steps_of([pages for _, pages in rows], model.trained.pages)
    parity = verify_parity(model.onnx_bytes, [query(step.recent) for step in steps])
    print(f"{parity.queries} queries, largest difference {parity.largest_difference:.2g}")
    assert parity.queries > 2000
    assert read_table(model.onnx_bytes).items == len(model.trained.pages)


def test_the_epa_log_becomes_a_release(public_data: Path, tmp_path: Path) -> None:
    """Half a day of a real web server's log is read to the end, with seven malformed lines."""
    log = public_data / "epa-weblog" / "access.log"
    if not log.is_file():
        pytest.skip("public data set epa-weblog not found: set NEARSIDE_DATA")
    result = CliRunner().invoke(aggregate, [str(log), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "7 lines" in result.output
    release = Release.parse((tmp_path / "out").read_bytes())
    assert release.moves()[ItemId("/"), ItemId("/Rules.html")] > 20
    assert all(not page.endswith(".gif") for page in release.pages)
