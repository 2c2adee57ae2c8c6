"""`nearside release`: close a week's batch on this machine's deployment and fetch its release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from consent_ledger.errors import Refused
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.release import Release
from lambdas.shared.measurement.periods import due, first_day
from nearside.commands.deployed import controller_option, open_set_up, parameters_of, state_option
from nearside.commands.files import unusable
from nearside.local.stack import Stack


@click.command("release")
@click.option("--site", required=True, help="Site whose tasks are released.")
@click.option(
    "--period", help="ISO week such as 2026-W47.  [default: the last one that takes no more contributions]"
)
@click.option("--now", "early", is_flag=True, help="Close also a week that may get contributions still.")
@click.option("--task", help="One task.  [default: every announced task]")
@click.option(
    "--out",
    default=Path("."),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the release files.",
)
@state_option
@controller_option
def release(
    site: str,
    period: str | None,
    *,
    early: bool,
    task: str | None,
    out: Path,
    state: Path,
    controller: str | None,
) -> None:
    """Close a week's batch of contributions and fetch its release.

    A batch is released once: the same week again returns the same file. Contributions that come later are
    refused, and so is a week that still takes some, unless --now is given.
    """
    with unusable():
        now = datetime.now(UTC)
        week = default_week(now) if period is None else period
        first_day(week)
        if not early:
            check_over(week, now)
        with open_set_up(state, parameters=parameters_of(site, controller)) as stack:
            written = release_week(stack, week, task=task, out=out)
    for file, made in written:
        click.echo(
            f"{file}: {len(made.cells)} cells, k {made.privacy.k}, {made.privacy.mechanism.value} noise"
        )


def default_week(now: datetime) -> str:
    """Return the last week that takes no more contributions: closing one that does would turn some away."""
    (week,) = due(at=now, weeks=1)
    return week


def check_over(week: str, now: datetime) -> None:
    """Raise `Refused` for a week to which contributions may come after this moment."""
    if week > default_week(now):
        raise Refused(f"release: {week} may get contributions still; --now closes it and turns them away")


def release_week(stack: Stack, week: str, *, task: str | None, out: Path) -> list[tuple[Path, Release]]:
    """Release a week on a running stack, write the files under `out`, and return them.

    Raises `Refused` when nothing could be released, with the first reason.
    """
    event = {"period": week} if task is None else {"period": week, "task": task}
    answer = stack.invoke("make_release", event)
    if not answer["releases"]:
        reasons = [refused["why"] for refused in answer["refused"]]
        raise Refused(reasons[0] if reasons else f"release: no task is announced for {week}")
    written = []
    for made in answer["releases"]:
        found = stack.client("s3").get_object(Bucket=stack.outputs["ReleaseBucket"], Key=made["key"])
        data = found["Body"].read()
        file = out / f"{made['task']}-{made['period']}.json"
        replace_file(file, data)
        written.append((file, Release.parse(data)))
    return written
