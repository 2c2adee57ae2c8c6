"""MiniStack for tests: one process for the whole session, started when a test first asks for it.

A test module that wants it names this file in `pytest_plugins`. Nothing is kept between sessions.
"""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from nearside.local.ministack import free_port

PROGRAM = Path(__file__).resolve().parent.parent.parent / ".venv-ministack" / "bin" / "ministack"
REGION = "eu-west-1"
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class MiniStack:
    """A running MiniStack, at a loopback address."""

    url: str

    def client(self, service: str) -> Any:
        """A boto3 client of its own session, for any service."""
        session = boto3.session.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
        )
        config = Config(
            retries={"mode": "standard", "max_attempts": 4},
            max_pool_connections=64,
            s3={"addressing_style": "path"},
        )
        return session.client(service, endpoint_url=self.url, config=config)

    def table(self, *keys: str) -> str:
        """A new DynamoDB table with these string keys (partition, then sort), billed by request."""
        name = f"test-{uuid.uuid4()}"
        self.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def bucket(self) -> str:
        """A new S3 bucket."""
        name = f"test-{uuid.uuid4()}"
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """MiniStack for the whole session."""
    if not PROGRAM.exists():
        pytest.skip("MiniStack is not installed: run make setup")
    with running_ministack(tmp_path_factory.mktemp("ministack")) as running:
        yield running


@contextmanager
def running_ministack(
    folder: Path, *, program: tuple[str | Path, ...] = (PROGRAM,), **environment: str
) -> Iterator[MiniStack]:
    """MiniStack as a subprocess on a free loopback port; stopped by its process id at the end."""
    port = free_port()
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        # These two would listen on every interface, whatever BIND_HOST says.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        **environment,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*map(str, program)], env=variables, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url, folder / "log")
        yield MiniStack(url)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"MiniStack stopped while starting: {log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{url}/_ministack/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("MiniStack did not become ready in time")
