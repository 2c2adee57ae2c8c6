"""`nearside aggregate --engine`: who counts makes no difference but to time and memory."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import ibis
import pytest
import sqlglot
from click.testing import CliRunner, Result

from consent_ledger.errors import Refused
from edge_client.wire.release import Release
from model_export.counting import counts as by_python
from model_export.counting.contributions import WHOLE_PARTS, Limits
from model_export.counting.lines import LineFile
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.scale.counting import count_at_scale
from model_export.counting.scale.journeys import add_up_visitors, pairs, steps_of_visitors
from model_export.counting.scale.records import requests
from model_export.counting.scale.workshop import ATHENA, Workshop, open_duckdb
from nearside.commands import counting
from nearside.commands.aggregate import aggregate
from tests.support.visits import journey, write_log


def run(*arguments: object) -> Result:
    """The command, as a terminal would run it."""
    return CliRunner().invoke(aggregate, [str(argument) for argument in arguments])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Forty visitors' journeys, their lines shuffled."""
    rng = random.Random(3)
    lines = [
        line
        for number in range(40)
        for line in journey(f"192.0.2.{number}", [f"/{rng.choice('abcde')}" for _ in range(9)], start=number)
    ]
    rng.shuffle(lines)
    return write_log(tmp_path / "log", lines)


@pytest.mark.parametrize(
    "options", [(), ("--shares",), ("--window", "session", "--bound", "9"), ("--window", "3")]
)
def test_the_engine_makes_no_difference_to_a_release(
    log: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Byte for byte the same file, also of a compressed log whose lines are in no order."""
    packed = log.with_suffix(".gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    files = []
    for engine, source in (("python", log), ("duckdb", log), ("duckdb", packed)):
        out = tmp_path / f"{engine}-{source.suffix}"
        done = run(source, "--out", out, "--k", 2, "--engine", engine, "--temp", tmp_path, *options)
        assert done.exit_code == 0, done.output
        files.append(out.read_bytes())
    assert len(set(files)) == 1
    release = Release.parse(files[0])
    assert release.cells
    assert release.parts == (WHOLE_PARTS if "--shares" in options else 1)
    assert not list(tmp_path.glob("nearside-*"))


def test_small_files_are_for_python_and_large_ones_for_duckdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By size, compressed files by what they probably hold; an engine that is named is taken."""
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"x" * 1000)
    packed.write_bytes(gzip.compress(bytes(random.Random(1).randbytes(1000))))
    assert counting.choose_engine(counting.Engine.AUTO, LineFile(plain)) == "python"
    monkeypatch.setattr(counting, "MOST_BYTES_IN_PYTHON", 1000)
    assert counting.choose_engine(counting.Engine.AUTO, LineFile(plain)) == "python"
    assert counting.choose_engine(counting.Engine.AUTO, LineFile(packed)) == "duckdb"
    plain.write_bytes(b"x" * 1001)
    assert counting.choose_engine(counting.Engine.AUTO, LineFile(plain)) == "duckdb"
    assert counting.choose_engine(counting.Engine.PYTHON, LineFile(plain)) == "python"


def test_no_room_for_working_files_is_said_and_nothing_is_written(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is none, an engine without memory and disk: one line, no release, nothing left lying."""
    out = tmp_path / "out"
    done = run(log, "--out", out, "--engine", "duckdb", "--temp", log)
    assert done.exit_code == 2
    assert "Invalid value for '--temp'" in done.stderr

    def cramped(folder: Path, *, memory_bytes: int) -> Workshop:
        return open_duckdb(folder, memory_bytes=3 * 1024 * 1024, disk_bytes=1024)

    monkeypatch.setattr("model_export.counting.scale.workshop.open_duckdb", cramped)
    done = run(log, "--out", out, "--engine", "duckdb", "--temp", tmp_path)
    assert done.exit_code == 2
    assert "engine: out of memory, or of room for working files" in done.stderr
    assert "192.0.2" not in done.output
    assert not out.exists()
    assert not list(tmp_path.glob("nearside-*"))


def test_an_engine_that_is_not_there_is_said(log: Path, tmp_path: Path) -> None:
    """Spark lives in an environment of its own."""
    done = run(log, "--out", tmp_path / "out", "--engine", "pyspark")
    assert done.exit_code == 2
    assert "engine: pyspark is not installed beside this command" in done.stderr


def test_what_an_engine_says_of_a_line_is_not_repeated(tmp_path: Path) -> None:
    """An engine's message may quote what it worked on; ours names the kind of failure alone."""
    workshop = open_duckdb(tmp_path)
    lines = ibis.memtable({"text": ["a secret"]})
    with pytest.raises(Refused, match=r"^engine: the count failed \(ConversionException\)$"):
        workshop.keep("numbers", lines.select(number=lines.text.cast("int64")))
    with pytest.raises(Refused, match=r"^engine: the count failed \(ConversionException\)$"):
        list(workshop.rows(lines.select(number=lines.text.cast("int64"))))


def test_python_sorts_what_is_a_little_late_and_refuses_the_rest(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window of requests is put in order of time; a line beyond it is for another engine."""
    choice = Choice(Limits(4))
    whole = by_python.count(LineFile(log), Format.NCSA, reading=Reading(), choice=choice)
    assert sum(whole.values()) > 40
    monkeypatch.setattr(by_python, "MOST_OUT_OF_ORDER", 2)
    with pytest.raises(Refused, match=r"^log: a line is too far from its place in time"):
        by_python.count(LineFile(log), Format.NCSA, reading=Reading(), choice=choice)


def test_lines_of_one_second_keep_their_order(tmp_path: Path) -> None:
    """Time has no finer grain in a log: the earlier line is the earlier page, whichever engine counts."""
    lines = journey("192.0.2.1", ["/b", "/a", "/d", "/c"], step=0)
    path = write_log(tmp_path / "log", lines)
    choice = Choice(Limits(9))
    plain = by_python.count(LineFile(path), Format.NCSA, reading=Reading(), choice=choice)
    engine = count_at_scale(
        LineFile(path).blocks(), Format.NCSA, reading=Reading(), choice=choice, workshop=open_duckdb(tmp_path)
    )
    assert plain == engine == {("/b", "/a"): 1, ("/a", "/d"): 1, ("/d", "/c"): 1}


@pytest.mark.parametrize("format_", [Format.NCSA, Format.EPA])
def test_the_same_expressions_compile_for_athena(format_: Format, tmp_path: Path) -> None:
    """From lines to records and from page views to counts, as SQL that parses in Athena's dialect."""
    workshop = Workshop(None, ATHENA, tmp_path)
    lines = ibis.table({"number": "int64", "text": "string"}, name="lines")
    views = ibis.table({"host": "string", "at": "int64", "number": "int64", "page": "string"}, name="views")
    limits = Limits(190, window=None, parts=WHOLE_PARTS)
    made = pairs(steps_of_visitors(views, limits), limits, workshop)
    for expression, functions in (
        (requests(lines, format_, ATHENA), ("REGEXP_REPLACE(", "'$1\ufdd2$2", "TRY_CAST(")),
        (add_up_visitors(made, limits, ATHENA), ("SHA256(TO_UTF8(", "ROW_NUMBER()OVER(", "SUM(")),
    ):
        sql = str(ibis.to_sql(expression, dialect="athena"))
        assert sqlglot.parse_one(sql, read="athena").sql(dialect="athena")
        assert all(function in "".join(sql.split()) for function in functions), sql
