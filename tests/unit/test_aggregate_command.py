"""`nearside aggregate` from the outside: what it writes, says and refuses."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Release, Source, Unit
from model_export.counting.sequences import Holdout
from nearside.commands.aggregate import aggregate
from tests.support.visits import combined, journey, write_log

MOVES = "source_path,destination_path,moves"
SESSIONS = "occurrences,page_sequence"


def run(*arguments: object) -> Result:
    """The command, as a terminal would run it."""
    return CliRunner().invoke(aggregate, [str(argument) for argument in arguments])


def released(source: Path, *arguments: object) -> Release:
    """The release that the command writes for `source`."""
    out = source.with_suffix(".release")
    result = run(source, "--out", out, *arguments)
    assert result.exit_code == 0, result.output
    return Release.parse(out.read_bytes())


def test_a_log_becomes_a_release(tmp_path: Path) -> None:
    """Twelve visitors' move is released with the log's day, its bound and its unit; three's is not."""
    lines = [line for n in range(12) for line in journey(f"192.0.2.{n}", ["/a?x=1", "/style.css", "/b/"])]
    lines += [line for n in range(3) for line in journey(f"198.51.100.{n}", ["/b", "/c"])]
    release = released(write_log(tmp_path / "log", lines), "--site", "riverton")
    assert release.moves() == {("/a", "/b"): 12}
    assert (release.period.start, release.period.end) == ("2026-11-16", "2026-11-16")
    assert (release.source, release.bound.unit, release.bound.pairs) == (Source.LOG, Unit.VISITOR, 4)
    assert release.dropped_cells == 1


def test_only_pages_that_people_opened_count(tmp_path: Path) -> None:
    """Assets, other methods, failures and robots are left out, by kind and not by host."""
    lines: list[str] = []
    for n in range(12):
        host = f"192.0.2.{n}"
        lines += [
            combined(host, "/a", second=0),
            combined(host, "/logo.PNG", second=1),
            combined(host, "/form", second=2, method="POST"),
            combined(host, "/gone", second=3, status=404),
            combined(host, "/crawled", second=4, agent="ExampleBot/2.1"),
            combined(host, "/b", second=5, status=304),
            combined(host, "/report.pdf", second=6),
        ]
    release = released(write_log(tmp_path / "log", lines))
    assert release.moves() == {("/a", "/b"): 12, ("/b", "/report.pdf"): 12}
    release = released(write_log(tmp_path / "log", lines), "--exclude-ext", ".PDF")
    assert release.moves() == {("/a", "/b"): 12}


def test_gzip_is_read_as_it_is(tmp_path: Path) -> None:
    """A compressed log makes the same release."""
    lines = [line for n in range(12) for line in journey(f"192.0.2.{n}", ["/a", "/b"])]
    plain = write_log(tmp_path / "log", lines)
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert released(plain) == released(packed)
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-20])
    assert "broken gzip" in run(packed, "--out", tmp_path / "out").stderr


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    """Without noise nothing is left to chance."""
    lines = [
        line for n in range(30) for line in journey(f"192.0.2.{n}", [f"/{(n + m) % 3}" for m in range(9)])
    ]
    log = write_log(tmp_path / "log", lines)
    first = released(log, "--bound", 1, "--k", 2).to_bytes()
    assert first == released(log, "--bound", 1, "--k", 2).to_bytes()


def test_a_table_of_moves_is_added_up_by_scrubbed_path(tmp_path: Path) -> None:
    """Paths that differ by what was typed or by their query are one page; a move within a page is none."""
    table = write_log(
        tmp_path / "moves.csv",
        [MOVES, "/a?x=1,/born/1980-02-29,6", "/a,/born/29-02-1980,5", "/a,/a?y=2,90", "/a,/b,ten", "/a,/b"],
    )
    release = released(table)
    assert release.moves() == {("/a", "/born/:date"): 11}
    assert (release.source, release.bound.unit) == (Source.COUNTS, Unit.MOVE)
    assert "malformed" in run(table, "--out", tmp_path / "out").output


def test_a_table_of_sessions_is_bounded_and_can_be_held_out(tmp_path: Path) -> None:
    """Each session adds to at most `--bound` pairs, and held-out sequences are not counted."""
    table = write_log(tmp_path / "s.csv", [SESSIONS, "30,/a>>/a>>/b>>/c", "12,/d>>/e", "50,/f"])
    assert released(table).moves() == {("/a", "/b"): 30, ("/b", "/c"): 30, ("/d", "/e"): 12}
    assert released(table, "--bound", 1).moves() == {("/a", "/b"): 15, ("/b", "/c"): 15, ("/d", "/e"): 12}
    sequences = [(ItemId(f"/{n}"), ItemId(f"/{n + 1}")) for n in range(40)]
    table = write_log(tmp_path / "s.csv", [SESSIONS, *(f"12,{a}>>{b}" for a, b in sequences)])
    for seed in (0, 1):
        kept = {pages for pages in sequences if not Holdout(0.5, seed).holds(pages)}
        assert released(table, "--holdout", 0.5, "--holdout-seed", seed).moves().keys() == kept
        assert 10 < len(kept) < 30


