"""How public journeys are read and parted: what is asked is never among what is learnt from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.recommend.__main__ import QUICK, main
from benchmarks.recommend.datasets import GOVUK, MSWEB, TRUNCATED, load, parse_msweb, sequences
from benchmarks.recommend.ours import Source
from consent_ledger.errors import Malformed
from edge_client.wire.paths import scrub_path, stands_for_many

LISTED = (
    'I,4,"www.example.test","created by a test"',
    'A,1287,1,"Road atlas","/atlas"',
    'A,1288,1,"Library, main","/library"',
    'C,"10001",10001',
    "V,1288,1",
    "V,1287,1",
    "V,1288,1",
    'C,"10002",10002',
)


@pytest.fixture(scope="module")
def msweb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small `msweb`: 40 visitors, each of three areas of which the last is its own."""
    folder = tmp_path_factory.mktemp("data")
    lines = [f'A,{area},1,"Area {area}","/area/{area}"' for area in range(1000, 1060)]
    for visitor in range(40):
        lines += [f'C,"{visitor}",{visitor}', "V,1000,1", "V,1001,1", f"V,{1010 + visitor},1"]
    (folder / "msweb").mkdir()
    (folder / "msweb" / "anonymous-msweb.data").write_text("\n".join(lines), encoding="latin-1")
    return folder


def test_votes_are_read_in_order_without_repeats() -> None:
    """Titles may hold commas; a visitor may have seen nothing."""
    areas, visits = parse_msweb(LISTED)
    assert areas == {"1287": ("Road atlas", "/atlas"), "1288": ("Library, main", "/library")}
    assert visits == {"10001": ("1288", "1287"), "10002": ()}


@pytest.mark.parametrize("line", ["V,9999,1", "X,1,2", 'C,"10003"'])
def test_a_broken_file_is_refused(line: str) -> None:
    """A vote for no area, a line of no known kind, a case of too few fields."""
    with pytest.raises(Malformed, match=r"^msweb: "):
        parse_msweb((*LISTED, line))


def test_a_vote_before_any_visitor_is_refused() -> None:
    """It is nobody's."""
    with pytest.raises(Malformed, match="by no visitor"):
        parse_msweb(('A,1287,1,"Road atlas","/atlas"', "V,1287,1"))


def test_a_visitor_who_is_asked_is_not_learnt_from(msweb: Path) -> None:
    """Each last area is one visitor's own: those of the questions are in no training row."""
    site = load(MSWEB, msweb)
    (part,) = site.parts
    learnt = {page for walk in part.rows.walks for page in walk}
    assert 0 < len(part.questions.targets) < 20
    assert len(part.rows.walks) + len(part.questions.targets) == 40
    assert learnt & set(part.questions.targets.tolist()) == set()


def test_truncated_rows_hold_nobodys_last_area(msweb: Path) -> None:
    """All forty are asked, and what is learnt ends before the answer."""
    (part,) = load(TRUNCATED, msweb).parts
    assert len(part.questions.targets) == 40
    assert {page for walk in part.rows.walks for page in walk} & set(part.questions.targets.tolist()) == set()
    assert part.rows.walks == part.questions.histories


def test_a_missing_data_set_is_named(tmp_path: Path) -> None:
    """With what to set."""
    found = CliRunner().invoke(main, ["--only", MSWEB, "--quick", "--data", str(tmp_path)])
    assert found.exit_code == 1
    assert "msweb is not in the folder that NEARSIDE_DATA or --data names" in found.output or (
        "`make peers`" in found.output
    )


def test_a_missing_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the target that makes it."""
    monkeypatch.setenv("NEARSIDE_PROJECT", str(tmp_path))
    found = CliRunner().invoke(main, ["--quick"])
    assert found.exit_code == 1
    assert "`make peers` installs it" in found.output


def test_the_quick_run_leaves_the_slow_ones_out() -> None:
    """No network, one epsilon, one part."""
    assert "GRU network" not in QUICK.peers
    assert (QUICK.epsilons, QUICK.parts, QUICK.studied) == ((1.0,), 1, ())


@pytest.mark.data
def test_no_answer_of_a_visitor_is_in_what_is_counted(public_data: Path) -> None:
    """Of msweb's real visitors: those asked are not among the rows, and the counts are the rows' alone."""
    site = load(MSWEB, public_data)
    (part,) = site.parts
    asked = len(part.questions.targets)
    assert (site.pages, asked, len(part.rows.walks)) == (294, 4658, 26023)
    pairs = Counter(
        (walk[a], walk[b]) for walk in part.rows.walks for b in range(min(len(walk), 20)) for a in range(b)
    )
    source = Source.of(part.rows, site.catalogue)
    at = {page: place for place, page in enumerate(site.catalogue.pages)}
    assert {(at[a], at[b]) for a, b in source.visits} == set(pairs)


@pytest.mark.data
def test_no_last_area_is_counted_when_rows_are_truncated(public_data: Path) -> None:
    """The counted pairs of msweb are those of visits without their ends: a pair to an answer is among them
    only if somebody else made it earlier in a visit."""
    site = load(TRUNCATED, public_data)
    (part,) = site.parts
    at = {page: place for place, page in enumerate(site.catalogue.pages)}
    counted = {(at[a], at[b]) for a, b in Source.of(part.rows, site.catalogue).visits}
    made = {
        (history[a], history[b])
        for history in part.questions.histories
        for b in range(min(len(history), 20))
        for a in range(b)
    }
    assert counted == made
    ends = zip(part.questions.histories, part.questions.targets.tolist(), strict=True)
    assert any((history[-1], target) not in counted for history, target in ends)


@pytest.mark.data
def test_held_out_sequences_are_in_no_training_row(public_data: Path) -> None:
    """Of GOV.UK: no walk that is asked is learnt from, each is asked in one part, and paths are scrubbed."""
    site = load(GOVUK, public_data)
    assert all(scrub_path(page) == page and not stands_for_many(page) for page in site.catalogue.pages)
    asked: list[tuple[int, ...]] = []
    for part in site.parts:
        own = [
            (*history, target)
            for history, target in zip(part.questions.histories, part.questions.targets.tolist(), strict=True)
        ]
        assert own
        assert set(own) & set(part.rows.walks) == set()
        assert sequences(own[:1], site.catalogue)[0][-1] == site.catalogue.pages[own[0][-1]]
        asked += own
    assert len(asked) == len(set(asked)) > 1000
