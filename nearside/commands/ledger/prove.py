"""`nearside ledger prove`: proofs from a log's public part alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.errors import Refused
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.whole_file import replace_file
from nearside.commands.ledger.progress import progress
from nearside.commands.ledger.trust import answer
from nearside.public_log.proofs import (
    believed,
    find,
    latest,
    leaf_at,
    prove_growth,
    prove_inclusion,
    published_at,
)
from nearside.public_log.source import PublicLog, open_log


@click.command()
@click.argument("log", metavar="LOG")
@click.argument("entry", required=False)
@click.option("--index", type=click.IntRange(0), help="Index of the entry, in place of its leaf hash.")
@click.option("--from", "old", type=click.IntRange(0), metavar="SIZE", help="Prove growth from this size.")
@click.option("--to", "new", type=click.IntRange(0), metavar="SIZE", help="Up to this size.  [default: all]")
@click.option(
    "--log-key",
    "log_keys",
    multiple=True,
    metavar="VKEY",
    help="Check the checkpoint's signature with this key; repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the proof.  [default: standard output]",
)
def prove(
    log: str,
    entry: str | None,
    *,
    index: int | None,
    old: int | None,
    new: int | None,
    log_keys: tuple[str, ...],
    out: Path | None,
) -> None:
    """Print the proof that ENTRY, a leaf hash in hex, is in LOG (C2SP tlog-proof).

    With --from, print the proof that LOG only grew since it had that many entries, in the form that
    witnesses take (C2SP tlog-witness). Reads the checkpoint and one tile a level; but to find an ENTRY by
    its hash in a log kept elsewhere, all leaf hashes up to it are read, unless --index says where it is.

    \b
    Examples:
      nearside ledger prove log 5b1f...  --out entry.tlog-proof
      nearside ledger prove https://riverton.example/ledger --from 1000
    """
    if sum(given is not None for given in (entry, index, old)) != 1 or (new is not None and old is None):
        raise click.UsageError("give one of ENTRY, --index and --from; --to goes with --from")

    def make() -> Iterator[str]:
        with open_log(log) as source:
            note = latest(source) if new is None else published_at(source, new)
            if log_keys:
                believed(note, LogKeys.parse(*log_keys))
            if old is not None:
                text = prove_growth(source, old, note=note)[1].to_bytes().decode("utf-8")
            else:
                text = _inclusion(source, log, note=note, entry=entry, index=index)
        if out is None:
            # A proof ends in a newline, and so does what is printed.
            yield text.removesuffix("\n")
        else:
            replace_file(out, text.encode("utf-8"))

    answer(make)


def _inclusion(source: PublicLog, place: str, *, note: Note, entry: str | None, index: int | None) -> str:
    size = Checkpoint.parse(note.text).size
    if index is not None:
        return str(prove_inclusion(source, index, entry=leaf_at(source, index, size=size), note=note))
    wanted = read_hex(entry or "", HASH_BYTES, noun="entry")
    found = _remembered(place, wanted)
    if found is None or found >= size:
        with progress("Looking for the entry", size) as advance:
            found = find(source, wanted, size=size, advance=advance)
    if found is None:
        raise Refused("log: no entry with this leaf hash is published")
    return str(prove_inclusion(source, found, entry=wanted, note=note))


def _remembered(place: str, entry: bytes) -> int | None:
    """What the folder of a log that is kept here says itself; a copy and a URL say nothing."""
    return None if place.startswith(("https:", "http:")) else FileStorage(Path(place)).index_of(entry)
