"""`nearside ledger erase`: have an agency destroy its copy of consent records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.auditing.timeline import shown
from consent_ledger.erasure import OFFICERS_COPIES_DAYS, Erasure, Remains
from consent_ledger.errors import Refused
from consent_ledger.receipt import MAX_RECEIPT_BYTES, Receipt
from consent_ledger.storage.whole_file import read_at_most
from nearside.commands.ledger.trust import answer
from nearside.erasure_request import ask, requests_for, salt_in

_REMAINS = {
    Remains.PUBLIC_ENTRIES: "the entries in the public log, which the agency can no longer open",
    Remains.RECEIPTS: "the receipts that you keep, which still prove",
    Remains.ERASURE_REGISTER: "a line in the agency's register: how many records, and when",
    Remains.TOMBSTONES: "the hash of each entry, marked as destroyed",
    Remains.FUNCTION_LOGS: "logs of the agency's functions, without anything of what was sent",
    Remains.OFFICERS_COPIES: (
        "copies that a privacy officer opened before, if any: deleted when the audit ends, "
        f"after {OFFICERS_COPIES_DAYS} days at most"
    ),
    Remains.BACKUPS: "backups, until their time is over",
}


@click.command()
@click.argument("url")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RECEIPT...",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(url: str, files: tuple[Path, ...], *, yes: bool) -> None:
    """Have the agency whose site is at URL destroy its copy of the records in RECEIPTs.

    The receipts are the authority: whoever holds them knows what nobody else does. Whoever erases keeps
    them; they go on proving what was decided. Shows every entry, and asks before it sends anything.

    \b
    Example:
      nearside ledger erase https://riverton.example receipt-1.json receipt-2.json
    """

    def run() -> Iterator[str]:
        receipts = [_read(file) for file in files]
        for receipt in receipts:
            record = receipt.opening.record
            entry, _ = salt_in(receipt)
            click.echo(f"{entry.hex()}  {record.status.name.lower()} {record.purpose.value}", err=True)
        salts = dict(salt_in(receipt) for receipt in receipts)
        question = f"Destroy the agency's copy of {_records(len(salts))}?"
        if not yes and not click.confirm(question, err=True):
            raise Refused("erasure: not asked for")
        for request in requests_for(salts):
            done = ask(url, request)
            yield from _said(done.entry, done.erasure)

    answer(run)


def _said(entry: bytes, erasure: Erasure) -> Iterator[str]:
    yield f"destroyed {_records(erasure.count)}"
    yield f"asked     {shown(erasure.requested_at)}"
    yield f"done      {shown(erasure.completed_at)}"
    if erasure.backup_horizon_days:
        yield f"backups   gone after {erasure.backup_horizon_days} days"
    else:
        yield "backups   none are kept"
    yield f"entry     {entry.hex()}"
    for kind in erasure.remains:
        yield f"remains   {_REMAINS[kind]}"


def _read(file: Path) -> Receipt:
    return Receipt.from_bytes(read_at_most(file, MAX_RECEIPT_BYTES, noun="receipt"))


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
