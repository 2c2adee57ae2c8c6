"""`nearside demo`: the main job, end to end, with a fictional city."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from edge_client.ports import Unreachable
from nearside.commands.files import Unusable, unusable
from nearside.commands.stopping import saying_so, until_told_to_stop
from nearside.local.stack import local_stack
from nearside.settings import Settings


@click.command("demo")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that outlives a restart.",
)
@click.option("--headless", is_flag=True, help="Play the story in a headless Chromium, then stop.")
@click.option(
    "--out",
    default=Path("build/demo"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where transcript and screenshots of --headless go.",
)
@click.option("--devices", default=200, show_default=True, type=click.IntRange(1, 5000))
def demo(port: int, state: Path, headless: bool, out: Path, devices: int) -> None:
    """Set a fictional city up, learn, publish, let devices contribute, learn again; then serve it.

    Public data sets are used where they are found; NEARSIDE_DATA names their folder. A demo that was stopped
    goes on where it was when it is started again on the same folder.
    """
    from demo.officer import visit
    from demo.play import play, preview_link, stage_on, tell_addresses
    from demo.story import tell_story

    settings = Settings.read()
    if headless and settings.chromium is None:
        raise Unusable("chromium: not found; run make chromium, or name one in NEARSIDE_CHROMIUM")
    console = Console(record=True, width=110) if headless else Console()
    data = settings.data
    with unusable(), until_told_to_stop(), local_stack(state, port=port) as stack, saying_so(), going_on():
        play(stack, work=state / "demo", console=console, data=data, devices=devices)
        if headless:
            out.mkdir(parents=True, exist_ok=True)
            tell_story(stack.url, preview=preview_link(stack), out=out, console=console)
            (out / "transcript.txt").write_text(console.export_text())
            visit(stage_on(stack, work=state / "demo", console=console))
            console.print(f"Transcript and screenshots are in {out}.")
            return
        tell_addresses(stack, console)
        stack.trouble.wait()


@contextmanager
def going_on() -> Iterator[None]:
    """Say in one line that a server did not answer: what was done is kept, and goes on from there."""
    try:
        yield
    except Unreachable as error:
        raise click.ClickException(f"demo: {error}; run it again, it goes on where it was") from error
