"""`nearside up`: the whole product on one machine, until Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType

import click

from consent_ledger.errors import Malformed, Refused, Untrue
from nearside.local.stack import local_stack


@click.command("up")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that outlives a restart; give the same one to find everything again.",
)
@click.option("--site", default="riverton", show_default=True, help="Short name of the site.")
def up(port: int, state: Path, site: str) -> None:
    """Serve the whole product on this machine.

    Routes, functions, tables, queues and schedules are those of template.yaml; AWS is played by MiniStack.
    Stop with Ctrl-C.
    """
    with told_to_stop() as stop:
        try:
            with local_stack(state, port=port, parameters={"Site": site}) as stack:
                click.echo(f"Serving {stack.url} with state in {state}. Stop with Ctrl-C.")
                click.echo(f"Ledger key: {stack.ledger_signer().key}")
                stop.wait()
                click.echo("Stopping.")
        except (Malformed, Refused, Untrue) as error:
            raise click.ClickException(str(error)) from error


@contextmanager
def told_to_stop() -> Iterator[Event]:
    """Yield what is set by Ctrl-C and by SIGTERM, and restore what they did before."""
    stop = Event()

    def tell(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
