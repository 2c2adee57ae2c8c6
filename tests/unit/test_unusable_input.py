"""Whatever a command is given, it answers with one clear line and exit code 2, never with a traceback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result

from consent_ledger.errors import Refused
from edge_client.wire.candidates import Candidates
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.shared.measurement.periods import is_open, week_of
from nearside.cli import main
from nearside.commands.release import check_over, default_week, release_week
from nearside.local.stack import Stack
from tests.support import city

LOG = b'192.0.2.1 - - [16/Nov/2026:09:00:00 +0000] "GET /a HTTP/1.1" 200 5\n'
SESSIONS = b"occurrences,page_sequence\n" + b"".join(b"%d,/a>>/b>>/c\n" % n for n in range(20, 2000))


def run(*arguments: object, env: Mapping[str, str] | None = None) -> Result:
    """The command line, as a terminal would run it."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=dict(env or {}))


def refusal_of(result: Result) -> str:
    """The single line that says Error, of a command that ended with code 2 and told nothing else; else how
    it ended, in words that no error has."""
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    if (
        result.exit_code != 2
        or not isinstance(result.exception, SystemExit)
        or result.stdout
        or len(lines) != 1
    ):
        return f"not refused: {result.exit_code}"
    return lines[0]


def damaged(data: bytes) -> bytes:
    """A gzip file whose frame is whole and whose deflate data is not."""
    packed = bytearray(gzip.compress(data, mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 40] = b"\xff" * 40
    return bytes(packed)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """A sound release to train on."""
    made = Release.of(
        {(city.catalogue().pages[0], city.catalogue().pages[1]): 30},
        site="smallville",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    file = tmp_path / "release.json"
    file.write_bytes(made.to_bytes())
    return file


@pytest.mark.parametrize("content", [LOG * 4000, SESSIONS])
def test_damaged_compressed_input_is_said(tmp_path: Path, releases: Path, content: bytes) -> None:
    """Also where the frame of the gzip file is whole: in what is aggregated, and in what is measured on."""
    packed = tmp_path / "input.gz"
    packed.write_bytes(damaged(content))
    assert "broken gzip" in refusal_of(run("aggregate", packed, "--out", tmp_path / "out"))
    if content is SESSIONS:
        trained = run("train", releases, "--out", tmp_path / "model", "--sessions", packed)
        assert "broken gzip" in refusal_of(trained)


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("--catalogue", b"{", "--catalogue: canonical json: not json"),
        ("--catalogue", b"\n", "--catalogue: empty file"),
        ("--renamed", b"", "--renamed: empty file"),
        ("--candidates", b"[]", "--candidates: candidates: not version 1 candidates"),
        ("--sessions", b"", "--sessions: input: an empty file"),
    ],
)
def test_of_several_files_the_one_at_fault_is_named(
    tmp_path: Path, releases: Path, option: str, content: bytes, words: str
) -> None:
    """By the option that it was given with; without it, six files could be meant."""
    file = tmp_path / "file"
    file.write_bytes(content)
    assert words in refusal_of(run("train", releases, "--out", tmp_path / "model", option, file))
    assert "RELEASE file: " in refusal_of(run("train", releases, file, "--out", tmp_path / "model"))
    missing = run("train", releases, "--out", tmp_path / "model", option, tmp_path / "missing")
    assert f"{option}: no such file" in refusal_of(missing)
    folder = run("train", releases, "--out", tmp_path / "model", option, tmp_path)
    assert "is a directory" in refusal_of(folder)


def test_the_catalogue_before_is_read_before_anything_is_written(tmp_path: Path, releases: Path) -> None:
    """And it says nothing without the one of today."""
    bad, now, out = tmp_path / "bad.json", tmp_path / "now.json", tmp_path / "model"
    bad.write_bytes(b"{")
    now.write_bytes(replace(city.catalogue(), site="smallville").to_bytes())
    assert "give --catalogue too" in refusal_of(run("train", releases, "--out", out, "--before", now))
    given = ("--catalogue", now, "--before", bad)
    assert "--before: canonical json: " in refusal_of(run("train", releases, "--out", out, *given))
    assert not out.exists()


