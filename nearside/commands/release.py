"""`nearside release`: close a week's batch on this machine's deployment and fetch its release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.release import Release
from lambdas.shared.measurement.periods import week_of
from nearside.local.stack import Stack, open_stack


@click.command("release")
@click.option("--site", required=True, help="Site whose tasks are released.")
@click.option("--period", help="ISO week such as 2026-W47.  [default: the current week]")
@click.option("--task", help="One task.  [default: every task of that week]")
@click.option(
    "--out",
    default=Path("."),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the release files.",
)
@click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the deployment, running or not.",
)
def release(site: str, period: str | None, task: str | None, out: Path, state: Path) -> None:
    """Close a week's batch of contributions and fetch its release.

    A batch is released once: the same week again returns the same file. Contributions that come later are
    refused.
    """
    week = period or week_of(datetime.now(UTC))
    try:
        with open_stack(state, parameters={"Site": site}) as stack:
            written = release_week(stack, week, task=task, out=out)
    except (Malformed, Refused, Untrue) as error:
        raise click.ClickException(str(error)) from error
    for file, made in written:
        click.echo(
            f"{file}: {len(made.cells)} cells, k {made.privacy.k}, {made.privacy.mechanism.value} noise"
        )


def release_week(stack: Stack, week: str, *, task: str | None, out: Path) -> list[tuple[Path, Release]]:
    """Release a week on a running stack, write the files under `out`, and return them.

    Raises `Refused` when nothing could be released, with the first reason.
    """
    event = {"period": week} if task is None else {"period": week, "task": task}
    answer = stack.invoke("make_release", event)
    if not answer["releases"]:
        reasons = [refused["why"] for refused in answer["refused"]]
        raise Refused(reasons[0] if reasons else "release: no task has a batch in that week")
    written = []
    for made in answer["releases"]:
        found = stack.client("s3").get_object(Bucket=stack.outputs["ReleaseBucket"], Key=made["key"])
        data = found["Body"].read()
        file = out / f"{made['task']}-{made['period']}.json"
        out.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        written.append((file, Release.parse(data)))
    return written
