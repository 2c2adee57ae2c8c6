"""Each thing that a deployment needs is looked at; what is in its way is said with its remedy."""

from __future__ import annotations

import resource
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from nearside.cli import main
from nearside.local.doctor import (
    Finding,
    Verdict,
    examine,
    judge_chromium,
    judge_clock,
    judge_disk,
    judge_files,
    judge_node,
    judge_packages,
    judge_python,
)
from nearside.settings import Settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PINS = """
click==8.3.1 \\
    --hash=sha256:00
botocore[crt]==1.40.2 ; python_full_version >= '3.11' \\
    --hash=sha256:11
winonly==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:22
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:33
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:44
"""
INSTALLED = {"click": "8.3.1", "botocore": "1.40.2", "numpy": "2.4.6"}


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (judge_python((3, 11)), Verdict.FINE),
        (judge_python((3, 10)), Verdict.BLOCKS),
        (judge_node("v20.0.0"), Verdict.FINE),
        (judge_node("v18.19.1"), Verdict.BLOCKS),
        (judge_node(None), Verdict.BLOCKS),
        (judge_chromium(Path("/usr/bin/chromium")), Verdict.FINE),
        (judge_chromium(None), Verdict.WARNS),
        (judge_disk(6 * 1024**3), Verdict.FINE),
        (judge_disk(2 * 1024**3), Verdict.WARNS),
        (judge_disk(1024**3 - 1), Verdict.BLOCKS),
        (judge_files(1024), Verdict.FINE),
        (judge_files(resource.RLIM_INFINITY), Verdict.FINE),
        (judge_files(256), Verdict.BLOCKS),
        (judge_clock(NOW, newest=None), Verdict.FINE),
        (judge_clock(NOW, newest=NOW + timedelta(seconds=30)), Verdict.FINE),
        (judge_clock(NOW, newest=NOW + timedelta(hours=1)), Verdict.BLOCKS),
        (judge_clock(datetime(1970, 1, 1, tzinfo=UTC), newest=None), Verdict.BLOCKS),
        (judge_packages("main.txt", PINS, INSTALLED.get), Verdict.FINE),
        (judge_packages("main.txt", PINS, {**INSTALLED, "click": "8.0"}.get), Verdict.WARNS),
        (judge_packages("main.txt", PINS, {**INSTALLED, "numpy": "2.5.5"}.get), Verdict.FINE),
        (judge_packages("main.txt", PINS, {**INSTALLED, "numpy": "2.3.0"}.get), Verdict.WARNS),
        (judge_packages("main.txt", PINS, {"botocore": "1.40.2"}.get), Verdict.WARNS),
        (judge_packages("main.txt", PINS, {**INSTALLED, "botocore": "1.0"}.get), Verdict.WARNS),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(finding: Finding, verdict: Verdict) -> None:
    """A remedy is there exactly where something is wrong."""
    assert finding.verdict is verdict
    assert bool(finding.remedy) is (verdict is not Verdict.FINE)


def test_pins_of_other_machines_are_not_missed() -> None:
    """The first is named, the others counted; one with a marker may be for another machine."""
    assert judge_packages("main.txt", PINS, {}.get).said == "click is missing and not 8.3.1"
    installed = {"click": "8.0", "winonly": "2.0"}.get
    assert judge_packages("main.txt", PINS, installed).said == "click is 8.0 and not 8.3.1 and 1 more"


def found(state: Path, port: int = 0) -> dict[str, Finding]:
    return {
        each.about: each
        for each in examine(state, port=port, settings=Settings.read(), now=datetime.now(UTC))
    }


def test_a_fresh_machine_is_fine_and_nothing_is_made(tmp_path: Path) -> None:
    """No folder, no state: nothing to mend, and nothing is left behind."""
    state = tmp_path / "none"
    assert found(state)["state"].verdict is Verdict.FINE
    assert not state.exists()


def test_a_port_in_use_blocks(tmp_path: Path) -> None:
    """Whoever has it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finding = found(tmp_path, taken.getsockname()[1])["port"]
    assert (finding.verdict, "--port" in finding.remedy) == (Verdict.BLOCKS, True)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("format.json", b"\x00"),
        ("format.json", b'{"v": 99}'),
        ("schedules.json", b'{"half'),
        ("services/kms.json", b'{"half'),
        ("services/kms.json", b'{"__nearside_sha256__": "' + b"0" * 64 + b'", "payload": {}}'),
    ],
)
def test_a_damaged_state_blocks_and_is_left_alone(tmp_path: Path, file: str, content: bytes) -> None:
    """It is read and judged as a start would, and not changed."""
    (tmp_path / "services").mkdir()
    (tmp_path / "format.json").write_text('{"v": 1}')
    (tmp_path / file).write_bytes(content)
    assert found(tmp_path)["state"].verdict is Verdict.BLOCKS
    assert (tmp_path / file).read_bytes() == content


def test_a_folder_of_somebody_else_blocks(tmp_path: Path) -> None:
    """As it would stop a start, and with the same remedy."""
    (tmp_path / "holiday.jpg").write_text("theirs")
    finding = found(tmp_path)["state"]
    assert (finding.verdict, finding.remedy) == (Verdict.BLOCKS, "name a new one with --state")
    assert [each.name for each in tmp_path.iterdir()] == ["holiday.jpg"]


def test_without_ministack_nothing_can_be_served(tmp_path: Path) -> None:
    """It is told how to get it."""
    settings = replace(Settings.read(), ministack=tmp_path / "none")
    findings = {each.about: each for each in examine(tmp_path, port=0, settings=settings, now=NOW)}
    assert findings["ministack"].verdict is Verdict.BLOCKS
    assert "make setup" in findings["ministack"].remedy


def test_the_command_fails_where_something_blocks(tmp_path: Path) -> None:
    """One line a finding, one a remedy, and status 1."""
    (tmp_path / "format.json").write_text("?")
    done = CliRunner().invoke(main, ["doctor", "--state", str(tmp_path), "--port", "0"])
    assert done.exit_code == 1
    assert "blocks   state: format.json is damaged\n         restore it" in done.output


def test_a_demo_without_a_browser_says_so_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the remedy, status 2; no state is made."""
    monkeypatch.setattr("nearside.settings.shutil.which", lambda name: None)
    state = tmp_path / "state"
    done = CliRunner().invoke(main, ["demo", "--headless", "--port", "0", "--state", str(state)])
    assert done.exit_code == 2
    assert "chromium: not found; run make chromium, or name one in NEARSIDE_CHROMIUM" in done.output
    assert not state.exists()
