"""`nearside ledger`: everything that can be done with the consent ledger from a terminal."""

from __future__ import annotations

import click

from nearside.commands.ledger.audit import audit
from nearside.commands.ledger.verify import verify


@click.group()
def ledger() -> None:
    """Keep, check and audit the consent ledger.

    Exit status: 0 everything holds, 1 something is false, 2 something cannot be read or used.
    """


ledger.add_command(audit)
ledger.add_command(verify)
