"""`nearside ledger`: everything that can be done with the consent ledger from a terminal."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "append": "Add entries to a log in a folder, and publish it.",
    "attach": "Add witnesses' cosignatures to the published checkpoint.",
    "audit": "Check a copy of the log, offline.",
    "erase": "Have the agency destroy its copy of consent records.",
    "init": "Make a new log in a folder, and the key that signs it.",
    "keys": "Print the keys in force at a deployment, as options for the others.",
    "mirror": "Copy the public part of a log, checking all of it.",
    "open": "Open an agency's consent records, and log that they were opened.",
    "prove": "Print a proof that an entry is in the log, or that the log only grew.",
    "rebuild": "Bring a deployment's table up to the log's files, after a loss.",
    "verify": "Check a receipt or a proof, offline.",
    "witness": "Cosign a log that continues what was seen of it before.",
}


@click.group(cls=lazy_group("nearside.commands.ledger", _COMMANDS))
def ledger() -> None:
    """Keep, copy, check and audit the consent ledger.

    LOG stands for a folder or the URL of a log's public part. Keys are verifier keys as C2SP signed-note
    writes them.

    Exit status: 0 everything holds, 1 something is false, 2 something cannot be read or used.
    """
