"""What the deployment on one machine keeps, and how it says what is in its way."""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.consent import ConsentAccepted
from nearside.local.stack import local_stack, open_stack
from nearside.settings import Settings
from tests.support import patient
from tests.support.deployed import consent_request, post, wait_for_proof

pytestmark = pytest.mark.stack
NEARSIDE = Path(sys.executable).with_name("nearside")


def test_a_second_start_finds_everything(tmp_path: Path) -> None:
    """Keys, entries, sidecars and checkpoints are there again after an orderly stop."""
    with local_stack(tmp_path) as stack:
        key, agency = stack.ledger_signer().key, stack.signer("AgencyKeyId", "city").key
        answer = post(stack, "/consent/events", consent_request().to_bytes())
        entry = ConsentAccepted.from_bytes(answer.content).entry
        wait_for_proof(stack, entry)
        checkpoint = patient.get(f"{stack.url}/ledger/checkpoint").content
    with local_stack(tmp_path) as stack:
        assert stack.ledger_signer().key == key
        assert stack.signer("AgencyKeyId", "city").key == agency
        assert patient.get(f"{stack.url}/ledger/checkpoint").content == checkpoint
        wait_for_proof(stack, entry)


def test_a_power_cut_costs_nothing_that_was_answered(tmp_path: Path) -> None:
    """Killed right after an answer, MiniStack comes back with its keys and with what it answered."""
    with local_stack(tmp_path) as stack:
        key = stack.ledger_signer().key
        answer = post(stack, "/consent/events", consent_request().to_bytes())
        subprocess.run(["kill", "-KILL", (tmp_path / "ministack.pid").read_text()], check=True)
        entry = ConsentAccepted.from_bytes(answer.content).entry
    with local_stack(tmp_path) as stack:
        assert stack.ledger_signer().key == key
        # The message that would have woken the sequencer may be with the dead: it comes back by the clock.
        stack.invoke("sequence", {})
        wait_for_proof(stack, entry)


def test_a_killed_deployment_loses_nothing_and_leaves_nobody_behind(tmp_path: Path) -> None:
    """Killed without a word, `nearside up` takes its MiniStack with it; what was acknowledged a moment
    before is there at the next start, which waits until the old one has let go of the state."""
    process = subprocess.Popen(
        [NEARSIDE, "up", "--port", "0", "--state", tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[1]
    orphan = int((tmp_path / "ministack.pid").read_text())
    body = consent_request().to_bytes()
    answer = patient.post(f"{url}/consent/events", content=body, headers={"content-type": "application/json"})
    entry = ConsentAccepted.from_bytes(answer.content).entry
    process.kill()
    process.wait()
    with local_stack(tmp_path) as stack:
        assert not is_running(orphan)
        # The message that would have woken the sequencer may be with the dead: it comes back later.
        stack.invoke("sequence", {})
        wait_for_proof(stack, entry)


def test_a_state_whose_ministack_will_not_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever still holds the state could overwrite it later: nothing is started beside it."""
    monkeypatch.setattr("nearside.local.ministack.STOP_S", 0.2)
    with (tmp_path / "ministack.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Refused, match="still stopping"), local_stack(tmp_path):
            pass
    assert not (tmp_path / "ministack.pid").exists()


def is_running(pid: int) -> bool:
    """Say whether the process is there, and not merely waiting for someone to ask how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    """The error names the port and what to do; no folder is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"port: {port} is in use"), local_stack(tmp_path / "s", port=port):
            pass
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("services/dynamodb.json", b'{"half', "services/dynamodb.json is damaged"),
        ("format.json", b"\x00\x01", "format.json is damaged"),
    ],
)
def test_damaged_state_is_said_and_left_alone(
    tmp_path: Path, *, file: str, content: bytes, message: str
) -> None:
    """Starting anew would lose what may still be saved: it is refused, and nothing is changed."""
    (tmp_path / "services").mkdir()
    (tmp_path / file).write_bytes(content)
    with pytest.raises(Malformed, match=message), local_stack(tmp_path):
        pass
    assert (tmp_path / file).read_bytes() == content


def test_state_of_another_version_is_refused(tmp_path: Path) -> None:
    """A newer or older format is not guessed at."""
    (tmp_path / "format.json").write_text('{"v": 2}')
    with pytest.raises(Refused, match="another version"), local_stack(tmp_path):
        pass


def test_one_folder_has_one_owner_and_others_may_join(tmp_path: Path) -> None:
    """A second start is refused; a command joins instead and sees the same tables."""
    with local_stack(tmp_path) as stack:
        with pytest.raises(Refused, match="another process"), local_stack(tmp_path):
            pass
        with open_stack(tmp_path) as joined:
            assert (joined.url, joined.outputs) == (stack.url, stack.outputs)
            assert joined.invoke("sequence", {}) == {"batchItemFailures": []}
    with open_stack(tmp_path) as started:
        assert patient.get(f"{started.url}/health").status_code == 200


@pytest.mark.parametrize("name", ["Site", "Controller"])
def test_who_joins_means_the_deployment_that_runs(tmp_path: Path, name: str) -> None:
    """Whoever names another site or agency than what runs is refused; whoever names neither gets its."""
    named = {"Site": "otherton", "Controller": "otherton.example"}
    with local_stack(tmp_path, parameters=named) as stack:
        with open_stack(tmp_path, parameters=named) as joined:
            assert joined.outputs == stack.outputs
        with open_stack(tmp_path) as joined:
            assert joined.functions["make_release"].variables["SITE"] == "otherton"
            assert joined.functions["record_consent"].variables["CONTROLLER"] == "otherton.example"
        with (
            pytest.raises(Refused, match=f"another {name}"),
            open_stack(tmp_path, parameters={**named, name: "riverton"}),
        ):
            pass


def test_without_ministack_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    """No traceback, no guess: run make setup."""
    settings = replace(Settings.read(), ministack=tmp_path / "none")
    with pytest.raises(Refused, match="make setup"), local_stack(tmp_path, settings=settings):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_stops_cleanly_when_told(tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM end `nearside up` with success, and with it everything that it started."""
    process = subprocess.Popen(
        [NEARSIDE, "up", "--port", "0", "--state", tmp_path / "state"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Serving http://127.0.0.1:")
    url = line.split()[1]
    assert patient.get(f"{url}/health").status_code == 200
    process.send_signal(number)
    said, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert said.endswith("Stopping.\n")
    with pytest.raises(httpx.ConnectError):
        patient.get(f"{url}/health")


def test_up_says_what_is_in_its_way(tmp_path: Path) -> None:
    """One line, exit code 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [NEARSIDE, "up", "--port", port, "--state", tmp_path], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: port: {port} is in use; choose another with --port\n"
