"""`nearside alerts`: what citizens are warned of, from feeds to every page."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "areas": "Make the list of areas that citizens choose from.",
    "publish": "Sign what feeds say now, and make it live.",
}


@click.group(cls=lazy_group("nearside.commands.alerts", _COMMANDS))
def alerts() -> None:
    """Publish alerts that each device matches with its own place.

    Everybody fetches the same file; where somebody is never leaves their device.
    """
