"""`nearside preview`: a link that opens to what was asked for, and one line where it cannot be made."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger.ed25519 import verify_claims
from consent_ledger.note import VerifierKey
from edge_client.preview.token import FRAGMENT, Preview, note_of
from nearside.commands.preview import preview

PAGE = "https://smallville.example/parking"
PERSONAS = Path(__file__).resolve().parent.parent.parent / "demo/agency/personas.json"


def run(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(preview, ["--key", str(folder / "editors.key"), *options])


def key(folder: Path) -> VerifierKey:
    """Make the key; return the half that the tag names."""
    made = run(folder, "--new-key", "smallville.example/previews")
    assert made.exit_code == 0
    return VerifierKey.parse(made.output.removeprefix('data-preview-key="').removesuffix('"\n'))


def test_a_link_opens_to_what_was_asked_for(tmp_path: Path) -> None:
    """Persona, clock, place and variant; signed by the key that the tag is to name."""
    signer = key(tmp_path)
    assert stat.S_IMODE((tmp_path / "editors.key").stat().st_mode) == 0o600
    asked = ("--persona", "business", "--at", "2027-04-05T09:00", "--place", "ward:b", "--place", "ward:a")
    done = run(
        tmp_path, PAGE, "--site", "smallville", "--personas", str(PERSONAS), *asked, "--variant", "trial"
    )
    assert done.exit_code == 0
    address, _, _ = done.output.partition("#")
    assert address == PAGE
    note = note_of(done.output.strip().removeprefix(PAGE))
    verify_claims(note.claims((signer,)))
    said = Preview.parse(note.text)
    assert (said.site, said.at, said.codes) == ("smallville", "2027-04-05T09:00", ("ward:a", "ward:b"))
    assert said.persona.name == "business"
    assert said.persona.looks[0] == ("/business/start", 2880)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((PAGE,), "PAGE and --site are needed"),
        ((PAGE + "#main", "--site", "smallville"), "nothing behind a #"),
        (("/parking", "--site", "smallville"), "http or https"),
        ((PAGE, "--site", "smallville", "--persona", "business"), "--personas says who that is"),
        ((PAGE, "--site", "smallville", "--personas", str(PERSONAS), "--persona", "x"), "personas are"),
        ((PAGE, "--site", "smallville", "--place", "the north"), "codes"),
        ((PAGE, "--site", "Small Ville"), "site"),
    ],
)
def test_what_makes_no_link_is_said_in_one_line(tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    """And no link is printed."""
    key(tmp_path)
    done = run(tmp_path, *options)
    assert done.exit_code == 2
    assert why in done.output
    assert len(done.output.splitlines()) == 1
    assert FRAGMENT not in done.output


def test_a_file_that_is_no_json_is_told_by_its_name(tmp_path: Path) -> None:
    """As any other file is."""
    key(tmp_path)
    (tmp_path / "personas.json").write_text(json.dumps({"v": 1})[:-1])
    done = run(tmp_path, PAGE, "--site", "smallville", "--personas", str(tmp_path / "personas.json"))
    assert done.exit_code == 2
    assert done.output.startswith("Error: --personas: personas: not JSON")
