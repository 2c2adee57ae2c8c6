"""`nearside ledger keys`: the keys in force at a deployment, as the other commands take them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from nearside.commands.deployed import open_set_up, state_option
from nearside.commands.ledger.trust import answer


@click.command()
@state_option
def keys(state: Path) -> None:
    """Print the keys in force at a deployment as options for verify, mirror and audit.

    Whoever checks a log against the keys that it names itself checks no more than that it agrees with itself:
    compare them once with keys that came another way.

    \b
    Example:
      nearside ledger audit copy $(nearside ledger keys)
    """

    def run() -> Iterator[str]:
        # What a deployment needs is slow to load, and asking for help should not be.
        from nearside.deployment import Deployment

        with open_set_up(state) as stack:
            listed = Deployment.of(stack).keys()
        yield from (f"--log-key {key}" for key in listed.log)
        yield from (f"--witness {key}" for key in listed.witnesses)
        yield f"--quorum {listed.quorum}"

    answer(run)
