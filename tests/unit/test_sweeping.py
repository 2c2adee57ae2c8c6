"""A sweep of erasures that were left half-way: one that cannot be completed keeps no other waiting."""

from __future__ import annotations

from typing import Any

import pytest

from consent_ledger.erasing import OpenErasure
from consent_ledger.receipt import Opening
from lambdas.finish_erasures.service import FinishErasuresService
from tests.support.erasing import ASKED_AT, RecordKeeper, by_subject
from tests.support.ledger import opening


class Broken:
    """A store that fails whenever it is asked to destroy one entry."""

    def __init__(self, inner: Any, entry: bytes) -> None:
        self._inner = inner
        self._entry = entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def destroy(self, entry: bytes, erasure: bytes) -> bool:
        if entry == self._entry:
            raise TimeoutError("ledger storage: too many conflicting writes")
        return bool(self._inner.destroy(entry, erasure))


@pytest.fixture
def begun() -> tuple[RecordKeeper, list[Opening]]:
    """Four records, and an erasure under way for each."""
    agency, mine = RecordKeeper(), [opening(number) for number in range(4)]
    agency.keep(*mine)
    for each in mine:
        request = by_subject([each])
        agency.register.begin(OpenErasure(request.nonce(), request.entries, ASKED_AT))
    return agency, mine


@pytest.mark.parametrize("broken", range(4))
def test_an_erasure_that_fails_stops_no_other(begun: tuple[RecordKeeper, list[Opening]], broken: int) -> None:
    """Whichever fails: the others are completed and counted, the sequencer is woken, the error told."""
    agency, mine = begun
    woken = []
    eraser = agency.eraser(
        lambda store: Broken(store, mine[broken].entry()) if store is agency.sidecars else store
    )
    service = FinishErasuresService(eraser, lambda: woken.append(1))
    with pytest.raises(TimeoutError):
        service.turn()
    assert agency.counts() == [1, 1, 1]
    (left,) = agency.register.unfinished(10)
    assert left.entries == (mine[broken].entry(),)
    assert woken == [1]
    assert FinishErasuresService(agency.eraser(), lambda: woken.append(1)).turn() == 1
    assert agency.counts() == [1, 1, 1, 1]
    assert agency.unopened() == 4
