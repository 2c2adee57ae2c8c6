"""`nearside ledger`: check receipts and copies of the log, offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from consent_ledger.audit import audit as audit_copy
from consent_ledger.audit import verify_growth
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import hash_of
from consent_ledger.receipt import Receipt

FALSE = 1
UNREADABLE = 2

_log_key = click.option(
    "--log-key",
    "log_keys",
    required=True,
    multiple=True,
    metavar="VKEY",
    help="Verifier key of the log; more than one while keys change.",
)
_witness = click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="VKEY",
    help="Verifier key of a witness; may be given more than once.",
)
_quorum = click.option(
    "--quorum",
    default=0,
    show_default=True,
    help="How many of the witnesses must have cosigned.",
)


@click.group()
def ledger() -> None:
    """Check receipts and copies of the consent ledger, offline.

    Exit status: 0 everything holds, 1 something is false, 2 something cannot be read.
    """


@ledger.command()
@click.argument("receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_log_key
@_witness
@_quorum
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
            f"browser   {'asked not to be tracked' if record.gpc else 'sent no privacy signal'}",
            f"agency    {record.controller}",
            f"when      {about['dct:created']} (by the device's clock)",
            f"notice    {record.notice_hash.hex()}, version {record.notice_version}, "
            f"{record.notice_language}",
            f"entry     {hash_of(read.leaf).hex()}",
            f"log       {trusted.origin}, entry {read.proof.index}, {quorum} witnesses required",
        ]

    _answer(check)


@ledger.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_log_key
@_witness
@_quorum
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

    _answer(check)


def _answer(check: Callable[[], list[str]]) -> None:
    """Print what the check found, or why it failed, and leave with the status that says which."""
    try:
        lines = check()
    except Untrue as error:
        click.echo(f"false: {error}", err=True)
        raise SystemExit(FALSE) from None
    except Malformed as error:
        click.echo(f"unreadable: {error}", err=True)
        raise SystemExit(UNREADABLE) from None
    for line in lines:
        click.echo(line)
