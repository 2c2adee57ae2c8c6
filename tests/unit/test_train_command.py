"""`nearside train`: what it is given, what it writes, what it tells."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from nearside.commands.progress import progress
from nearside.commands.train import train
from nearside.renamed_pages import parse_renamed

PAGES = [f"/p{number:02}" for number in range(60)]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which each of sixty pages is followed by thirty others, the nearest most often."""
    moves = Counter(
        {
            (ItemId(PAGES[at]), ItemId(PAGES[(at + step) % 60])): 400 // step
            for at in range(60)
            for step in range(1, 31)
        }
    )
    made = Release.of(
        moves,
        site="riverton",
        source=Source.LOG,
        period=Period("2026-11-01", "2026-11-07"),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    path = tmp_path_factory.mktemp("release") / "release.json"
    path.write_bytes(made.to_bytes())
    return path


def catalogue(path: Path, *paths: str) -> Path:
    """A catalogue of pages whose titles are their paths."""
    items = tuple(
        CatalogueItem(ItemId(page), page.strip("/").replace("-", " "), "", "", ItemKind.INFORMATION, "en")
        for page in sorted(paths)
    )
    path.write_bytes(Catalogue("riverton", items).to_bytes())
    return path


def run(*arguments: object) -> Result:
    """The command with these arguments."""
    return CliRunner(env={"COLUMNS": "140"}).invoke(train, [str(argument) for argument in arguments])


def test_a_budget_prints_and_records_what_each_size_keeps(release: Path, tmp_path: Path) -> None:
    """The table on the terminal and the one in the card have the same rows, and one of them ships."""
    result = run(release, "--out", tmp_path, "--budget-bytes", 5000)
    assert result.exit_code == 0, result.output
    size = json.loads((tmp_path / "model.json").read_bytes())["size"]
    assert size["budget_bytes"] == 5000
    assert size["shipped"] in size["looked_at"]
    assert size["shipped"]["bytes"] == (tmp_path / "model.onnx").stat().st_size <= 5000
    printed = [line for line in result.output.splitlines() if "bits" not in line]
    page = (tmp_path / "MODEL_CARD.md").read_text()
    for row in size["looked_at"]:
        told = f"{row['bytes']:,}"
        assert any(told in line and f"{row['kept_milli'] / 1000:.3f}" in line for line in printed)
        assert f"| {told} | {row['brotli_bytes']:,} | {row['entries']:,} |" in page


def test_without_a_budget_there_is_one_size(release: Path, tmp_path: Path) -> None:
    """Nothing was chosen among, so no table is printed."""
    result = run(release, "--out", tmp_path, "--top-k", 7)
    assert result.exit_code == 0, result.output
    size = json.loads((tmp_path / "model.json").read_bytes())["size"]
    assert (size["budget_bytes"], len(size["looked_at"])) == (None, 1)
    assert size["shipped"]["entries"] == 60 * 7
    assert "ships" not in (tmp_path / "MODEL_CARD.md").read_text()


def test_a_budget_that_nothing_fits_ends_with_the_least(release: Path, tmp_path: Path) -> None:
    """One line, code 2, and no file."""
    result = run(release, "--out", tmp_path / "model", "--budget-bytes", 500)
    assert result.exit_code == 2
    assert "no model fits 500 bytes, the smallest takes" in result.stderr
    assert not (tmp_path / "model").exists()


def test_counts_follow_a_page_to_its_new_address(release: Path, tmp_path: Path) -> None:
    """What came and went is told; once the agency says which page is which, no move is lost."""
    moved = [*PAGES[1:], "/fish"]
    now, then = catalogue(tmp_path / "now.json", *moved), catalogue(tmp_path / "then.json", *PAGES)
    lost = run(release, "--out", tmp_path / "lost", "--catalogue", now, "--before", then, "--no-tune")
    assert lost.exit_code == 0, lost.output
    assert "pages in no release: 1; pages that are gone: 1" in lost.output
    renamed = tmp_path / "renamed.json"
    renamed.write_text('{"/p00":"/fish"}\n')
    kept = run(release, "--out", tmp_path / "kept", "--catalogue", now, "--renamed", renamed, "--no-tune")
    assert kept.exit_code == 0, kept.output
    first, second = (
        json.loads((tmp_path / name / "model.json").read_bytes())["drift"] for name in ("lost", "kept")
    )
    assert first == {"moves_lost_milli": 33, "pages_gone": 1, "pages_new": 1, "pages_renamed": 0}
    assert second == {"moves_lost_milli": 0, "pages_gone": 0, "pages_new": 0, "pages_renamed": 1}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[]", Malformed, "not an object"),
        ('{"/a":1}', Malformed, "not text"),
        ('{"/a":"/b?c=d"}', Untrue, "not one that a release could name"),
        ('{"/a":"/b","/b":"/a"}', Untrue, "renamed to itself"),
        ('{"/a": "/b"}', Malformed, "canonical"),
    ],
)
def test_what_is_no_list_of_renamed_pages_is_refused(text: str, error: type[Exception], words: str) -> None:
    """Whatever is wrong with the file is said without what is in it."""
    with pytest.raises(error, match=words) as caught:
        parse_renamed(text.encode())
    assert "/b" not in str(caught.value)


def test_a_page_renamed_twice_is_followed_to_its_end() -> None:
    """The counts of the first address end at the last."""
    assert parse_renamed(b'{"/a":"/b","/b":"/c"}') == {"/a": "/c", "/b": "/c"}


def test_progress_is_drawn_on_a_terminal_and_nowhere_else() -> None:
    """Every stage has a bar while it runs; in a file or a pipe there is nothing."""
    drawn = {}
    for terminal in (True, False):
        out = io.StringIO()
        with progress(Console(file=out, force_terminal=terminal, width=80)) as tell:
            for done in range(3):
                tell("sizes", done, 3)
        drawn[terminal] = out.getvalue()
    assert "sizes" in drawn[True]
    assert "2/3" in drawn[True]
    assert drawn[False].strip() == ""
