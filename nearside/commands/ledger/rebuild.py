"""`nearside ledger rebuild`: the table of a deployed log, from its public files and a copy of before."""

from __future__ import annotations

from collections.abc import Iterator

import click

from consent_ledger.checkpoint import LogKeys
from nearside.commands.ledger.trust import answer, log_key_option


@click.command()
@click.option("--table", required=True, help="The deployment's LedgerTable; what is there is kept.")
@click.option("--bucket", required=True, help="The deployment's LedgerBucket.")
@click.option("--from", "before", help="A table that was restored to a point in time, under another name.")
@log_key_option
def rebuild(table: str, bucket: str, before: str | None, *, log_keys: tuple[str, ...]) -> None:
    """Bring the ledger's table up to the log's files, and take in what still waited in a table of before.

    Every entry with a place is known again, and the head is where the files are: an older head would have
    the log contradict what it signed. Stop the functions that sequence and publish first; docs/deploying.md
    says how. Uses the credentials of the environment, and AWS_REGION. May be called again.

    \b
    Example:
      AWS_REGION=eu-west-1 nearside ledger rebuild --table T --bucket B --from T-restored --log-key "$LOG"
    """
    # AWS's libraries are slow to load, and asking for help should not be.
    from lambdas.shared import clients
    from lambdas.shared.settings import AwsSettings
    from nearside import rebuilt_log
    from nearside.aws_refusals import refused_plainly
    from nearside.ledger_table import RestoredTable, pending_in

    def run() -> Iterator[str]:
        trusted = LogKeys.parse(*log_keys)
        with refused_plainly():
            settings = AwsSettings.read()
            dynamodb = clients.dynamodb(settings)
            storage = RestoredTable(table, bucket, dynamodb_client=dynamodb, s3_client=clients.s3(settings))
            # A copy that cannot be read stops it while nothing is changed yet.
            waited = tuple(pending_in(dynamodb, before)) if before else ()
            done = rebuilt_log.rebuild(storage, waited, trusted=trusted)
        yield f"{done.size} entries have a place, {done.published} of them published"
        yield f"{done.waiting} wait for one"

    answer(run)
