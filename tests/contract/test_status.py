"""Whoever looks after a deployment is told how it is, in words and as JSON, and nothing of anybody."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge_client.wire.consent import ConsentAccepted
from nearside.cli import main
from nearside.local.claims import claimed
from nearside.local.ministack_calls import KEPT
from nearside.local.stack import Stack
from tests.support import patient
from tests.support.deployed import consent_request, post, publish_task, wait_for_proof

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack


def ask(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["status", "--state", str(state), *arguments])


def told(state: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(state, "--json").output)
    return found


def test_calls_entries_bundles_and_queues_are_told(stack: Stack, stack_state: Path) -> None:
    """A call counts within seconds, a failure of it too; the ledger's size is that of its checkpoint."""
    entry = ConsentAccepted.from_bytes(
        post(stack, "/consent/events", consent_request().to_bytes()).content
    ).entry
    wait_for_proof(stack, entry)
    publish_task(stack, "t-status")
    before = stack.functions["health"].calls.so_far()
    no_event: Any = None
    assert stack.functions["health"].invoke(no_event)["statusCode"] == 500
    patient.get(f"{stack.url}/health")
    deadline = time.monotonic() + 30
    while (found := told(stack_state))["functions"]["health"]["calls"] < before.calls + 2:
        assert time.monotonic() < deadline, "the calls were never told"
        time.sleep(0.1)
    assert found["functions"]["health"]["errors"] == before.errors + 1
    assert found["running"]["url"] == stack.url
    assert found["running"]["parameters"]["Site"] == "riverton"
    published = int(patient.get(f"{stack.url}/ledger/checkpoint").text.split("\n")[1])
    assert published >= found["ledger_size"] > 0
    assert (found["ledger"], found["bundles"]["riverton"]) == ("riverton.example/ledger/2026", 1)
    assert found["free_bytes"] > 0 < found["state_bytes"]
    assert found["unsaved"]["services"] == {}
    dead = {queue["name"]: queue["is_dead"] for queue in found["queues"]}
    assert dead["nearside-ledger-wakequeue"] is False
    assert dead["nearside-ledger-wakefailures"] is True
    assert dead["nearside-training-proposefailures"] is True


def test_a_dead_letter_is_seen(stack: Stack, stack_state: Path) -> None:
    """What nobody could handle is counted where an operator looks."""
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="nearside-ledger-publishfailures")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    waiting = {queue["name"]: queue["waiting"] for queue in told(stack_state)["queues"]}
    sqs.purge_queue(QueueUrl=url)
    assert waiting["nearside-ledger-publishfailures"] >= 1


def test_queues_whose_messages_nobody_says_twice_are_marked(stack: Stack) -> None:
    """An order and a dead letter are on disk before they are answered; what merely wakes somebody is not."""
    sqs = stack.client("sqs")
    marked = {
        url.rpartition("/")[2].removeprefix("nearside-")
        for url in sqs.list_queues()["QueueUrls"]
        if KEPT in sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
    }
    wakes = {"ledger-wakequeue", "ledger-publishqueue"}
    assert {"bundles-jobqueue", "ledger-wakefailures", "training-proposefailures"} <= marked
    assert not wakes & marked


def test_words_say_the_same(stack: Stack, stack_state: Path) -> None:
    """One line each, and status 0 while it runs."""
    said = ask(stack_state)
    lines = said.output.splitlines()
    assert (said.exit_code, lines[0]) == (0, f"runs         {stack.url}")
    assert any(line.startswith("function     record_consent: ") for line in lines)
    assert "parameter    Site=riverton" in lines


def test_a_folder_on_which_nothing_runs_has_status_one(tmp_path: Path) -> None:
    """What can be told without it is told; a folder that was never set up is a mistake."""
    assert ask(tmp_path).exit_code == 2
    (tmp_path / "format.json").write_text('{"v": 1}')
    said = ask(tmp_path)
    assert (said.exit_code, said.output.splitlines()[0]) == (1, "runs         no; start it with nearside up")
    assert told(tmp_path)["running"] is None


def test_what_has_not_finished_starting_is_not_said_to_be_off(tmp_path: Path) -> None:
    """Nobody is told to start what starts."""
    with claimed(tmp_path):
        said = ask(tmp_path)
    assert said.exit_code == 1
    assert said.output.splitlines()[0] == "runs         not yet, or not any more: a process holds the folder"
