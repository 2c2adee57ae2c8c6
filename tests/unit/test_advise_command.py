"""`nearside advise` and `nearside archetypes`: what they print, write and refuse, and how they end."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger import canonical
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export import train_model
from model_export.advisor import Code
from model_export.advisor.finding import WHY
from nearside.commands.advise import advise
from nearside.commands.archetypes import archetypes
from tests.support import town as towns
from tests.support.city import rules as city_rules
from tests.support.usagov import FOLDER, read_benefits

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "advisor.md"
TOWN = towns.catalogue()
TYPO = towns.changed(TOWN, 9, life_events=("care_homes-event",))
RULES = replace(Rules.parse(city_rules()), never_topics=("care-homes",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town's files as an agency has them."""
    release = towns.release(TOWN, towns.means(TOWN), seed=1)
    (tmp_path / "catalogue.json").write_bytes(TOWN.to_bytes())
    (tmp_path / "typo.json").write_bytes(TYPO.to_bytes())
    (tmp_path / "release.json").write_bytes(release.to_bytes())
    (tmp_path / "rules.json").write_bytes(RULES.to_bytes())
    return tmp_path


def asked(folder: Path, *arguments: str) -> Result:
    """Run `nearside advise` on files of the folder, judged as of one day."""
    files = [str(folder / each) if (folder / each).exists() else each for each in arguments]
    return CliRunner().invoke(advise, ["--today", "2026-11-22", *files])


def test_no_findings_end_with_zero(folder: Path) -> None:
    """A town without faults, and one line that says so."""
    result = asked(
        folder, "--catalogue", "catalogue.json", "--release", "release.json", "--rules", "rules.json"
    )
    assert result.exit_code == 0, result.output
    assert result.output.endswith("cleanville: no findings\n")


def test_findings_end_with_one_and_say_all_that_an_editor_needs(folder: Path) -> None:
    """Where, what, why, the numbers, what to do, how sure."""
    result = asked(folder, "--catalogue", "typo.json")
    assert result.exit_code == 1
    for said in (
        WHY[Code.TAG_TYPO],
        f"! {TYPO.pages[9]} (certain)",
        "the life event 'care_homes-event' is on 1 and 'care-homes-event' on 7 pages",
        "do: write 'care-homes-event' for 'care_homes-event'",
        "cleanville: 1 findings: 1 tag-typo",
    ):
        assert said in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--catalogue", "release.json"),
        ("--catalogue", "missing.json"),
        ("--catalogue", "catalogue.json", "--release", "rules.json"),
        ("--catalogue", "catalogue.json", "--rules", "catalogue.json"),
        ("--catalogue", "catalogue.json", "--reviewed", "rules.json"),
        ("--catalogue", "catalogue.json", "--speakers", "release.json"),
    ],
)
def test_files_that_cannot_be_used_end_with_two(folder: Path, arguments: tuple[str, ...]) -> None:
    """One line, and nothing of what is in the file."""
    result = asked(folder, *arguments)
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1


def test_the_machine_gets_every_number_and_patch(folder: Path) -> None:
    """JSON with the findings and what was not judged; the patch is RFC 6902."""
    out = folder / "advice.json"
    result = asked(folder, "--catalogue", "typo.json", "--format", "json", "--out", str(out))
    assert result.exit_code == 1
    advice = json.loads(out.read_text())
    (finding,) = advice["findings"]
    assert (finding["code"], finding["where"], finding["sure"]) == ("tag-typo", [TYPO.pages[9]], "certain")
    assert finding["evidence"][1] == {
        "name": "pages with care-homes-event", "value": 7, "low": None, "high": None, "unit": "pages",
    }  # fmt: skip
    assert [operation["op"] for operation in finding["fix"]["patch"]] == ["test", "replace"]


def test_a_table_for_a_spreadsheet_runs_nothing(folder: Path) -> None:
    """One row a finding; what begins like a formula is text."""
    formula = towns.changed(TYPO, 3, title="=HYPERLINK(1) Fees for 2021")
    (folder / "formula.json").write_bytes(formula.to_bytes())
    result = asked(folder, "--catalogue", "formula.json", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.output)))
    assert {row["code"] for row in rows} == {"tag-typo", "past-year"}
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)


def test_one_code_can_be_asked_for(folder: Path) -> None:
    """Others are not told, and do not count."""
    assert asked(folder, "--catalogue", "typo.json", "--only", "past-year").exit_code == 0
    assert asked(folder, "--catalogue", "typo.json", "--only", "tag-typo").exit_code == 1


