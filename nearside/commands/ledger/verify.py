"""`nearside ledger verify`: check one receipt or proof, offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed
from consent_ledger.fields import read_hex
from consent_ledger.leaf import MAX_LEAF_BYTES, hash_of
from consent_ledger.merkle import HASH_BYTES, leaf_hash
from consent_ledger.note import MAX_NOTE_BYTES, Note
from consent_ledger.receipt import MAX_RECEIPT_BYTES, Receipt
from consent_ledger.record import Gpc
from consent_ledger.storage.whole_file import read_at_most
from consent_ledger.tlog_proof import HEADER, TlogProof
from consent_ledger.witness import AddCheckpoint
from nearside.commands.ledger.trust import (
    answer,
    log_key_option,
    quorum_option,
    witness_option,
    witnessed,
)
from nearside.public_log.proofs import believed, check_growth

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@log_key_option
@witness_option
@quorum_option
@click.option(
    "--entry", metavar="FILE|HEX", help="What the proof is about: the entry itself, or its leaf hash."
)
@click.option("--since", type=_FILE, help="The earlier checkpoint that a growth proof begins with.")
def verify(
    file: Path,
    *,
    log_keys: tuple[str, ...],
    witnesses: tuple[str, ...],
    quorum: int,
    entry: str | None,
    since: Path | None,
) -> None:
    """Check a receipt, a proof of an entry (C2SP tlog-proof), or a proof of growth; nobody is asked.

    A receipt: its signature, its commitment and its place in the log. A proof of an entry: that --entry is
    in the log. A proof of growth: that the log continues the checkpoint --since.

    \b
    Examples:
      nearside ledger verify receipt.json --log-key "$LOG" --witness "$W1" --witness "$W2" --quorum 2
      nearside ledger verify entry.tlog-proof --entry 5b1f... --log-key "$LOG"
    """

    def check() -> list[str]:
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=quorum)
        data = read_at_most(file, MAX_NOTE_BYTES + MAX_RECEIPT_BYTES, noun="file")
        if data.startswith(HEADER.encode()):
            return [*_check_proof(data, entry, trusted)]
        if data.startswith(b"old "):
            return [*_check_growth(data, since, trusted)]
        return [*_check_receipt(data, trusted)]

    answer(check)


def _check_receipt(data: bytes, trusted: LogKeys) -> Iterator[str]:
    read = Receipt.from_bytes(data)
    verify_claims(read.check(trusted))
    record = read.opening.record
    about = record.to_json()
    yield "receipt holds"
    yield f"decision  {record.status.name.lower()}"
    yield f"purpose   {record.purpose.value}"
    yield f"browser   {_signal(record.gpc)}"
    yield f"agency    {record.controller}"
    yield f"when      {about['dct:created']} (by the device's clock)"
    yield f"notice    {record.notice_hash.hex()}, version {record.notice_version}, {record.notice_language}"
    yield f"entry     {hash_of(read.leaf).hex()}"
    yield f"log       {trusted.origin}, entry {read.proof.index}, {trusted.quorum} witnesses required"
    yield from witnessed(read.proof.checkpoint, trusted)


def _check_proof(data: bytes, entry: str | None, trusted: LogKeys) -> Iterator[str]:
    if entry is None:
        raise click.UsageError("a proof is about an entry: name it with --entry")
    proof = TlogProof.parse(_text(data))
    leaf = _leaf_hash(entry)
    checkpoint, claims = proof.check(leaf, trusted)
    verify_claims(claims)
    yield "proof holds"
    yield f"entry     {leaf.hex()}"
    yield (
        f"log       {trusted.origin}, entry {proof.index} of {checkpoint.size}, "
        f"{trusted.quorum} witnesses required"
    )
    yield from witnessed(proof.checkpoint, trusted)


def _check_growth(data: bytes, since: Path | None, trusted: LogKeys) -> Iterator[str]:
    if since is None:
        raise click.UsageError("a growth proof begins with an earlier checkpoint: name it with --since")
    proof = AddCheckpoint.from_bytes(data)
    # Whoever had to witness the earlier one then, it is the log's own word.
    earlier = believed(Note.from_bytes(read_at_most(since, MAX_NOTE_BYTES, noun="file")), trusted.log_alone())
    believed(proof.checkpoint, trusted)
    later = check_growth(proof, earlier)
    yield "growth holds"
    yield (
        f"log       {trusted.origin}, from {earlier.size} to {later.size} entries, "
        f"{trusted.quorum} witnesses required"
    )
    yield from witnessed(proof.checkpoint, trusted)


def _leaf_hash(entry: str) -> bytes:
    file = Path(entry)
    if not file.is_file():
        return read_hex(entry, HASH_BYTES, noun="entry")
    data = read_at_most(file, MAX_LEAF_BYTES + 1, noun="file")
    # An editor ends a file with a newline; an entry holds none.
    return leaf_hash(data.removesuffix(b"\n"))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("proof: not utf-8") from None


def _signal(gpc: Gpc) -> str:
    match gpc:
        case Gpc.ABSENT:
            return "sent no privacy signal"
        case Gpc.PRESENT:
            return "asked for privacy; the citizen decided by hand"
        case Gpc.APPLIED:
            return "asked for privacy, and that decided"
        case _:
            assert_never(gpc)
