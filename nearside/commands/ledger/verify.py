"""`nearside ledger verify`: check one receipt, offline."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.leaf import hash_of
from consent_ledger.receipt import Receipt
from consent_ledger.record import Gpc
from nearside.commands.ledger.trust import answer, log_key_option, quorum_option, witness_option


@click.command()
@click.argument("receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@log_key_option
@witness_option
@quorum_option
def verify(receipt: Path, log_keys: tuple[str, ...], witnesses: tuple[str, ...], quorum: int) -> None:
    """Check one RECEIPT: its signature, its commitment and its place in the log."""

    def check() -> list[str]:
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=quorum)
        read = Receipt.from_bytes(receipt.read_bytes())
        verify_claims(read.check(trusted))
        record = read.opening.record
        about = record.to_json()
        return [
            "receipt holds",
            f"decision  {record.status.name.lower()}",
            f"purpose   {record.purpose.value}",
            f"browser   {_signal(record.gpc)}",
            f"agency    {record.controller}",
            f"when      {about['dct:created']} (by the device's clock)",
            f"notice    {record.notice_hash.hex()}, version {record.notice_version}, "
            f"{record.notice_language}",
            f"entry     {hash_of(read.leaf).hex()}",
            f"log       {trusted.origin}, entry {read.proof.index}, {quorum} witnesses required",
        ]

    answer(check)


def _signal(gpc: Gpc) -> str:
    match gpc:
        case Gpc.ABSENT:
            return "sent no privacy signal"
        case Gpc.PRESENT:
            return "asked for privacy; the citizen decided by hand"
        case Gpc.APPLIED:
            return "asked for privacy, and that decided"
        case _:
            assert_never(gpc)
