"""`nearside ledger init`: a new log in a folder, and the key that signs it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.errors import Refused
from nearside.commands.ledger.keeping import key_file, key_option
from nearside.commands.ledger.trust import answer
from nearside.kept_log import create, refuse_used
from nearside.signing_key import write_key


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--origin", required=True, help="Name of the log, such as riverton.example/ledger/2026.")
@key_option
def init(folder: Path, origin: str, *, key: Path | None) -> None:
    """Make a new log in FOLDER and a new key beside it; print the verifier key.

    The key file is the log: whoever has it can sign. Everything in FOLDER but its folder "state" may be
    served and copied. Nothing that is there already is overwritten.

    \b
    Example:
      nearside ledger init log --origin riverton.example/ledger/2026
    """

    def make() -> Iterator[str]:
        file = key_file(folder, key)
        if file.resolve().is_relative_to(folder.resolve()):
            raise Refused("signing key: the file would lie in the log's folder, which may be served")
        refuse_used(folder)
        signer = write_key(file, origin, seed=secrets.token_bytes(32))
        create(folder, signer)
        yield str(signer.key)

    answer(make)
