"""The list of all stops of a site: however many there were, it can be read, and holds another."""

from __future__ import annotations

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Refused
from lambdas.shared.agency.stopped import MOST_BROUGHT, MOST_BYTES, Stop, Stops


def stop_of(number: int, pages: int, rules: dict[str, str], *, address: int) -> Stop:
    """One of so many pages, with addresses of so many characters, and of these rules."""
    named = {
        f"catalogue/~{number}-{page}".ljust(address, "x"): f"{number:032}{page:032}" for page in range(pages)
    }
    return Stop("cd" * 32, {**named, **rules}, {})


def test_no_number_of_stops_ends_them() -> None:
    """Stops of more pages than a list of them can hold: the oldest let go of pages, and of no rule."""
    rules = {"rules/bad": "ab" * 32}
    stops = Stops({})
    for number in range(9):
        stops = stops.put(str(number), stop_of(number, 10, rules, address=40), most=7000)
        assert len(stops.to_bytes()) <= 7000
    kept = [len(stop.brought) for stop in stops.by_proposal.values()]
    assert kept == [1, 1, 1, 1, 1, 11, 11, 11, 11]
    assert all(rules.items() <= stop.brought.items() for stop in stops.by_proposal.values())
    assert Stops.from_bytes(stops.to_bytes()) == stops


def test_however_long_addresses_are_stops_can_be_read() -> None:
    """Vetoes of as many pages as one may have, with the longest addresses that there are: what counts is
    what the list takes, in bytes."""
    stops = Stops({})
    for number in range(7):
        stops = stops.put(str(number), stop_of(number, MOST_BROUGHT, {}, address=210))
    raw = stops.to_bytes()
    assert MOST_BYTES // 2 < len(raw) <= MOST_BYTES <= canonical.MAX_BYTES // 2
    assert Stops.from_bytes(raw) == stops
    assert [bool(stop.brought) for stop in stops.by_proposal.values()] == [False] * 2 + [True] * 5


def test_a_stop_that_no_list_can_hold_is_refused_before_anything_is_written() -> None:
    """It is told what helps, and what was stopped stays stopped and can be read."""
    rules = {f"rules/{number}": "ab" * 32 for number in range(50)}
    stops = Stops({}).put("0", stop_of(0, 0, rules, address=0), most=8000)
    with pytest.raises(Refused, match="lift"):
        stops.put("1", stop_of(1, 0, rules, address=0), most=8000)
    assert Stops.from_bytes(stops.to_bytes()) == stops
    assert list(stops.drop("0").put("1", stop_of(1, 0, rules, address=0), most=8000).by_proposal) == ["1"]
