"""What an audit holds in memory does not grow with the log."""

from __future__ import annotations

import hashlib
import tracemalloc

from consent_ledger import canonical, tiles
from consent_ledger.auditing.answers import Finding
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.walk import Walk
from consent_ledger.merkle import leaf_hash

SMALL, LARGE = 2_560, 25_600


def entry(number: int) -> bytes:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return canonical.encode({"c": digest, "k": "consent", "n": "00" * 32, "v": 1})


def peak_of(size: int) -> int:
    """The most bytes that Python held while a log of `size` entries was walked."""
    entries = [entry(number) for number in range(size)]
    files = tiles.grow(0, entries, [leaf_hash(each) for each in entries], lambda _: None)
    del entries
    findings: list[Finding] = []
    facts = Facts()
    tracemalloc.start()
    walk = Walk(files.get, size, report=findings.append)
    for bundle in walk.bundles():
        facts.take(bundle)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert facts.number("SELECT count(*) FROM entry") == size
    facts.close()
    assert findings == []
    assert walk.whole
    return peak


def test_ten_times_the_log_needs_no_more_memory() -> None:
    """23,040 more entries: their hashes alone would be 737,280 bytes; a third of that is allowed."""
    assert peak_of(LARGE) - peak_of(SMALL) < (LARGE - SMALL) * 32 // 3
