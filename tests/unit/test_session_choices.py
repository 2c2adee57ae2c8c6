"""The session as a pure machine: what a choice asks for, its records and their receipts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_client.effects import (
    EraseProfile,
    EraseReporter,
    FetchProof,
    SaveBook,
    SaveProfile,
    SendConsent,
    ShowReceipts,
    SignRecord,
)
from edge_client.events import (
    ItemDismissed,
    ProofArrived,
    RecordAccepted,
    RecordSigned,
)
from edge_client.profile import Profile
from tests.support.city import NOW_MS, NOW_S, notice
from tests.support.ledger import opening, receipt_for
from tests.support.sessions import (
    BINS,
    MINUTE_MS,
    PERMIT,
    choice,
    kinds,
    session_of,
    view,
)


def test_withdrawing_both_erases_everything_before_the_ledger_is_told() -> None:
    """The reporter and the profile go first, then the choice is kept as taken in; signing and sending come
    after."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    after, effects = session.receive(choice())
    assert kinds(effects) == [EraseReporter, EraseProfile, SaveBook, ShowReceipts, SignRecord, SignRecord]
    assert (after.profile, after.reporter, after.question) == (Profile(), None, None)


def test_withdrawing_suggestions_alone_keeps_the_visits_that_learning_needs() -> None:
    """What was called not relevant served suggestions only, and goes."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    session, _ = session.receive(ItemDismissed(PERMIT, NOW_MS))
    after, effects = session.receive(choice("learn"))
    assert after.profile == Profile(session.profile.visits)
    assert SaveProfile(after.profile) in effects
    assert not {EraseProfile, EraseReporter} & set(kinds(effects))
    assert (after.reporter, after.question) == (session.reporter, None)


def test_withdrawing_learning_alone_keeps_the_profile() -> None:
    """Only what was collected for reports goes."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    after, effects = session.receive(choice("suggest"))
    assert (after.profile, after.reporter) == (session.profile, None)
    assert EraseReporter in kinds(effects)
    assert EraseProfile not in kinds(effects)


@pytest.mark.parametrize("late_ms", [0, -1, -MINUTE_MS])
def test_a_choice_that_is_not_newer_changes_nothing(late_ms: int) -> None:
    """The one taken in already, told again, or one from before it: no record; its page hears which counts."""
    session = session_of("suggest", at_ms=NOW_MS)
    assert session.receive(choice(at_ms=NOW_MS + late_ms)) == (session, (ShowReceipts(session.book),))


def test_a_newer_choice_of_the_same_takes_its_time_in_and_makes_no_record() -> None:
    """So that a choice in between, told late, does not count."""
    session = session_of("suggest", at_ms=NOW_MS)
    after, effects = session.receive(choice("suggest", at_ms=NOW_MS + 9))
    assert after.book == replace(session.book, chosen_ms=NOW_MS + 9)
    assert kinds(effects) == [SaveBook, ShowReceipts]


def test_records_of_one_choice_form_a_chain() -> None:
    """Each names the leaf of the one before it, the first the last of the earlier choice."""
    session = session_of("suggest", "learn")
    after, _ = session.receive(choice())
    first, second = (unsigned.record for unsigned in after.book.unsigned)
    assert first.previous == bytes.fromhex("ab" * 32)
    made = replace(after.book, unsigned=())
    assert made.last not in (None, "ab" * 32)
    assert second.previous not in (None, first.previous)
    assert (first.event_at, first.notice_hash.hex()) == (NOW_S, notice().sha256)


def test_a_page_view_takes_up_what_is_left_of_each_record() -> None:
    """Unsigned ones are signed, unaccepted ones sent again, accepted ones asked for, proven ones left."""
    sent, accepted, proven = (opening(number) for number in range(3))
    session = session_of()
    book = session.book.signed(sent).signed(accepted).logged(accepted.entry().hex())
    book = book.signed(proven).proven(receipt_for(proven))
    asked, _ = session.receive(choice("suggest"))
    (waiting,) = asked.book.unsigned
    _, effects = replace(session, book=replace(book, unsigned=(waiting,))).receive(view(BINS))
    assert kinds(effects) == [SignRecord, SendConsent, FetchProof]
    assert effects[2] == FetchProof(accepted.entry().hex())


def test_a_signed_record_is_kept_before_it_is_sent_and_an_accepted_one_before_it_is_asked_for() -> None:
    """A page that is closed in between sends again, or asks again, at the next one."""
    made = opening()
    signed, effects = session_of().receive(RecordSigned(made))
    assert kinds(effects) == [SaveBook, SendConsent]
    _, effects = signed.receive(RecordAccepted(made.entry().hex()))
    assert kinds(effects) == [SaveBook, ShowReceipts, FetchProof]


def test_a_proof_of_an_entry_that_is_not_waited_for_asks_nothing() -> None:
    """Nothing is verified that no pending record needs."""
    made = opening()
    proof = receipt_for(made).proof
    session = session_of()
    assert session.receive(ProofArrived(made.entry().hex(), proof)) == (session, ())
