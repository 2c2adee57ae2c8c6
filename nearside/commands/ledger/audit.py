"""`nearside ledger audit`: check a copy of the log, offline."""

from __future__ import annotations

from pathlib import Path

import click

from consent_ledger.audit import audit as audit_copy
from consent_ledger.audit import verify_growth
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed
from nearside.commands.ledger.trust import answer, log_key_option, quorum_option, witness_option


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@log_key_option
@witness_option
@quorum_option
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint kept from another day: the copy must continue it.",
)
def audit(
    folder: Path, log_keys: tuple[str, ...], witnesses: tuple[str, ...], quorum: int, since: Path | None
) -> None:
    """Check a copied FOLDER of the log: checkpoint against tiles against entries."""

    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    def check() -> list[str]:
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=quorum)
        checkpoint = read("checkpoint")
        if checkpoint is None:
            raise Malformed("audit: the folder holds no checkpoint")
        report, claims = audit_copy(read, checkpoint, trusted=trusted)
        verify_claims(claims)
        lines = [
            "log holds",
            f"log       {report.checkpoint.origin}, {quorum} witnesses required",
            f"entries   {report.checkpoint.size}",
            f"root      {report.checkpoint.root.hex()}",
            *(f"{kind:<13} {count}" for kind, count in report.kinds.items()),
            f"consent records that can no longer be opened  {report.erased}",
        ]
        if since is not None:
            earlier = since.read_bytes()
            verify_claims(verify_growth(read, earlier, later=report.checkpoint, trusted=trusted))
            lines.append("append-only since the earlier checkpoint")
        return lines

    answer(check)
