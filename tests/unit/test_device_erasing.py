"""A citizen has the agency delete its copy: from the device's side, whatever fails on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasure import BODY_BYTES, MAX_ENTRIES, EraseRecords, Erasure, SubjectAuthority
from consent_ledger.errors import Malformed, Untrue
from edge_client.consent import ConsentBook
from edge_client.device import CONSENT_PATH, ERASURE_PATH
from edge_client.erasing import Erasing
from edge_client.events import ErasureAsked, ProfileAsked
from edge_client.ports import Unreachable
from edge_client.wire.erasure import RecordsErased
from edge_client.wire.problem import Problem
from tests.support.city import City
from tests.support.pair import Pair, Request

ENTRIES = [bytes([number]) * 32 for number in range(1, 200)]


def live(folder: Path, story: Callable[[Pair], Awaitable[None]]) -> Pair:
    """Let a device say yes to both purposes and no to one of them, and then live on."""
    city = City(folder)
    city.publish()
    pair = Pair(city)

    async def lived() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        pair.host.at_ms += 1000
        await pair.choose("suggest")
        await story(pair)

    asyncio.run(lived())
    return pair


def book_of(pair: Pair) -> ConsentBook:
    return ConsentBook.from_bytes(pair.host.kept["book"])


def asked(pair: Pair) -> list[Request]:
    return [request for request in pair.host.wire if request.path == ERASURE_PATH]


def shown(pair: Pair) -> dict[str, Any]:
    """What the page was last told of the receipts."""
    return dict(json.loads([raw for kind, raw in pair.host.shown if kind == "receipts"][-1]))


def test_our_copy_goes_and_the_receipts_stay(tmp_path: Path) -> None:
    """Nothing opens any more at the agency; every receipt on the device still verifies; the page is told
    when, how many, and what remains."""

    async def story(pair: Pair) -> None:
        await pair.device.feed(ErasureAsked())

    pair = live(tmp_path, story)
    book = book_of(pair)
    assert [pair.host.services.sidecars.open(each.opening.entry()) for each in book.receipts] == [None] * 3
    for receipt in book.receipts:
        verify_claims(receipt.check(pair.city.trust.ledger))
    (request,) = asked(pair)
    assert len(request.body) == BODY_BYTES
    told = shown(pair)
    assert [receipt["erased"] for receipt in told["receipts"]] == [True] * 3
    assert (told["erasure"]["pending"], told["erasure"]["refused"]) == (False, False)
    assert told["erasure"]["last"]["count"] == 3
    assert "receipts" in told["erasure"]["last"]["remains"]
    assert pair.city.ledger.knows(bytes.fromhex(told["erasure"]["last"]["entry"]))


def test_a_wish_outlives_the_network(tmp_path: Path) -> None:
    """The service is down: the same request goes out again with each page and with the panel, byte for byte,
    until it is answered, and then no more."""

    async def story(pair: Pair) -> None:
        pair.host.services.down = True
        await pair.device.feed(ErasureAsked())
        assert shown(pair)["erasure"]["pending"]
        await pair.view("/")
        pair.device = pair._device()
        await pair.device.open()
        await pair.device.feed(ProfileAsked())
        pair.host.services.down = False
        await pair.view("/", "/bins/new")
        await pair.device.feed(ProfileAsked())

    pair = live(tmp_path, story)
    requests = asked(pair)
    assert len(requests) == 4
    assert len({request.body for request in requests}) == 1
    assert shown(pair)["erasure"] == {**shown(pair)["erasure"], "pending": False, "refused": False}
    assert len(book_of(pair).erasing.answers) == 1


def test_an_answer_that_was_lost_is_given_again(tmp_path: Path) -> None:
    """The agency deleted, and its answer did not arrive: asked again it says the same, and counts once."""

    async def story(pair: Pair) -> None:
        real = pair.host.services.answer

        def lost(request: Request) -> tuple[int, bytes]:
            status, body = real(request)
            return (503, b"") if request.path == ERASURE_PATH else (status, body)

        pair.host.services.answer = lost  # type: ignore[method-assign]
        await pair.device.feed(ErasureAsked())
        pair.host.services.answer = real  # type: ignore[method-assign]
        await pair.device.feed(ErasureAsked())

    pair = live(tmp_path, story)
    assert len(asked(pair)) == 2
    assert [answer.erasure.count for answer in book_of(pair).erasing.answers] == [3]


def test_a_later_choice_is_erased_by_a_later_wish(tmp_path: Path) -> None:
    """What was erased is not asked for again; what was logged since is."""

    async def story(pair: Pair) -> None:
        await pair.device.feed(ErasureAsked())
        await pair.device.feed(ErasureAsked())
        pair.host.at_ms += 1000
        await pair.choose()
        await pair.device.feed(ErasureAsked())

    pair = live(tmp_path, story)
    assert [len(EraseRecords.from_bytes(request.body).entries) for request in asked(pair)] == [3, 1]
    assert [answer.erasure.count for answer in book_of(pair).erasing.answers] == [3, 1]


def test_who_was_refused_is_told_so_and_asks_no_more(tmp_path: Path) -> None:
    """Somebody with the receipts was faster: there is nothing left, and the device does not ask for ever."""

    async def story(pair: Pair) -> None:
        for receipt in book_of(pair).receipts:
            pair.host.services.sidecars.destroy(receipt.opening.entry(), b"another erasure!")
        await pair.device.feed(ErasureAsked())
        await pair.view("/")
        await pair.device.feed(ProfileAsked())

    pair = live(tmp_path, story)
    assert len(asked(pair)) == 1
    assert shown(pair)["erasure"] == {"pending": False, "refused": True, "last": None}


def losing(pair: Pair, path: str) -> Callable[[], None]:
    """Let the answers from a path get lost on their way back; return what ends it."""
    real = pair.host.services.answer

    def lost(request: Request) -> tuple[int, bytes]:
        answer = real(request)
        if request.path == path:
            raise Unreachable("host: no answer")
        return answer

    def found() -> None:
        pair.host.services.answer = real  # type: ignore[method-assign]

    pair.host.services.answer = lost  # type: ignore[method-assign]
    return found


def test_a_record_whose_answer_was_lost_is_erased_too(tmp_path: Path) -> None:
    """The agency took a record and the device never heard: sent again, it is deleted like the others; until
    then the page does not say that all is done."""

    async def story(pair: Pair) -> None:
        pair.host.at_ms += 1000
        found = losing(pair, CONSENT_PATH)
        await pair.choose()
        await pair.device.feed(ErasureAsked())
        assert shown(pair)["erasure"]["pending"]
        assert shown(pair)["pending"] == 1
        found()
        await pair.reopen()
        await pair.view("/")
        await pair.device.settle()

    pair = live(tmp_path, story)
    book = book_of(pair)
    assert len(book.receipts) == 4
    assert [pair.host.services.sidecars.open(each.opening.entry()) for each in book.receipts] == [None] * 4
    assert shown(pair)["erasure"]["pending"] is False
    assert [len(EraseRecords.from_bytes(request.body).entries) for request in asked(pair)] == [3, 1]
    assert [answer.erasure.count for answer in book.erasing.answers] == [3, 1]


def test_records_still_to_be_signed_are_erased_once_they_arrive(tmp_path: Path) -> None:
    """The browser stopped between the choice and its signatures: the wish reaches those records as well, and
    each is named in one request, in whatever order they are accepted."""

    async def story(pair: Pair) -> None:
        pair.host.at_ms += 1000
        signed: list[bytes] = []
        real = pair.host.sign

        async def stops(message: bytes) -> bytes:
            signed.append(message)
            raise Unreachable("host: the browser stopped")

        pair.host.sign = stops  # type: ignore[method-assign]
        with pytest.raises(Unreachable):
            await pair.choose("learn")
        assert len(signed) == 1
        assert len(book_of(pair).unsigned) == 2
        pair.host.sign = real  # type: ignore[method-assign]
        await pair.reopen()
        await pair.device.feed(ErasureAsked())
        await pair.view("/")
        await pair.device.settle()

    pair = live(tmp_path, story)
    book = book_of(pair)
    assert len(book.receipts) == 5
    assert [pair.host.services.sidecars.open(each.opening.entry()) for each in book.receipts] == [None] * 5
    assert book.erasing.wanted == frozenset()
    named = [entry for request in asked(pair) for entry in EraseRecords.from_bytes(request.body).entries]
    assert sorted(named) == sorted(each.opening.entry() for each in book.receipts)
    assert sum(answer.erasure.count for answer in book.erasing.answers) == 5
    assert shown(pair)["erasure"] == {**shown(pair)["erasure"], "pending": False, "refused": False}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b"<html>sign in to use this network</html>"),
        (404, b""),
        (409, b"<html>conflict</html>"),
        (422, b'{"error":"refused","v":2}'),
        (409, b'{"v":1, "error":"refused", "detail":""}'),
        (413, Problem("refused", "request: the body is too large").to_bytes()),
        (429, b""),
        (503, Problem("failed", "the request could not be carried out").to_bytes()),
    ],
)
def test_only_the_agencys_own_no_is_final(tmp_path: Path, status: int, body: bytes) -> None:
    """What a proxy or a captive portal says is not the agency's word: the same request goes out again."""

    async def story(pair: Pair) -> None:
        real = pair.host.services.answer

        def portal(request: Request) -> tuple[int, bytes]:
            return (status, body) if request.path == ERASURE_PATH else real(request)

        pair.host.services.answer = portal  # type: ignore[method-assign]
        await pair.device.feed(ErasureAsked())
        assert shown(pair)["erasure"] == {"pending": True, "refused": False, "last": None}
        pair.host.services.answer = real  # type: ignore[method-assign]
        await pair.view("/")

    pair = live(tmp_path, story)
    first, second = asked(pair)
    assert first == second
    assert [answer.erasure.count for answer in book_of(pair).erasing.answers] == [3]


