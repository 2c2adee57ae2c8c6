"""`nearside ledger attach`: cosignatures under the published checkpoint of a log in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.errors import Malformed
from consent_ledger.note import MAX_NOTE_BYTES, Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.whole_file import read_at_most
from nearside import kept_log
from nearside.commands.ledger.trust import answer, log_key_option, witness_option, witnessed
from nearside.public_log.proofs import believed


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument(
    "notes", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@log_key_option
@witness_option
def attach(
    folder: Path, notes: tuple[Path, ...], *, log_keys: tuple[str, ...], witnesses: tuple[str, ...]
) -> None:
    """Add the cosignatures in NOTES, as witnesses printed them, to the published checkpoint in FOLDER.

    Proofs made from then on carry them. Each NOTE must be cosigned by one of the witnesses named, and be
    about the checkpoint that is published now.

    \b
    Example:
      nearside ledger attach log cosigned.note --log-key "$LOG" --witness "$WITNESS"
    """

    def add() -> Iterator[str]:
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=1)
        storage = FileStorage(folder)
        seen = []
        for file in notes:
            note = Note.from_bytes(read_at_most(file, MAX_NOTE_BYTES, noun="note"))
            believed(note, trusted)
            seen.append(note)
        for note in seen:
            kept_log.attach(storage, note)
        published = storage.checkpoint()
        if published is None:
            raise Malformed("log: the folder holds no checkpoint")
        checkpoint = Note.from_bytes(published)
        yield f"checkpoint of {believed(checkpoint, trusted).size} entries"
        yield from witnessed(checkpoint, trusted)

    answer(add)
