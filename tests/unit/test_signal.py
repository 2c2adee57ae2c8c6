"""What a browser's own signal decides on the device: it takes back what was given, and says nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

from consent_ledger.record import Gpc, Status
from edge_client.consent import ConsentBook
from edge_client.events import ChoiceMade
from edge_client.profile import Profile
from tests.support.city import City, notice
from tests.support.pair import Pair


def lived(folder: Path, *choices: tuple[tuple[str, ...], Gpc]) -> Pair:
    """A device whose choices are these, a second apart, with a page looked at after each."""
    city = City(folder)
    city.publish()
    pair = Pair(city)

    async def live() -> None:
        await pair.open()
        for given, gpc in choices:
            pair.host.at_ms += 1000
            await pair.device.feed(ChoiceMade(frozenset(given), notice(), gpc, pair.host.at_ms))
            await pair.device.settle()
            await pair.view("/bins/new")

    asyncio.run(live())
    return pair


def records(pair: Pair) -> list[tuple[str, Status, Gpc]]:
    book = ConsentBook.from_bytes(pair.host.kept["book"])
    made = [receipt.opening.record for receipt in book.receipts]
    return [(record.purpose.value, record.status, record.gpc) for record in made]


def test_a_signal_withdraws_what_was_given_and_leaves_a_refusal_alone(tmp_path: Path) -> None:
    """One purpose was given, the other refused: one record more, and the profile is gone."""
    pair = lived(tmp_path, (("suggest",), Gpc.ABSENT), ((), Gpc.APPLIED))
    assert records(pair) == [
        ("suggest", Status.GIVEN, Gpc.ABSENT),
        ("learn", Status.REFUSED, Gpc.ABSENT),
        ("suggest", Status.WITHDRAWN, Gpc.APPLIED),
    ]
    assert "profile" not in pair.host.kept
    assert "reporter" not in pair.host.kept


def test_a_signal_that_finds_nothing_given_leaves_no_record(tmp_path: Path) -> None:
    """Neither somebody who was never asked nor somebody who refused has a record made by a signal."""
    assert records(lived(tmp_path / "new", ((), Gpc.APPLIED))) == []
    refused = lived(tmp_path / "refused", ((), Gpc.ABSENT), ((), Gpc.APPLIED))
    assert {gpc for _, _, gpc in records(refused)} == {Gpc.ABSENT}
    assert len(records(refused)) == 2


def test_a_signal_gives_nothing_whatever_a_page_says(tmp_path: Path) -> None:
    """A page that names purposes beside an applied signal has given none of them."""
    pair = lived(tmp_path, (("suggest", "learn"), Gpc.APPLIED))
    assert records(pair) == []
    assert not ConsentBook.from_bytes(pair.host.kept["book"]).allows("suggest")
    assert "profile" not in pair.host.kept


def test_a_yes_by_hand_counts_under_the_signal(tmp_path: Path) -> None:
    """Withdrawn by the signal, given again by hand: pages looked at since are kept."""
    pair = lived(tmp_path, (("suggest",), Gpc.ABSENT), ((), Gpc.APPLIED), (("suggest",), Gpc.PRESENT))
    assert [(status, gpc) for purpose, status, gpc in records(pair) if purpose == "suggest"] == [
        (Status.GIVEN, Gpc.ABSENT),
        (Status.WITHDRAWN, Gpc.APPLIED),
        (Status.GIVEN, Gpc.PRESENT),
    ]
    assert len(Profile.from_bytes(pair.host.kept["profile"]).visits) == 1