def test_a_release_of_other_candidates_is_refused(tmp_path: Path) -> None:
    """Training and advising both hold a release against the list that it is said to be made with."""
    pages = city.catalogue().pages
    files = {
        name: Candidates.of(pairs, pages=pages)
        for name, pairs in {"own": [(0, 1)], "other": [(1, 0)]}.items()
    }
    for name, candidates in files.items():
        (tmp_path / f"{name}.json").write_bytes(candidates.to_bytes())
    made = Release.of(
        {(pages[0], pages[1]): 30},
        site=city.catalogue().site,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(3, Mechanism.DISCRETE_LAPLACE, 1000),
        bound=Bound(Unit.VISITOR, 1),
        pages=pages,
        candidates=files["own"].public,
    )
    release, catalogue = tmp_path / "release.json", tmp_path / "catalogue.json"
    release.write_bytes(made.to_bytes())
    catalogue.write_bytes(city.catalogue().to_bytes())
    other = ("--candidates", tmp_path / "other.json")
    assert "made with other candidates" in refusal_of(
        run("train", release, "--out", tmp_path / "model", *other)
    )
    advised = run("advise", "--catalogue", catalogue, "--release", release, *other)
    assert "made with other candidates" in refusal_of(advised)
    own = run("train", release, "--out", tmp_path / "model", "--candidates", tmp_path / "own.json")
    assert own.exit_code == 0, own.output


def test_a_budget_names_the_option_whose_site_is_none(tmp_path: Path) -> None:
    """There is no release whose site it could be."""
    made = run("budget", "new", tmp_path / "budget.json", "--site", "Bad Site", "--epsilon", "1")
    assert "'--site': not a short lower case name" in refusal_of(made)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "NaN", "1e400"])
@pytest.mark.parametrize("option", ["--kappa", "--content-share", "--holdout"])
def test_training_takes_finite_numbers_only(tmp_path: Path, releases: Path, option: str, number: str) -> None:
    """Not a number compares with nothing, so that a range alone lets it through."""
    assert option in refusal_of(run("train", releases, "--out", tmp_path / "model", option, number))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("option", ["--epsilon", "--holdout"])
def test_aggregating_takes_finite_numbers_only(tmp_path: Path, option: str) -> None:
    """The same, before the input is opened."""
    assert option in refusal_of(run("aggregate", tmp_path / "none", "--out", tmp_path / "out", option, "nan"))


@pytest.mark.parametrize("day", ["2026-99-99", "2026-02-30", "2026-W47", "20261116", "tomorrow", ""])
def test_a_period_is_made_of_days_that_exist(tmp_path: Path, day: str) -> None:
    """A release says from which day to which it counted; no calendar has the thirtieth of February."""
    options = ("--period-from", day, "--period-to", day)
    assert "--period-from" in refusal_of(
        run("aggregate", tmp_path / "none", "--out", tmp_path / "out", *options)
    )


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """The files of an agency, all sound."""
    folder = tmp_path / "agency"
    (folder / "notices").mkdir(parents=True)
    (folder / "notices" / "en.json").write_text(json.dumps(city.notice_value()))
    (folder / "catalogue.json").write_bytes(city.catalogue().to_bytes())
    (folder / "rules.json").write_bytes(city.rules())
    (folder / "model.onnx").write_bytes(b"model")
    (folder / "model.json").write_bytes(city.card(b"model"))
    return folder


def publish(agency: Path, *options: str) -> Result:
    """Publish the agency's files to a deployment that would first have to be started."""
    return run(
        "publish",
        *("--catalogue", agency / "catalogue.json", "--rules", agency / "rules.json"),
        *("--notices", agency / "notices", "--model", agency, "--state", agency / "state"),
        *options,
    )


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("notices/en.json", b"{not json", "notices: en.json is not JSON"),
        ("notices/en.json", b"\xff\xfe", "notices: en.json is not JSON"),
        ("notices/en.json", b"[" * 100_000, "notices: en.json is not JSON"),
        ("notices/en.json", b"[]", "notices: notice: "),
        ("notices/en.json", b'{"version":1.5}', "notices: canonical json: "),
        ("model.json", b"{not json", "model.json: canonical json: not json"),
        ("model.json", b"[]", "model card: not an object"),
        ("model.json", b'{"v":1}', "model card: kind is missing"),
        ("catalogue.json", b"[]", "catalogue.json: catalogue: not a version 1 catalogue"),
        ("rules.json", b"[]", "rules.json: rules: not an object"),
        ("rules.json", b"{", "rules.json: canonical json: "),
    ],
)
def test_what_an_agency_hands_in_is_checked_before_anything_starts(
    agency: Path, file: str, content: bytes, words: str
) -> None:
    """The file is named, and no deployment is started for it."""
    (agency / file).write_bytes(content)
    assert words in refusal_of(publish(agency))
    assert not (agency / "state").exists()


def test_an_agency_without_notices_is_refused(agency: Path) -> None:
    """Consent is asked for in words, or not at all."""
    (agency / "notices" / "en.json").unlink()
    assert "notices: the folder holds none" in refusal_of(publish(agency))


def test_publishing_takes_a_finite_epsilon_only(agency: Path) -> None:
    """No budget is not a number."""
    assert "--epsilon" in refusal_of(publish(agency, "--epsilon", "nan"))


