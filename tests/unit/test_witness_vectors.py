"""The vectors of the witness protocol: requests, what is none, and what is answered to whole sessions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import WitnessKey, cosignature_claims
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed
from consent_ledger.note import Note
from consent_ledger.witness import AddCheckpoint
from tests.support.witnesses import AT, witness

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "witness"


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("case", read("requests.json")["requests"], ids=lambda case: case["size"])
def test_a_request_is_read_and_printed_back(case: dict[str, Any]) -> None:
    """Old size, proof and checkpoint, byte for byte."""
    request = AddCheckpoint.from_bytes(case["request"].encode())
    size = Checkpoint.parse(request.checkpoint.text).size
    assert (request.old, len(request.proof), size) == (case["old"], case["hashes"], case["size"])
    assert request.to_bytes() == case["request"].encode()


@pytest.mark.parametrize("case", read("bad_requests.json")["requests"], ids=lambda case: case["why"])
def test_a_request_that_is_none_is_refused(case: dict[str, Any]) -> None:
    """Malformed to whoever reads it, 400 from the witness."""
    with pytest.raises(Malformed):
        AddCheckpoint.from_bytes(case["request"].encode())
    assert witness().add_checkpoint(case["request"].encode()).status == 400


@pytest.mark.parametrize("case", read("sessions.json")["sessions"], ids=lambda case: case["why"])
def test_a_session_is_answered_as_it_was(case: dict[str, Any]) -> None:
    """Status by status; sizes and cosignatures to the byte, and each cosignature verifies."""
    keys = read("sessions.json")["keys"]
    ours, key = witness(), WitnessKey.parse(keys["witness"])
    assert (ours.key, LogKeys.parse(keys["log"])) == (key, ours.logs[LogKeys.parse(keys["log"]).origin])
    for step in case["steps"]:
        answer = ours.add_checkpoint(step["request"].encode())
        assert answer.status == step["status"]
        if answer.status in (200, 409):
            assert (answer.body.decode(), answer.content_type) == (step["body"], step["type"])
        if answer.status == 200:
            text = AddCheckpoint.from_bytes(step["request"].encode()).checkpoint.text
            (claim,) = cosignature_claims(Note.from_bytes(text.encode() + b"\n" + answer.body), key)
            verify_claims((claim,))
            assert claim.message.startswith(b"cosignature/v1\ntime %d\n" % AT)


def test_every_status_has_a_session() -> None:
    """Nothing that the specification asks for is left without a vector."""
    sessions = read("sessions.json")["sessions"]
    assert {step["status"] for session in sessions for step in session["steps"]} == {
        200, 400, 403, 404, 409, 422,
    }  # fmt: skip
