"""`nearside ledger append`: entries into a log in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from consent_ledger import leaf
from consent_ledger.documents import MAX_DOCUMENT_BYTES
from consent_ledger.storage.whole_file import read_at_most
from nearside import kept_log
from nearside.commands.ledger.keeping import key_file, key_option
from nearside.commands.ledger.trust import answer
from nearside.kept_log import DOCUMENT_KINDS, leaf_naming, open_kept, read_leaves
from nearside.signing_key import read_key


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("files", nargs=-1, type=click.File("rb"), metavar="[FILE|-]...")
@click.option(
    "--kind",
    type=click.Choice(DOCUMENT_KINDS),
    help="Each FILE is a document of this kind: make the leaf that names its hash, and serve it.",
)
@click.option(
    "--document",
    "attached",
    multiple=True,
    type=click.File("rb"),
    help="A document that one of the leaves names by its hash; repeatable.",
)
@key_option
def append(
    folder: Path,
    files: tuple[BinaryIO, ...],
    *,
    kind: str | None,
    attached: tuple[BinaryIO, ...],
    key: Path | None,
) -> None:
    """Add the leaves in each FILE, one a line in canonical JSON, to the log in FOLDER, and publish it.

    Prints index and leaf hash of each entry. All of them are checked before anything is written. What is in
    the log already stays where it is. Without a FILE, completes what an interrupted append began.

    \b
    Examples:
      nearside ledger append log leaves.jsonl
      nearside ledger append log --kind notice notice-en.txt
    """

    def add() -> Iterator[str]:
        storage = open_kept(folder, read_key(key_file(folder, key)))
        documents = [_document(file) for file in attached]
        leaves: list[bytes] = []
        for file in files:
            if kind is None:
                leaves += read_leaves(file)
            else:
                documents.append(_document(file))
                leaves.append(leaf.to_bytes(leaf_naming(kind, documents[-1])))
        placed = kept_log.append(storage, read_key(key_file(folder, key)), leaves=leaves, attached=documents)
        for each in placed:
            there = f"already there, index {each.index}" if each.known else str(each.index)
            yield f"{each.entry.hex()}  {there}"

    answer(add)


def _document(file: BinaryIO) -> bytes:
    return read_at_most(file, MAX_DOCUMENT_BYTES, noun="document")
