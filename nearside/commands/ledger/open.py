"""`nearside ledger open`: an officer opens consent records, and the log says so."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.auditing.access import SALT_BYTES, AccessEntry
from consent_ledger.errors import Refused, Untrue
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from nearside.commands.deployed import state_option
from nearside.commands.ledger.progress import progress
from nearside.commands.ledger.trust import answer


@click.command("open")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@state_option
@click.option("--by", required=True, help="Who opens; kept in the officer's register, not in the log.")
@click.option("--reason", required=True, help="Why; kept in the officer's register, not in the log.")
@click.option("--entry", "named", multiple=True, metavar="HEX", help="Leaf hash; repeatable.  [default: all]")
def open(out: Path, *, state: Path, by: str, reason: str, named: tuple[str, ...]) -> None:
    """Open an agency's own copy of consent records into the officer's folder OUT.

    The log gets an entry that says how many are opened, before the first one is. OUT gets the records, who
    opened them and why, the register of erasures, and an inventory of what can still be opened: what
    "nearside ledger audit --officer OUT" reads. It is private, and none of it is ever published.

    \b
    Example:
      nearside ledger open officer --by "Privacy officer" --reason "yearly audit"
    """

    def run() -> Iterator[str]:
        # What a deployment needs is slow to load, and asking for help should not be.
        from lambdas.shared.erasures import DynamoErasures
        from lambdas.shared.sidecar import KmsSidecars
        from nearside.deployment import Deployment
        from nearside.local.stack import open_stack
        from nearside.opening import check_private, choose, open_records, sealed_entries, write_registers

        wanted = [read_hex(each, HASH_BYTES, noun="entry") for each in named]
        check_private(out)
        with open_stack(state) as stack:
            deployment, outputs = Deployment.of(stack), stack.outputs
            boxes = outputs["SidecarTable"]
            entries = choose(sealed_entries(deployment.dynamodb, boxes), wanted)
            access = AccessEntry(by, reason, entries, int(time.time()), secrets.token_bytes(SALT_BYTES))
            sidecars = KmsSidecars(
                boxes,
                outputs["SidecarKeyTable"],
                key_id=outputs["SidecarKeyId"],
                dynamodb_client=deployment.dynamodb,
                kms_client=deployment.kms,
            )
            try:
                with progress("Opening", len(entries)) as advance:
                    done = open_records(out, sidecars, access=access, log=deployment.log, advance=advance)
                register = DynamoErasures(outputs["ErasureTable"], dynamodb_client=deployment.dynamodb)
                sealed = sealed_entries(deployment.dynamodb, boxes)
                erasures = write_registers(out, register, sealed, size=done.size)
            except (Refused, Untrue, OSError):
                click.echo(
                    "This opening is in the officer's register, and in the log or on its way there.", err=True
                )
                raise
        yield f"opened    {done.opened} of {len(entries)} records"
        yield f"logged    {access.nonce.hex()}, before the first was opened"
        if done.gone:
            yield f"erased    {done.gone} in between"
        yield f"erasures  {erasures} in the register"
        if done.damaged:
            raise Untrue(f"records: {done.damaged} do not open to what the log holds")

    answer(run)
