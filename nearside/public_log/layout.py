"""Which files the public part of a log has, and how long each may be.

Layout: docs/formats/ledger.md, "Where things lie". Nothing outside it is ever asked for, and nothing longer
than its limit is ever held in memory.
"""

from __future__ import annotations

import re
from typing import Final

from consent_ledger.documents import MAX_DOCUMENT_BYTES
from consent_ledger.errors import Malformed
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.note import MAX_NOTE_BYTES
from consent_ledger.tiles import WIDTH

CHECKPOINT: Final = "checkpoint"
MAX_ENTRIES_BYTES: Final = 16 * 1024 * 1024

_NUMBER: Final = r"(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[0-9]{1,3})?"
_LIMITS: Final = (
    (re.compile(r"checkpoint"), MAX_NOTE_BYTES),
    # Where a witness shows what it cosigned last of a log.
    (re.compile(r"checkpoint/[0-9a-f]{64}"), MAX_NOTE_BYTES),
    (re.compile(r"checkpoints/(?:0|[1-9][0-9]{0,18})"), MAX_NOTE_BYTES),
    (re.compile(rf"tile/entries/{_NUMBER}"), MAX_ENTRIES_BYTES),
    (re.compile(rf"tile/[0-7]/{_NUMBER}"), WIDTH * HASH_BYTES),
    (re.compile(r"documents/[0-9a-f]{64}"), MAX_DOCUMENT_BYTES),
)


def most_bytes(path: str) -> int:
    """The longest that the file at `path` may be; raises `Malformed` for a path that no log has."""
    for pattern, limit in _LIMITS:
        if pattern.fullmatch(path) is not None:
            return limit
    raise Malformed("log: not a path of its public part")


def superseded(size: int) -> str:
    """Where the checkpoint of `size` entries lies once another one took its place."""
    return f"checkpoints/{size}"
