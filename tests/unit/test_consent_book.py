"""The consent book: what a choice changes, how a record becomes a receipt, and what is not read back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.purposes import Purpose
from consent_ledger.record import Status
from edge_client.consent import ConsentBook, Unsigned
from tests.support.ledger import opening, receipt_for

ASKED = ("suggest", "learn")


def chosen(*rounds: frozenset[str]) -> tuple[ConsentBook, list[tuple[tuple[str, str], ...]]]:
    """The book after some choices about both purposes, and what each of them changed."""
    book, changes = ConsentBook(), []
    for given in rounds:
        changed = book.changes(asked=ASKED, given=given, version=1)
        changes.append(changed)
        for purpose, status in changed:
            made = opening(
                purpose=Purpose(purpose),
                status=Status[status.upper()],
                previous=None if book.last is None else bytes.fromhex(book.last),
            )
            book = book.choose(purpose, status, unsigned=Unsigned(made.record, made.salt))
    return book, changes


NONE, SUGGEST, BOTH = frozenset[str](), frozenset({"suggest"}), frozenset(ASKED)


def test_a_first_no_is_a_refusal_and_said_once() -> None:
    """Nothing is withdrawn that was never given, and nothing is said twice."""
    _, changes = chosen(NONE, NONE)
    assert changes == [(("suggest", "refused"), ("learn", "refused")), ()]


def test_a_no_after_a_yes_is_a_withdrawal_and_said_once() -> None:
    """The second no in a row says nothing new, and stays a withdrawal."""
    book, changes = chosen(BOTH, SUGGEST, SUGGEST, NONE, NONE)
    assert changes == [
        (("suggest", "given"), ("learn", "given")),
        (("learn", "withdrawn"),),
        (),
        (("suggest", "withdrawn"),),
        (),
    ]
    assert book.choices == {"suggest": "withdrawn", "learn": "withdrawn"}


def test_every_yes_can_be_taken_back_again() -> None:
    """Given, withdrawn, given and withdrawn are four records, and the last one counts."""
    _, changes = chosen(SUGGEST, NONE, SUGGEST, NONE)
    assert [changed[0] for changed in changes] == [
        ("suggest", "given"), ("suggest", "withdrawn"), ("suggest", "given"), ("suggest", "withdrawn"),
    ]  # fmt: skip


def test_a_yes_after_a_refusal_is_given_and_can_be_withdrawn() -> None:
    """A refusal is not for ever, and what follows a later yes is a withdrawal."""
    _, changes = chosen(NONE, BOTH, NONE)
    assert [status for changed in changes for _, status in changed] == [
        "refused", "refused", "given", "given", "withdrawn", "withdrawn",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["refused", "withdrawn", "", "Given"])
def test_only_a_yes_allows(status: str) -> None:
    """No answer, a refusal, a withdrawal and any other word allow nothing."""
    assert not ConsentBook(choices={"suggest": status}).allows("suggest")
    assert not ConsentBook().allows("suggest")
    assert ConsentBook(choices={"suggest": "given"}).allows("suggest")
    assert not ConsentBook(choices={"suggest": "given"}).allows("learn")


def test_what_was_not_asked_does_not_change() -> None:
    """A notice that names one purpose leaves the choice about another as it is, given or not."""
    book, _ = chosen(BOTH)
    assert book.changes(asked=("suggest",), given=NONE, version=1) == (("suggest", "withdrawn"),)
    assert book.changes(asked=("learn",), given=frozenset({"learn", "suggest", "measure"}), version=1) == ()


def test_a_choice_keeps_its_record_and_names_it_for_the_next() -> None:
    """Choice and unsigned record are one step; `last` is the leaf that the ledger will hold."""
    made = opening()
    book = ConsentBook().choose("suggest", "given", unsigned=Unsigned(made.record, made.salt))
    assert book.unsigned == (Unsigned(made.record, made.salt),)
    assert book.last == made.entry().hex()


def test_a_record_goes_from_unsigned_to_pending_to_accepted_to_proven() -> None:
    """At every step the record is in one place, and nothing about the choice changes."""
    made = opening()
    book = ConsentBook().choose("suggest", "given", unsigned=Unsigned(made.record, made.salt))
    book = book.signed(made)
    assert (book.unsigned, book.pending, book.accepted, book.receipts) == ((), (made,), frozenset(), ())
    entry = made.entry().hex()
    book = book.logged(entry)
    assert (book.pending, book.accepted, book.receipts) == ((made,), {entry}, ())
    receipt = receipt_for(made)
    book = book.proven(receipt)
    assert (book.pending, book.accepted, book.receipts) == ((), frozenset(), (receipt,))
    assert (book.choices, book.last) == ({"suggest": "given"}, entry)


def test_one_record_is_proven_and_the_others_still_wait() -> None:
    """Each record has its own way; none is taken for another."""
    one, other = opening(1), opening(2, purpose=Purpose.LEARN)
    book = ConsentBook().signed(one).signed(other).logged(one.entry().hex()).logged(other.entry().hex())
    book = book.proven(receipt_for(one))
    assert book.pending == (other,)
    assert book.accepted == {other.entry().hex()}


def test_signing_one_record_leaves_the_other_unsigned() -> None:
    """A page that is closed between two signatures loses neither record."""
    one, other = opening(1), opening(2, purpose=Purpose.LEARN)
    book = ConsentBook(unsigned=(Unsigned(one.record, one.salt), Unsigned(other.record, other.salt)))
    book = book.signed(one)
    assert book.unsigned == (Unsigned(other.record, other.salt),)
    assert book.pending == (one,)


def whole_book() -> ConsentBook:
    """A book with something in every field."""
    first, second, third = opening(1), opening(2, purpose=Purpose.LEARN), opening(3, purpose=Purpose.MEASURE)
    return ConsentBook(
        choices={"suggest": "given", "learn": "refused"},
        chosen_ms=1_795_000_000_123,
        last=third.entry().hex(),
        unsigned=(Unsigned(third.record, third.salt),),
        pending=(second,),
        accepted=frozenset({second.entry().hex()}),
        receipts=(receipt_for(first),),
    )


def test_a_book_is_read_back_as_it_was_written() -> None:
    """What is kept in the browser is the book, whole, in one spelling."""
    book = whole_book()
    assert ConsentBook.from_bytes(book.to_bytes()) == book
    assert ConsentBook.from_bytes(book.to_bytes()).to_bytes() == book.to_bytes()
    assert ConsentBook.from_bytes(ConsentBook().to_bytes()) == ConsentBook()


def test_the_summary_says_what_was_chosen_what_waits_and_what_is_proven() -> None:
    """Unsigned and unproven records both count as being on their way; a receipt's facts come from itself."""
    book = whole_book()
    summary = book.summary()
    receipt = book.receipts[0]
    assert summary["choices"] == {"suggest": "given", "learn": "refused"}
    assert (summary["chosen"], summary["pending"]) == (1_795_000_000_123, 2)
    assert summary["receipts"] == [
        {
            "entry": receipt.opening.entry().hex(),
            "purpose": "suggest",
            "status": "given",
            "event_at": 1_795_300_000,
            "notice": receipt.opening.record.notice_hash.hex(),
            "index": receipt.proof.index,
            "erased": False,
            "receipt": receipt.to_bytes().decode(),
        }
    ]


