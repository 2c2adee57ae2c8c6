"""A witness's own copy of a checkpoint: what it cosigned last, asked of the witness itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

from consent_ledger.errors import Refused
from consent_ledger.note import MAX_NOTE_BYTES
from consent_ledger.storage.whole_file import read_at_most


def witness_copy(place: str, *, origin: str) -> bytes:
    """The checkpoint of the log named `origin` that a witness holds: in a file, or behind its URL.

    Raises `Malformed` when it is too long, and `Refused` when the witness does not answer or has seen no such
    log.
    """
    if not place.startswith(("https:", "http:")):
        return read_at_most(Path(place), MAX_NOTE_BYTES, noun="witness copy")
    # Whoever reads a file need not load an HTTP client.
    from nearside.public_log.http import HttpLog

    name = hashlib.sha256(origin.encode("utf-8")).hexdigest()
    with HttpLog.at(place) as witness:
        found = witness.read(f"checkpoint/{name}")
    if found is None:
        raise Refused("witness: it has not seen this log")
    return found