def test_a_request_turned_down_takes_no_other_wish_with_it() -> None:
    """Of several requests one is refused: the others are made all the same, and the page hears of both."""
    accepted = frozenset(ENTRIES)
    erasing = Erasing().ask(ENTRIES)
    refused = EraseRecords(erasing.next_entries(accepted), SubjectAuthority(bytes(32), bytes(64)))
    erasing = erasing.signed(refused).turned_down(refused)
    assert erasing.wanted == accepted - frozenset(refused.entries)
    while entries := erasing.next_entries(accepted):
        request = EraseRecords(entries, SubjectAuthority(bytes(32), bytes(64)))
        erasing = erasing.signed(request)
        for left in sorted(erasing.wanted)[:1]:
            another = EraseRecords((left,), SubjectAuthority(bytes(32), bytes(64)))
            assert erasing.signed(another) == erasing, "one at a time"
        assert erasing.turned_down(refused) == erasing, "an answer to another request"
        done = Erasure(len(entries), 1, 2, 0)
        assert erasing.answered(RecordsErased(done.entry(bytes(16)), done)) == erasing
        erasing = erasing.answered(RecordsErased(done.entry(request.nonce()), done))
    assert erasing.erased == accepted - frozenset(refused.entries)
    assert erasing.refused
    assert not erasing.summary()["pending"]
    assert not erasing.ask(ENTRIES).refused


