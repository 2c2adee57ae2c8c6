"""`nearside ledger open`: an officer opens consent records, and the log says so."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from consent_ledger.auditing.access import SALT_BYTES, AccessEntry
from consent_ledger.erasure import OFFICERS_COPIES_DAYS
from consent_ledger.errors import Untrue
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from nearside.commands.deployed import open_set_up, state_option
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

    Citizens who have records erased are told that opened ones are kept until the audit ends, for 30 days at
    most: delete them by then. Opened again into the same folder, what was erased since is deleted from it.

    \b
    Example:
      nearside ledger open officer --by "Privacy officer" --reason "yearly audit"
    """

    def run() -> Iterator[str]:
        # What a deployment needs is slow to load, and asking for help should not be.
        from lambdas.shared.erasures import DynamoErasures
        from lambdas.shared.sidecar import KmsSidecars
        from nearside.deployment import Deployment
        from nearside.local.claims import check_set_up
        from nearside.opening import (
            choose,
            forget_erased,
            make_private,
            open_records,
            register_of,
            write_registers,
        )

        wanted = [read_hex(each, HASH_BYTES, noun="entry") for each in named]
        check_set_up(state)
        make_private(out)
        with open_set_up(state) as stack:
            deployment, outputs = Deployment.of(stack), stack.outputs
            sidecars = KmsSidecars(
                outputs["SidecarTable"],
                outputs["SidecarKeyTable"],
                key_id=outputs["SidecarKeyId"],
                dynamodb_client=deployment.dynamodb,
                kms_client=deployment.kms,
            )
            register = DynamoErasures(outputs["ErasureTable"], dynamodb_client=deployment.dynamodb)
            ledger, log = deployment.ledger, deployment.log
            sealed = frozenset(sidecars.sealed())
            # First of all, also when nothing is left to open: an officer must not hold what was erased.
            if forgotten := forget_erased(out, sealed, ledger=ledger):
                yield f"deleted   {forgotten} opened before and erased since"
            entries = choose(sealed, wanted)
            access = AccessEntry(by, reason, entries, int(time.time()), secrets.token_bytes(SALT_BYTES))
            try:
                with progress("Opening", len(entries)) as advance:
                    done = open_records(out, sidecars, access=access, ledger=ledger, log=log, advance=advance)
                written = write_registers(out, register, sidecars, ledger=ledger)
            except BaseException:
                # Also when it was interrupted: whoever stops it half-way should know what is told of it.
                if register_of(out, access).is_file():
                    said = "this opening is in the officer's register, and in the log or on its way there"
                    click.echo(said, err=True)
                raise
        yield f"opened    {done.opened} of {len(entries)} records"
        yield f"logged    {access.nonce.hex()}, before the first was opened"
        if done.gone:
            yield f"erased    {done.gone} in between"
        if written.forgotten:
            yield f"deleted   {written.forgotten} erased in between"
        yield f"erasures  {written.erasures} in the register, {written.unfinished} under way"
        last = datetime.fromtimestamp(access.opened_at, UTC).date() + timedelta(days=OFFICERS_COPIES_DAYS)
        yield f"keep      the opened records until the audit ends, and until {last} at most: then delete them"
        if done.damaged:
            raise Untrue(f"records: {done.damaged} do not open to what the log holds")

    answer(run)