ERASING = {"wanted": [], "request": None, "erased": [], "answers": [], "refused": False}


def damaged(**change: Any) -> bytes:
    """The whole book with some fields changed."""
    return canonical.encode(json.loads(whole_book().to_bytes()) | change)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"{}", whole_book().to_bytes() + b" ", damaged(v=2), damaged(more=1),
        damaged(choices=[]), damaged(chosen_ms="1"), damaged(last=1), damaged(unsigned={}),
        damaged(unsigned=[1]), damaged(unsigned=[{"salt": "00" * 32}]), damaged(accepted=1),
        damaged(pending=None), damaged(pending=[{}]), damaged(receipts=["{}"]), damaged(receipts=[1]),
        damaged(erasing=None), damaged(erasing={}), damaged(erasing={**ERASING, "wanted": ["00"]}),
        damaged(erasing={**ERASING, "request": "{}"}), damaged(erasing={**ERASING, "refused": 0}),
        damaged(erasing={**ERASING, "answers": ["{}"]}), damaged(erasing={**ERASING, "more": 1}),
    ],
)  # fmt: skip
def test_what_is_no_book_is_not_used(raw: bytes) -> None:
    """A wrong shape anywhere in it is malformed."""
    with pytest.raises(Malformed):
        ConsentBook.from_bytes(raw)


@pytest.mark.parametrize(("field", "value"), [("salt", "00" * 31), ("salt", "G" * 64), ("signature", "AAAA")])
def test_a_pending_record_has_a_whole_salt_and_signature(field: str, value: str) -> None:
    """Without them it could be neither sent nor proven."""
    pending = json.loads(whole_book().to_bytes())["pending"][0]
    with pytest.raises(Malformed):
        ConsentBook.from_bytes(damaged(pending=[pending | {field: value}]))
    with pytest.raises(Malformed):
        ConsentBook.from_bytes(damaged(pending=[pending | {"more": 1}]))


def test_a_kept_withdrawal_of_nothing_is_untrue() -> None:
    """A record that contradicts itself is not taken back in, wherever it lies in the book."""
    made = json.loads(whole_book().to_bytes())["unsigned"][0]
    text = json.dumps(made).replace("dpv:ConsentGiven", "dpv:ConsentWithdrawn")
    with pytest.raises(Untrue):
        ConsentBook.from_bytes(damaged(unsigned=[json.loads(text)]))


def test_receipts_are_listed_in_the_order_of_their_records() -> None:
    """Proofs arrive in any order; what the citizen is shown follows the chain of records."""
    book, receipts = ConsentBook(), []
    for number, purpose in enumerate((Purpose.SUGGEST, Purpose.LEARN, Purpose.MEASURE)):
        before = receipts[-1].opening.entry() if receipts else None
        receipts.append(receipt_for(opening(number, purpose=purpose, previous=before)))
    for receipt in (receipts[2], receipts[0], receipts[1]):
        book = book.proven(receipt)
    listed = book.summary()["receipts"]
    assert isinstance(listed, list)
    assert [shown["purpose"] for shown in listed if isinstance(shown, dict)] == [
        "suggest",
        "learn",
        "measure",
    ]
