"""Signals as pages say them and as storage has them: read, or left out."""

from __future__ import annotations

import pytest

from consent_ledger.errors import Malformed
from edge_client.signals.kept import KeptSignals
from edge_client.signals.noted import noted_of
from edge_client.signals.signal import Signal
from edge_client.wire.noticed import SignalKind


def test_what_is_told_twice_counts_once_and_reading_only_grows() -> None:
    """Pages tell until they hear that it was taken in."""
    short = Signal(SignalKind.READ, "/a", 5, 1, 1)
    long = Signal(SignalKind.READ, "/a", 5, 1, 3)
    other = Signal(SignalKind.READ, "/a", 6, 1, 1)
    assert KeptSignals().with_signal(short).with_signal(short).rows == (short,)
    assert KeptSignals().with_signal(short).with_signal(other).with_signal(long).rows == (long, other)
    assert KeptSignals().with_signal(long).with_signal(short).rows == (long,)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        ["clicked"],
        [["clicked", "/a", 1]],
        [["typed", "/a", 1, 0]],
        [["clicked", 7, 1, 0]],
        [["clicked", "/a", True, 0]],
        [["clicked", "/a", -1, 0]],
        [["read", "/a", 1, 4]],
        [[["clicked"], "/a", 1, 0]],
        [["clicked", "/a", 1, 0, "audience:tenants"]],
        [["marked", "/a", 1, 0]],
        [["marked", "/a", 1, 0, "audience:jane@example.org"]],
        [["marked", "/a", 1, 0, ["audience:tenants"]]],
        [["marked", "/a", 1, 0, "audience:tenants", "audience:owners"]],
        [["marked", "/a", 1, 0, "audience:tenants\n"]],
    ],
)
def test_what_a_page_cannot_have_noticed_is_left_out(rows: object) -> None:
    """A page may be older than this code, or not be ours."""
    assert noted_of(rows) == ()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"off":[],"rows":[["clicked","/a/jane@example.org",1,1,0]],"v":1}',
        b'{"off":[],"rows":[["searched","Parking",1,1,0]],"v":1}',
        b'{"off":[],"rows":[["searched","parking 485",1,1,0]],"v":1}',
        b'{"off":[],"rows":[["searched","permit parking",1,1,0]],"v":1}',
        b'{"off":["everything"],"rows":[],"v":1}',
        b'{"off":["clicks","clicks"],"rows":[],"v":1}',
        b'{"off":[],"rows":[["read","/a",1,1,9]],"v":1}',
        b'{"off":[],"rows":[["marked","/a",1,1,0]],"v":1}',
        b'{"off":[],"rows":[["marked","/a",1,1,0,"audience:Jane Doe"]],"v":1}',
        b'{"off":[],"rows":[["marked","/a",1,1,0,7]],"v":1}',
        b'{"off":[],"rows":[["clicked","/a",1,1,0,"audience:tenants"]],"v":1}',
    ],
)
def test_storage_with_anything_unscrubbed_is_not_read(raw: bytes) -> None:
    """Nobody wrote it that knew how: the device begins afresh."""
    with pytest.raises(Malformed):
        KeptSignals.from_bytes(raw)
