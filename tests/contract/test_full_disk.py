"""A disk that takes no more: what cannot be kept is not acknowledged, and the process says so and ends."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from edge_client.wire.consent import ConsentAccepted
from nearside.local.ministack import ministack
from nearside.settings import Settings
from tests.support.deployed import consent_request
from tests.support.doomed import client

pytestmark = pytest.mark.stack
NEARSIDE = Path(sys.executable).with_name("nearside")
ROOM = 96 * 1024
FULL = "state: its disk takes no more, so nothing more is acknowledged; make room and start again"


def little_room() -> None:
    """No file of this process may become longer: what is written beyond fails as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))


def test_a_full_disk_ends_the_deployment_and_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """`nearside up` goes on until its journal takes no more; then one sentence, status 2, and no traceback.

    With room again, every record that was answered 202 is there.
    """
    process = subprocess.Popen(
        [NEARSIDE, "up", "--port", "0", "--state", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=little_room,  # no thread of ours runs yet that could hold a lock
    )
    accepted: list[bytes] = []
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        with httpx.Client(base_url=url, timeout=30, headers={"content-type": "application/json"}) as http:
            while process.poll() is None and len(accepted) < 2000:
                try:
                    answer = http.post("/consent/events", content=consent_request().to_bytes())
                except httpx.HTTPError:
                    break
                if answer.status_code != 202:
                    break
                accepted.append(ConsentAccepted.from_bytes(answer.content).entry)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, errors) == (2, f"Error: {FULL}\n")
    assert len(accepted) > 10
    with ministack(Settings.read(), tmp_path) as url:
        pages = (
            client(url, "dynamodb").get_paginator("scan").paginate(TableName="nearside-ledger-sidecartable")
        )
        kept = {bytes.fromhex(item["pk"]["S"]) for page in pages for item in page["Items"]}
    assert set(accepted) <= kept, "an acknowledged record is gone"


def test_an_object_that_cannot_be_kept_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MiniStack alone would answer for an object that it failed to write, until its next start."""
    told: list[str] = []
    ended = threading.Event()

    def died(why: str) -> None:
        told.append(why)
        ended.set()

    popen = subprocess.Popen
    monkeypatch.setattr(
        "nearside.local.ministack.subprocess.Popen",
        lambda *arguments, **options: popen(*arguments, **options, preexec_fn=little_room),
    )
    with ministack(Settings.read(), tmp_path, died=died) as url:
        s3 = client(url, "s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="small", Body=b"kept")
        with pytest.raises(Exception, match=r"closed|reset|connect|HTTP"):
            s3.put_object(Bucket="bucket", Key="large", Body=b"x" * (2 * ROOM))
        assert ended.wait(60)
    monkeypatch.undo()
    assert told == [FULL]
    with ministack(Settings.read(), tmp_path) as url:
        listed = client(url, "s3").list_objects_v2(Bucket="bucket")["Contents"]
        assert [each["Key"] for each in listed] == ["small"]