@pytest.mark.parametrize("lie", ["count", "entry", "remains"])
def test_an_answer_that_lies_is_not_believed(tmp_path: Path, lie: str) -> None:
    """More records than were named, another entry than the log's, or something that remains left out: the
    device does not say that it is done, and asks again."""

    async def story(pair: Pair) -> None:
        real = pair.host.services.answer

        def lying(request: Request) -> tuple[int, bytes]:
            status, body = real(request)
            if request.path != ERASURE_PATH:
                return status, body
            answer = json.loads(body)
            if lie == "count":
                nonce = EraseRecords.from_bytes(request.body).nonce()
                more = Erasure(4, answer["requested_at"], answer["completed_at"], 0)
                return 202, RecordsErased(more.entry(nonce), more).to_bytes()
            answer |= {"entry": "0" * 64} if lie == "entry" else {"remains": answer["remains"][1:]}
            return 202, json.dumps(answer, sort_keys=True, separators=(",", ":")).encode()

        pair.host.services.answer = lying  # type: ignore[method-assign]
        await pair.device.feed(ErasureAsked())

    pair = live(tmp_path, story)
    assert book_of(pair).erasing.answers == ()
    assert shown(pair)["erasure"]["pending"]


def test_nobody_without_receipts_asks_for_anything(tmp_path: Path) -> None:
    """A device that logged nothing sends nothing when its citizen asks."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        await pair.device.feed(ErasureAsked())

    asyncio.run(story())
    assert asked(pair) == []


def test_many_records_take_several_requests() -> None:
    """No request names more than a request may; one is under way at a time; none is named twice."""
    erasing = Erasing().ask(ENTRIES)
    sizes, seen = [], set[bytes]()
    while entries := erasing.next_entries(frozenset(ENTRIES)):
        request = EraseRecords(entries, SubjectAuthority(bytes(32), bytes(64)))
        erasing = erasing.signed(request)
        assert erasing.next_entries(frozenset(ENTRIES)) == ()
        assert Erasing.from_json(erasing.to_json()) == erasing
        sizes.append(len(entries))
        assert not seen & set(entries)
        seen |= set(entries)
        done = Erasure(len(entries), 1, 2, 0)
        erasing = erasing.answered(RecordsErased(done.entry(request.nonce()), done))
    assert sizes == [MAX_ENTRIES, MAX_ENTRIES, MAX_ENTRIES, len(ENTRIES) - 3 * MAX_ENTRIES]
    assert seen == set(ENTRIES) == erasing.erased
    assert erasing.ask(ENTRIES).next_entries(frozenset(ENTRIES)) == ()


def test_an_answer_reads_back_byte_for_byte() -> None:
    """The answer's format is strict, and names all that remains."""
    answer = RecordsErased(bytes(32), Erasure(3, 1_795_300_000, 1_795_300_002, 7))
    assert RecordsErased.from_bytes(answer.to_bytes()) == answer
    value = json.loads(answer.to_bytes())
    assert value["remains"][-1] == "backups"
    for change, error in (
        ({"remains": value["remains"][:-1]}, Untrue),
        ({"completed_at": 1}, Untrue),
        ({"count": 0}, Malformed),
        ({"more": 1}, Malformed),
        ({"v": 2}, Malformed),
    ):
        with pytest.raises(error):
            RecordsErased.from_bytes(
                json.dumps(value | change, sort_keys=True, separators=(",", ":")).encode()
            )
