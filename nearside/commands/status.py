"""`nearside status`: how the deployment on one machine is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nearside.commands.deployed import state_option
from nearside.commands.files import unusable

if TYPE_CHECKING:
    from nearside.local.status import Status

_MIB = 1024 * 1024


@click.command("status")
@state_option
@click.option("--json", "as_json", is_flag=True, help="Print the same as one JSON object.")
def status(state: Path, *, as_json: bool) -> None:
    """Say how the deployment on this machine is: where it answers, what was called, what waits.

    Calls are sums since it started, and what failed or answered with a status of 500 or more. Status 1 where
    nothing runs on the folder.
    """
    from nearside.local.status import status_of

    with unusable():
        found = status_of(state)
    if as_json:
        click.echo(json.dumps({"state": str(state), **found.to_json()}))
    else:
        for line in _said(state, found):
            click.echo(line)
    if found.running is None:
        raise SystemExit(1)


def _said(state: Path, found: Status) -> Iterator[str]:
    if found.running:
        yield f"runs         {found.running.url}"
    elif found.is_held:
        yield "runs         not yet, or not any more: a process holds the folder"
    else:
        yield "runs         no; start it with nearside up"
    yield f"state        {state}: {found.state_bytes / _MIB:,.1f} MiB"
    yield f"disk         {found.free_bytes / _MIB:,.0f} MiB are free"
    if found.ledger is None:
        yield "ledger       nothing was published yet"
    else:
        yield f"ledger       {found.ledger}: {found.ledger_size:,} entries"
    for site, version in found.bundles.items():
        yield f"bundle       {site}: version {version}"
    if found.running is None:
        return
    if found.unsaved and found.unsaved.services:
        yield f"unsaved      {found.unsaved}"
    for name, called in sorted(found.functions.items()):
        yield (
            f"function     {name}: {called.calls:,} calls, {called.errors:,} errors, "
            f"{called.throttled:,} refused, last {called.last_ms:,} ms"
        )
    for queue in found.queues:
        what = "dead letters" if queue.is_dead else "queue"
        yield f"{what:12} {queue.name}: {queue.waiting:,} waiting, {queue.taken:,} taken"
    for name, value in sorted(found.running.parameters.items()):
        # Those that name nothing say nothing; --json has them all.
        if value not in ("", "none"):
            yield f"parameter    {name}={value}"
