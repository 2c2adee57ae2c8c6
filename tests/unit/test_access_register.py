"""The register of openings holds what it can read back, and nothing else."""

from __future__ import annotations

import pytest

from consent_ledger.auditing.access import MAX_ENTRIES, SALT_BYTES, AccessEntry
from consent_ledger.errors import Malformed


def test_an_opening_that_could_not_be_read_back_is_never_made() -> None:
    """One entry more than a file may hold is refused before anything is logged."""
    entries = tuple(number.to_bytes(32, "big") for number in range(MAX_ENTRIES + 1))
    with pytest.raises(Malformed, match="more than 1000000 entries"):
        AccessEntry("officer", "audit", entries, 0, bytes(SALT_BYTES))
    most = AccessEntry("officer", "audit", entries[1:], 0, bytes(SALT_BYTES))
    assert AccessEntry.from_bytes(most.to_bytes()) == most