def test_noise_is_told_in_the_release(tmp_path: Path) -> None:
    """Mechanism, epsilon, delta and the bound are in the file; the log's days and exact drops are not."""
    log = write_log(
        tmp_path / "log", [line for n in range(200) for line in journey(f"h{n}", ["/a", "/b", "/c"])]
    )
    release = released(log, "--epsilon", 1)
    assert release.privacy.mechanism is Mechanism.DISCRETE_LAPLACE
    assert (release.privacy.epsilon_milli, release.privacy.delta_exp) == (1000, 6)
    assert (release.privacy.k, release.threshold) == (10, 15)
    assert (release.bound.pairs, release.period.start, release.dropped_cells) == (1, None, None)
    assert all(abs(count - 100) < 60 for count in release.moves().values())
    gaussian = released(
        log, "--epsilon", 0.5, "--mechanism", "discrete-gaussian", "--delta-exp", 8, "--bound", 2
    )
    assert (gaussian.privacy.epsilon_milli, gaussian.privacy.delta_exp) == (500, 8)


def test_a_catalogue_decides_which_pages_there_are(tmp_path: Path) -> None:
    """Pages outside the catalogue neither count nor stand between two that do; noise needs no delta then."""
    items = tuple(
        CatalogueItem(ItemId(f"/{name}"), name, "", "", ItemKind.INFORMATION, "en")
        for name in ("a", "b", "z")
    )
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_bytes(Catalogue("riverton", items).to_bytes())
    log = write_log(
        tmp_path / "log", [line for n in range(90) for line in journey(f"h{n}", ["/a", "/secret", "/b"])]
    )
    release = released(log, "--catalogue", catalogue)
    assert release.pages == ("/a", "/b", "/z")
    assert release.moves() == {("/a", "/b"): 90}
    noisy = released(log, "--catalogue", catalogue, "--epsilon", 2)
    assert noisy.pages == ("/a", "/b", "/z")
    assert noisy.privacy.delta_exp is None
    assert 60 < noisy.moves()["/a", "/b"] < 120


def test_malformed_lines_are_counted_and_named_by_number(tmp_path: Path) -> None:
    """The first ten numbers and the total are told."""
    good = [line for n in range(12) for line in journey(f"192.0.2.{n}", ["/a", "/b"])]
    log = write_log(tmp_path / "log", [*good, *["broken"] * 12, "x" * 70_000])
    result = run(log, "--out", tmp_path / "out")
    assert "13 lines" in result.output
    assert "25, 26, 27, 28, 29, 30, 31, 32, 33, 34, ..." in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"", (), "input: an empty file"),
        (b"\x7fELF\0\0\0", (), "input: a binary file"),
        (b"hello\nworld\n", (), "input: neither a table"),
        (b"hello\nworld\n", ("--format", "ncsa"), "input: no usable line among 2"),
        (b"a,b\n1,2\n", ("--format", "moves"), "input: the first line is not the header"),
        (MOVES.encode(), (), "input: no usable line"),
        (b"x", ("--format", "apache"), "Invalid value for '--format'"),
        (b"x", ("--k", "1"), "Invalid value for '--k'"),
        (b"x", ("--epsilon", "0"), "Invalid value for '--epsilon'"),
        (b"x", ("--epsilon", "nan"), "not a finite number"),
        (b"x", ("--mechanism", "discrete-laplace"), "give --epsilon too"),
        (b"x", ("--period-from", "2026-11-01"), "go together"),
        (b"x", ("--period-from", "2026-11-02", "--period-to", "2026-11-01"), "release: period"),
        (f"{MOVES}\n/a,/b,20\n".encode(), ("--site", "No Site"), "'--site': not a short lower case name"),
        (f"{MOVES}\n/a,/b,20\n".encode(), ("--holdout", "0.2"), "needs a table of sessions"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, content: bytes, arguments: tuple[str, ...], message: str
) -> None:
    """Bad input and bad options end with code 2, a clear line and no file."""
    source = tmp_path / "input"
    source.write_bytes(content)
    result = run(source, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_missing_files_folders_and_the_input_itself_are_refused(tmp_path: Path) -> None:
    """Nothing is overwritten and nothing is guessed."""
    log = write_log(tmp_path / "log", journey("h", ["/a", "/b"]))
    assert "no such file" in run(tmp_path / "nowhere", "--out", tmp_path / "out").stderr
    assert "is a directory" in run(tmp_path, "--out", tmp_path / "out").stderr
    before = log.read_bytes()
    assert run(log, "--out", log).exit_code == 2
    assert log.read_bytes() == before


def test_an_empty_release_is_written_and_said(tmp_path: Path) -> None:
    """One visitor's log makes a release of nothing, and the command says so."""
    log = write_log(tmp_path / "log", journey("h", ["/a", "/b"]))
    result = run(log, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "the release is empty; lower --k, or count more days" in " ".join(result.stderr.split())
    assert Release.parse((tmp_path / "out").read_bytes()).pages == ()
