"""`nearside ledger open`: what is said when an opening fails, by how far it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

import lambdas.shared.sidecar
import nearside.deployment
import nearside.local.stack
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import AuditAccessLeaf, Leaf
from consent_ledger.sidecar import MemorySidecars
from consent_ledger.storage.memory import MemoryStorage
from nearside.commands.ledger import ledger
from tests.support.ledger import opening

TOLD = "this opening is in the officer's register, and in the log or on its way there"


class FailingLog:
    """A deployment whose log fails as it is told to, and keeps what it was asked to hold."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.asked: list[Leaf] = []
        self.dynamodb = self.kms = None
        self.ledger = MemoryStorage()

    def log(self, leaves: tuple[Leaf, ...]) -> str:
        self.asked += leaves
        raise self.error


def open_with(
    deployment: FailingLog, out: Path, monkeypatch: pytest.MonkeyPatch, *, wanted: bytes | None = None
) -> Result:
    kept, sidecars = opening(), MemorySidecars()
    sidecars.put(kept.entry(), kept)

    @contextmanager
    def joined(_: Path, **__: object) -> Iterator[SimpleNamespace]:
        names = ("SidecarTable", "SidecarKeyTable", "SidecarKeyId", "ErasureTable")
        yield SimpleNamespace(outputs=dict.fromkeys(names, "name"))

    (out.parent / "format.json").write_text('{"v": 1}')
    monkeypatch.setattr(nearside.local.stack, "open_stack", joined)
    monkeypatch.setattr(nearside.deployment.Deployment, "of", lambda _: deployment)
    monkeypatch.setattr(lambdas.shared.sidecar, "KmsSidecars", lambda *_, **__: sidecars)
    asked = ("--by", "the officer", "--reason", "an audit", "--entry", (wanted or kept.entry()).hex())
    return CliRunner().invoke(ledger, ["open", str(out), "--state", str(out.parent), *asked])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("ledger: slow"), 2),
        (Untrue("ledger: forked"), 1),
        (Malformed("tlog-proof: none"), 2),
        (OSError(5, "Input/output error"), 2),
        (RuntimeError("anything else"), 1),
        (KeyboardInterrupt(), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_opening_that_fails_once_it_is_written_down_says_so(
    error: BaseException, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stopped it, an interruption included: the register has it, and the log was asked."""
    deployment = FailingLog(error)
    result = open_with(deployment, tmp_path / "officer", monkeypatch)
    assert result.exit_code == status
    assert TOLD in result.stderr.splitlines()
    (file,) = (tmp_path / "officer" / "accesses").iterdir()
    access = AccessEntry.from_bytes(file.read_bytes())
    assert deployment.asked == [AuditAccessLeaf(1, access.nonce)]
    assert not (tmp_path / "officer" / "openings").exists()


def test_an_opening_that_was_never_written_down_says_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register cannot be written, or there is nothing to open: nothing is asked of the log either."""
    deployment = FailingLog(Refused("ledger: slow"))
    blocked = tmp_path / "blocked"
    blocked.mkdir(mode=0o700)
    (blocked / "accesses").touch()
    for result in (
        open_with(deployment, blocked, monkeypatch),
        open_with(deployment, tmp_path / "officer", monkeypatch, wanted=bytes(32)),
    ):
        assert result.exit_code == 2
        assert TOLD not in result.output
        assert len(result.stderr.splitlines()) == 1
    assert deployment.asked == []
