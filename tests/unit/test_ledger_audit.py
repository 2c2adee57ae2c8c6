"""The twelve questions about an honest agency: every answer holds, and is the right one."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger import canonical
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.leaf import BundleLeaf, KeysLeaf
from consent_ledger.merkle import EMPTY_ROOT, verify_consistency
from consent_ledger.note import Note
from consent_ledger.purposes import Purpose
from consent_ledger.witness import AddCheckpoint
from nearside.commands.ledger import ledger
from tests.support.audited import Agency, agency, keys_document, manifest, release
from tests.support.auditing import KEYS, answers, audit
from tests.support.ledger import log_signer


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """An honest agency's ten days."""
    return agency(tmp_path_factory.mktemp("agency"))


def test_an_honest_agency_has_no_findings(honest: Agency, tmp_path: Path) -> None:
    """All twelve hold, status 0."""
    result = audit(honest, "--out", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("12 answered, 0 unknown, 0 with findings (0 in all)\n")
    assert [line[:2].strip() for line in result.stdout.splitlines() if line[4:12] == "ANSWERED"] == [
        str(number) for number in range(1, 13)
    ]


def test_the_three_forms_say_the_same(honest: Agency) -> None:
    """Text, JSON and CSV: the same verdicts, summaries and rows."""
    given = answers(audit(honest, "--format", "json"))
    table = list(csv.DictReader(audit(honest, "--format", "csv").stdout.splitlines()))
    text = audit(honest, "--rows", 0).stdout
    for number, answer in given.items():
        parts = [row for row in table if row["question"] == str(number)]
        whole = {row["field"]: row["value"] for row in parts if row["part"] == "answer"}
        assert whole == {
            "verdict": answer["verdict"], "summary": answer["summary"], "missing": answer["missing"] or "",
        }  # fmt: skip
        cells = [row["value"] for row in parts if row["part"] == "row"]
        assert [cell.removeprefix("'") for cell in cells] == [
            "" if cell is None else str(cell) for row in answer["rows"] for cell in row
        ]
        assert f"{answer['question']}\n    {answer['summary']}\n" in text


def test_every_proof_of_the_report_verifies(honest: Agency, tmp_path: Path) -> None:
    """Each proof against the entry beside it, each file against the list of hashes; for its owner alone."""
    out = tmp_path / "report"
    assert audit(honest, "--out", out).exit_code == 0
    proofs = sorted((out / "proofs").glob("*.tlog-proof"))
    assert len(proofs) == 8
    for proof in proofs:
        line = ["verify", str(proof), "--entry", str(proof.with_suffix(".leaf")), *KEYS]
        result = CliRunner().invoke(ledger, line)
        assert result.exit_code == 0, result.output
    sums = dict(line.split("  ", 1)[::-1] for line in (out / "SHA256SUMS").read_text().splitlines())
    written = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    assert written == {*sums, "SHA256SUMS"}
    assert all(
        hashlib.sha256((out / name).read_bytes()).hexdigest() == digest for name, digest in sums.items()
    )
    assert out.stat().st_mode & 0o077 == 0


def test_consistency_proofs_lead_from_checkpoint_to_checkpoint(honest: Agency, tmp_path: Path) -> None:
    """Each file is what a witness would be sent, and holds."""
    assert audit(honest, "--out", tmp_path / "report").exit_code == 0
    files = sorted((tmp_path / "report" / "consistency").iterdir())
    assert len(files) == 5
    roots = {0: EMPTY_ROOT}
    for name in ("checkpoints/4", "checkpoints/9", "checkpoints/10", "checkpoints/11", "checkpoints/12"):
        point = Checkpoint.parse(Note.from_bytes((honest.copy / name).read_bytes()).text)
        roots[point.size] = point.root
    for file in files:
        request = AddCheckpoint.from_bytes(file.read_bytes())
        new = Checkpoint.parse(request.checkpoint.text)
        verify_consistency(
            request.old, new.size, old_root=roots[request.old], new_root=new.root, proof=request.proof
        )


def test_whether_somebody_had_consented_before_a_release(honest: Agency, tmp_path: Path) -> None:
    """Yes for one who had, no for one who took it back, by index and by the release's hash."""
    released = answers(audit(honest, "--format", "json"))[3]["rows"][0][0]
    files = []
    for name in ("a learn", "b learn"):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_bytes(honest.receipt(name))
    shown = [part for file in files for part in ("--receipt", file)]
    for before in (released, hashlib.sha256(release()).hexdigest()):
        result = audit(honest, "--format", "json", "--purpose", "learn", "--before", before, *shown)
        assert [row[-1] for row in answers(result)[3]["rows"]] == ["yes", "no"]
    result = audit(honest, "--format", "json", "--purpose", "learn", "--before", "ab" * 32, *shown)
    assert result.exit_code == 1
    assert "event-not-logged" in result.stdout


def test_nobodys_history_is_printed_unasked(honest: Agency) -> None:
    """Chains are looked through; rows are there for those who were asked about."""
    assert answers(audit(honest, "--format", "json"))[4]["rows"] == []
    subject = honest.openings["a learn"].record.subject_key.hex()
    rows = answers(audit(honest, "--format", "json", "--subject", subject))[4]["rows"]
    assert [(row[3], row[4]) for row in rows] == [("suggest", "given"), ("learn", "given")]
    assert rows[1][7] == rows[0][2]


def test_what_was_live_is_told_for_any_day(honest: Agency) -> None:
    """The day before the first checkpoint is not known; the day after, the task and its keys are."""
    assert answers(audit(honest, "--format", "json", "--day", "2026-11-01"))[10]["verdict"] == "unknown"
    rows = answers(audit(honest, "--format", "json", "--day", "2026-11-02"))[10]["rows"]
    assert [row[1] for row in rows if row[0] == "task"] == ["riverton-moves-1"]
    assert [row[3] for row in rows if row[:2] == ["keys", "quorum"]] == [2]
    assert ["file", "riverton: loader.js", "cd" * 32] in [[*row[:2], row[3]] for row in rows]


def test_without_the_officers_folder_much_is_unknown_and_nothing_is_found(honest: Agency) -> None:
    """A public copy answers what is public, and says what the rest would need."""
    result = audit(honest, "--format", "json", officer=False)
    verdicts = {number: answer["verdict"] for number, answer in answers(result).items()}
    assert result.exit_code == 0
    assert {number for number, verdict in verdicts.items() if verdict == "unknown"} == {
        2,
        3,
        4,
        5,
        6,
        7,
        9,
        12,
    }
    assert all(answers(result)[number]["missing"] for number in (2, 3, 4, 5, 6, 7, 9))


def test_other_peoples_words_run_nowhere(tmp_path: Path) -> None:
    """An officer's reason can neither be a formula in a spreadsheet nor steer a terminal."""
    made = agency(tmp_path, reason="=HYPERLINK(\x1b[2J)")
    table = list(csv.DictReader(audit(made, "--format", "csv").stdout.splitlines()))
    reason = next(row["value"] for row in table if row["question"] == "9" and row["field"] == "reason")
    assert reason.startswith("'=")
    text = audit(made).stdout
    assert "\x1b" not in text
    assert "\\u001b" in text


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--purpose", "learn"], 2, "--purpose goes with --before"),
        (["--subject", "ab"], 2, "subject: not 32 bytes"),
        (["--before", "x", "--purpose", "learn"], 2, "event: not 32 bytes"),
        (["--day", "yesterday"], 2, "does not match the format"),
        (["--receipt", "missing.json"], 2, "does not exist"),
        (["--format", "xml"], 2, "'xml' is not one of"),
        (["--out", "{report}", "--format", "csv"], 2, "--out writes every format"),
    ],
)
def test_unusable_questions_have_status_2(
    honest: Agency, tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    """One line that says what is wrong, and no report."""
    result = audit(honest, *(each.format(report=tmp_path / "r") for each in arguments))
    assert result.exit_code == status
    assert said in result.stderr
    assert result.stdout == ""


def test_an_unusable_copy_has_status_2_and_a_false_one_status_1(honest: Agency, tmp_path: Path) -> None:
    """No checkpoint, garbage in its place, an inventory that is none; then another log's checkpoint."""
    line = ["audit", str(tmp_path), *KEYS]
    assert CliRunner().invoke(ledger, line).exit_code == 2
    (tmp_path / "checkpoint").write_bytes(b"garbage")
    assert CliRunner().invoke(ledger, line).exit_code == 2
    officer = tmp_path / "officer"
    officer.mkdir()
    (officer / "inventory").write_text("13 13\nnot a hash\n")
    line = ["audit", str(honest.copy), *KEYS, "--officer", str(officer)]
    result = CliRunner().invoke(ledger, line)
    assert (result.exit_code, result.stderr) == (2, "unreadable: inventory: line 2 is no leaf hash\n")
    other = ["audit", str(honest.copy), "--log-key", str(log_signer(seed=9).key)]
    result = CliRunner().invoke(ledger, other)
    assert (result.exit_code, result.stdout) == (1, "")


def test_life_goes_on_while_an_inventory_is_taken(tmp_path: Path) -> None:
    """Consents and erasures after it are no silent deletion; a copy older than it cannot tell."""
    made = agency(tmp_path)
    old = tmp_path / "old"
    shutil.copytree(made.copy, old)
    made.write_inventory(opening.entry() for opening in made.openings.values())
    made.pass_days(1)
    made.publish(made.decide("later", 15, purpose=Purpose.LEARN))
    made.erase("c learn")
    result = audit(made, "--format", "json")
    assert answers(result)[7]["findings"] == []
    assert answers(result)[7]["verdict"] == "answered"
    made.write_inventory(opening.entry() for opening in made.openings.values())
    made.copy = old
    assert answers(audit(made, "--format", "json"))[7]["missing"] == "a copy as new as the inventory"


def test_keys_that_come_back_into_force_are_told(tmp_path: Path) -> None:
    """A list whose leaf is older than another's is in force when the newest bundle names it."""
    other = json.loads(keys_document())
    other["quorum"] = 1
    text = canonical.encode(other)

    def change_back(made: Agency) -> None:
        made.publish(KeysLeaf(hashlib.sha256(text).digest()), documents=(text,))
        made.publish(
            BundleLeaf("riverton", 2, hashlib.sha256(manifest(2)).digest()), documents=(manifest(2),)
        )

    rows = answers(audit(agency(tmp_path, until=change_back), "--format", "json"))[10]["rows"]
    assert [row[3] for row in rows if row[:2] == ["keys", "quorum"]] == [2]


def test_a_report_is_never_written_over(honest: Agency, tmp_path: Path) -> None:
    """A folder with something in it is left alone."""
    (tmp_path / "mine").write_text("mine")
    assert audit(honest, "--out", tmp_path).exit_code == 2
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
