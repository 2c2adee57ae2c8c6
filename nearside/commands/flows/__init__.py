"""`nearside flows`: branching questions, from what an author or another format says to a bundle's file."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "check": "Look for mistakes in flows, and write them for the next bundle.",
    "convert": "Make a flow of another format's files.",
}


@click.group("flows", cls=lazy_group("nearside.commands.flows", _COMMANDS))
def flows() -> None:
    """Branching questions that devices ask and resolve by themselves."""