def test_reviews_and_speakers_come_from_tables(folder: Path) -> None:
    """Dates and shares, in files of two columns."""
    (folder / "reviewed.csv").write_text(f"id,reviewed\n{TOWN.pages[0]},2019-05-01\n")
    (folder / "speakers.csv").write_text("lang,share\nen,0.9\nfr,0.1\n")
    result = asked(
        folder, "--catalogue", "catalogue.json", "--reviewed", "reviewed.csv", "--speakers", "speakers.csv"
    )
    assert "1 missing-language, 1 unreviewed" in result.output


def test_a_model_is_read_with_the_catalogue_that_it_was_trained_with(folder: Path) -> None:
    """Another catalogue is refused, and the refusal says which option names the right one."""
    release = Release.parse((folder / "release.json").read_bytes())
    trained = train_model([release], TOWN)
    (folder / "live").mkdir()
    (folder / "live" / "model.onnx").write_bytes(trained.onnx_bytes)
    (folder / "live" / "model.json").write_bytes(trained.card_bytes)
    smaller = Catalogue(TOWN.site, TOWN.items[1:])
    (folder / "smaller.json").write_bytes(smaller.to_bytes())
    refused = asked(folder, "--catalogue", "smaller.json", "--model", "live")
    assert refused.exit_code == 2
    assert "--model-catalogue" in refused.output
    told = asked(
        folder, "--catalogue", "smaller.json", "--model", "live", "--model-catalogue", "catalogue.json",
        "--release", "release.json", "--only", "unknown-to-model",
    )  # fmt: skip
    assert told.exit_code == 1
    assert TOWN.pages[0] in told.output
    named = canonical.decode(trained.card_bytes)
    assert isinstance(named, dict)
    assert hashlib.sha256(release.to_bytes()).hexdigest() in json.dumps(named)
    (folder / "live" / "model.onnx").write_bytes(trained.onnx_bytes + b"\0")
    assert asked(folder, "--catalogue", "catalogue.json", "--model", "live").exit_code == 2


def test_every_code_is_explained() -> None:
    """The page of the advisor has a row for each code and for no other, and each has its why."""
    listed = [line.split("`")[1] for line in DOC.read_text().splitlines() if line.startswith("| `")]
    assert listed == sorted(code.value for code in Code)
    assert set(WHY) == set(Code)


def test_archetypes_are_written_and_named(folder: Path) -> None:
    """The file parses and holds the name that was chosen for a page."""
    page = next(item.id for item in TOWN.items if item.topic == "jobs")
    (folder / "names.json").write_text(json.dumps({page: "Looking for work"}) + "\n")
    result = CliRunner().invoke(
        archetypes,
        [
            str(folder / "release.json"), "--catalogue", str(folder / "catalogue.json"),
            "--rules", str(folder / "rules.json"), "--names", str(folder / "names.json"),
            "--number", "7", "--out", str(folder / "archetypes.json"),
        ],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    written = Archetypes.parse((folder / "archetypes.json").read_bytes())
    written.check_catalogue(TOWN)
    written.check_sensitive(TOWN, RULES)
    assert "Looking for work" in {each.name for each in written.archetypes}


def test_archetypes_of_too_little_are_refused(folder: Path) -> None:
    """A release in which hardly a page shows: one line, exit status 2, no file."""
    few = towns.release(TOWN, towns.means(TOWN, visitors=300), seed=1)
    (folder / "few.json").write_bytes(few.to_bytes())
    result = CliRunner().invoke(
        archetypes,
        [
            str(folder / "few.json"), "--catalogue", str(folder / "catalogue.json"),
            "--rules", str(folder / "rules.json"), "--out", str(folder / "archetypes.json"),
        ],
    )  # fmt: skip
    assert result.exit_code == 2
    assert "too few" in result.output
    assert not (folder / "archetypes.json").exists()


@pytest.mark.data
def test_the_real_slip_in_public_content_is_found(public_data: Path, tmp_path: Path) -> None:
    """In 79 benefits of a federal finder one tag is written with an underscore: found, with its patch.

    So is the benefit for disabled veterans that is tagged as education, in both languages.
    """
    if not (public_data / FOLDER).is_dir():
        pytest.skip("public data set usagov-benefits-eligibility not found: set NEARSIDE_DATA")
    (tmp_path / "catalogue.json").write_bytes(read_benefits(public_data / FOLDER).to_bytes())
    result = asked(tmp_path, "--catalogue", "catalogue.json", "--format", "json")
    found = {each["code"]: each for each in json.loads(result.output)["findings"]}
    slip = found["tag-typo"]
    assert slip["where"] == ["/benefits/ssa-extra-help", "/es/benefits/ssa-extra-help"]
    assert slip["fix"]["says"] == "write 'financial-hardship' for 'financial_hardship'"
    assert slip["fix"]["patch"][1]["value"] == ["retirement", "financial-hardship"]
    assert found["mistagged"]["where"][0] == "/benefits/va-disability-compensation"