@pytest.mark.parametrize("name", ["format.json", "functions.log"])
def test_a_folder_where_the_state_has_a_file_is_said(tmp_path: Path, name: str) -> None:
    """The file is named; nothing is started."""
    (tmp_path / name).mkdir()
    assert name in refusal_of(run("up", "--port", "0", "--state", tmp_path))


def test_a_ministack_that_is_no_program_is_said(tmp_path: Path) -> None:
    """NEARSIDE_MINISTACK may name a folder, or a file that cannot be run."""
    text = tmp_path / "text"
    text.write_text("words")
    for named in (tmp_path, text):
        result = run(
            "up", "--port", "0", "--state", tmp_path / "state", env={"NEARSIDE_MINISTACK": str(named)}
        )
        assert "NEARSIDE_MINISTACK" in refusal_of(result)


@pytest.mark.parametrize("option", ["--site", "--controller"])
def test_a_name_that_the_template_does_not_allow_is_refused(tmp_path: Path, option: str) -> None:
    """The same exit code for whoever serves as for whoever releases."""
    assert "pattern" in refusal_of(run("up", "--port", "0", "--state", tmp_path, option, "No Such Name"))
    (tmp_path / "format.json").write_text('{"v": 1}')
    arguments = {"--site": "riverton", option: "No Such Name"}
    options = [word for pair in arguments.items() for word in pair]
    assert "pattern" in refusal_of(run("release", "--period", "2026-W40", "--state", tmp_path, *options))


@pytest.mark.parametrize("period", ["nonsense", "2026-W54", "2026-47", ""])
def test_a_week_that_no_year_has_is_refused_at_once(tmp_path: Path, period: str) -> None:
    """It is said what is wrong, and nothing is started."""
    state = tmp_path / "state"
    assert "period: " in refusal_of(
        run("release", "--site", "riverton", "--period", period, "--state", state)
    )
    assert not state.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("model", "history", "--site", "riverton"),
        ("model", "propose", "--site", "riverton"),
        ("release", "--site", "riverton", "--period", "2026-W40"),
        ("ledger", "keys"),
    ],
    ids=" ".join,
)
def test_who_asks_a_deployment_that_was_never_set_up_makes_none(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A mistyped folder is said, and is not there afterwards."""
    state = tmp_path / "nostate"
    result = run(*words, "--state", state)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "state: nothing was set up there; run make demo or nearside up" in result.stderr
    assert not state.exists()


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-21T12:00:00+00:00", "2026-W46"),  # a Saturday: W47 is open
        ("2026-11-24T23:59:59+00:00", "2026-W46"),  # a Tuesday: devices may still report W47
        ("2026-11-25T00:00:00+00:00", "2026-W47"),
        ("2027-01-01T00:00:00+00:00", "2026-W52"),
    ],
)
def test_the_week_released_by_default_takes_no_more_contributions(now: str, week: str) -> None:
    """Closing a week that is open would turn devices away that were told that they have time."""
    moment = datetime.fromisoformat(now)
    assert default_week(moment) == week
    assert not is_open(week, at=moment)


@pytest.mark.parametrize("week", ["2026-W47", "2026-W48", "2027-W01", "9999-W52"])
def test_a_week_that_takes_contributions_is_not_closed_by_mistake(week: str) -> None:
    """Nothing brings a closed week back: the last one is closed freely, a later one only on purpose."""
    tuesday = datetime.fromisoformat("2026-11-24T23:59:59+00:00")
    with pytest.raises(Refused, match=rf"^release: {week} may get contributions still; --now closes it"):
        check_over(week, tuesday)
    check_over("2026-W46", tuesday)
    check_over("2026-W47", datetime.fromisoformat("2026-11-25T00:00:00+00:00"))


def test_the_week_that_it_is_is_closed_only_on_purpose(tmp_path: Path) -> None:
    """It is refused before anything is started; with --now the command goes on, to what is missing here."""
    state = tmp_path / "state"
    words = ("release", "--site", "riverton", "--period", week_of(datetime.now(UTC)), "--state", state)
    assert "--now closes it" in refusal_of(run(*words))
    assert "state: nothing was set up there" in refusal_of(run(*words, "--now"))


def test_a_week_without_a_task_is_named(tmp_path: Path) -> None:
    """What is meant by default is a week ago, where a deployment of today has announced none."""
    stack = Mock(spec=Stack)
    stack.invoke.return_value = {"releases": [], "refused": []}
    with pytest.raises(Refused, match=r"^release: no task is announced for 2026-W46$"):
        release_week(stack, "2026-W46", task=None, out=tmp_path)
