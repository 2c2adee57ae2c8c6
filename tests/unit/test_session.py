"""The session as a pure machine: what an event asks for, and what it must never ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger.record import Gpc
from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.contributing import learning_task
from edge_client.dice import Chance
from edge_client.effects import (
    AskScores,
    Effect,
    EraseProfile,
    EraseReporter,
    FetchProof,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SendConsent,
    SendReport,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
    SignRecord,
)
from edge_client.events import (
    BundleOpened,
    ChoiceMade,
    ItemDismissed,
    PageViewed,
    ProfileAsked,
    ProfileCleared,
    ProofArrived,
    RecordAccepted,
    RecordSigned,
    ReportSettled,
    Scored,
)
from edge_client.profile import Profile
from edge_client.reporting import DueReport, Pool, Reporter, period_at
from edge_client.scoring import candidates_of
from edge_client.session import Session
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, NOW_MS, NOW_S, catalogue, notice, rules
from tests.support.ledger import opening, receipt_for
from tests.support.pages import chance

MINUTE_MS = 60_000
ITEMS = len(catalogue().items)
SCORES = tuple(1.0 - index / 100 for index in range(ITEMS))
GRIEF, BINS, PERMIT = ItemId("/grief/first-days"), ItemId("/bins/new"), ItemId("/parking/permit")
BUNDLE = bundle_of()


def coins() -> Chance:
    return chance(visible=1, hidden=2)


def session_of(*given: str, at_ms: int = NOW_MS - MINUTE_MS) -> Session:
    """A session with a bundle, whose citizen has said yes to `given` and no to the rest."""
    session = Session(ConsentTerms(CONTROLLER, bytes(32)), coins(), bundle=BUNDLE)
    book = ConsentBook(
        choices={name: "given" if name in given else "refused" for name in ("suggest", "learn")},
        chosen_ms=at_ms,
        last="ab" * 32,
    )
    return replace(session, book=book)


def view(item: ItemId, *, at_ms: int = NOW_MS, links: tuple[ItemId, ...] = ()) -> PageViewed:
    return PageViewed(item, "en", links, at_ms)


def choice(*given: str, at_ms: int = NOW_MS + 1) -> ChoiceMade:
    return ChoiceMade(frozenset(given), notice(), Gpc.ABSENT, at_ms)


def kinds(effects: tuple[Effect, ...]) -> list[type[Effect]]:
    return [type(effect) for effect in effects]


def scored(session: Session, scores: tuple[float, ...]) -> Scored:
    """The answers of a model that gives these scores after any history."""
    assert session.question is not None
    return Scored(tuple(candidates_of(each, lambda history: scores) for each in session.question.questions))


def answers(session: Session) -> Scored:
    """The same scores for everything that was asked."""
    return scored(session, SCORES)


def with_reporter(session: Session, *pairs: tuple[int, int]) -> Session:
    """The session with a reporter that has collected `pairs` and waits with one report of each."""
    task = learning_task(BUNDLE)
    assert task is not None
    outbox = tuple(DueReport(NOW_MS, f"{place:032x}", pair) for place, pair in enumerate(pairs))
    return replace(
        session, reporter=Reporter(task.task_id, 0, Pool(period_at(NOW_MS), pairs, len(pairs)), outbox)
    )


def test_a_page_view_asks_the_model_and_its_answers_make_a_plan() -> None:
    """What is refused below is possible here: one question, one plan, and then nothing to answer."""
    asked, effects = session_of("suggest").receive(view(BINS))
    assert kinds(effects) == [SaveProfile, AskScores]
    after, effects = asked.receive(answers(asked))
    assert kinds(effects) == [ShowPlan, SaveDecided]
    assert after.receive(answers(asked)) == (after, ())


def test_answers_that_come_after_a_withdrawal_show_nothing() -> None:
    """The model was at work while the citizen said no: its answers are thrown away."""
    asked, _ = session_of("suggest").receive(view(BINS))
    scored = answers(asked)
    withdrawn, effects = asked.receive(choice())
    assert EraseProfile in kinds(effects)
    assert withdrawn.receive(scored)[1] == ()
    # Also where the question itself outlived the choice, as when another page wrote the book.
    elsewhere = replace(asked, book=withdrawn.book)
    after, effects = elsewhere.receive(scored)
    assert (effects, after.question) == ((), None)


@pytest.mark.parametrize(
    "event", [BundleOpened(bundle_of(version=2)), ProfileCleared(NOW_MS + 5)], ids=["bundle", "cleared"]
)
def test_answers_to_an_old_question_show_nothing(event: BundleOpened | ProfileCleared) -> None:
    """A plan is never made from a profile or a bundle that is not there any more."""
    asked, _ = session_of("suggest").receive(view(BINS))
    after, _ = asked.receive(event)
    assert after.receive(answers(asked))[1] == ()


def test_a_sensitive_page_asks_nothing_stores_nothing_and_is_never_planned_for() -> None:
    """No effect at all follows, not even of a dismissal on that page; as a link it is no page to plan for."""
    session, effects = session_of("suggest").receive(view(GRIEF))
    assert effects == ()
    assert session.profile == Profile()
    _, effects = session.receive(ItemDismissed(PERMIT, NOW_MS))
    assert kinds(effects) == [SaveProfile]
    asked, _ = session_of("suggest").receive(view(BINS, links=(GRIEF, PERMIT)))
    assert asked.question is not None
    assert asked.question.pages == (BINS, "/", PERMIT)


def test_a_sensitive_page_is_in_no_slot() -> None:
    """However high it scores: the page is eligible nowhere."""
    asked, _ = session_of("suggest").receive(view(BINS))
    top = tuple(9.0 if item.id == GRIEF else 0.5 for item in catalogue().items)
    assert asked.question is not None
    _, (shown, _) = asked.receive(scored(asked, top))
    assert isinstance(shown, ShowPlan)
    places = [s.item.index for page in shown.plan.pages for _, items in page.slots for s in items]
    assert places
    assert catalogue().index_of(GRIEF) not in places


@pytest.mark.parametrize("given", [(), ("learn",)])
def test_without_a_yes_to_suggestions_no_model_is_asked(given: tuple[str, ...]) -> None:
    """Neither a page view nor a dismissal does, and a dismissal is not kept."""
    session, effects = session_of(*given).receive(view(BINS))
    assert AskScores not in kinds(effects)
    assert session.receive(ItemDismissed(PERMIT, NOW_MS)) == (session, ())


def test_without_any_yes_a_page_view_does_nothing() -> None:
    """Not even an empty profile is written."""
    assert session_of().receive(view(BINS))[1] == ()


def test_without_a_yes_to_learning_there_is_no_reporter() -> None:
    """Suggestions alone count nothing and send nothing."""
    session, effects = session_of("suggest").receive(view(BINS))
    assert session.reporter is None
    assert not {SaveReporter, SendReport} & set(kinds(effects))


def test_a_session_is_counted_from_the_yes_on() -> None:
    """Of a session's pages only those looked at since learning was allowed make a pair, in their order."""
    session = session_of("suggest")
    session, _ = session.receive(view(BINS))
    session, _ = session.receive(choice("suggest", "learn", at_ms=NOW_MS + 1))
    for place, item in enumerate((PERMIT, ItemId("/"))):
        session, _ = session.receive(view(item, at_ms=NOW_MS + 2 + place))
    session, _ = session.receive(view(BINS, at_ms=NOW_MS + 31 * MINUTE_MS))
    assert session.reporter is not None
    assert session.reporter.pool.pairs == ((catalogue().index_of(PERMIT), 0),)


def test_an_expired_bundle_leaves_only_consent_working() -> None:
    """No visit is stored, no model asked, no report sent; what waits for the ledger still goes."""
    made = opening()
    session = replace(session_of("suggest", "learn"), bundle=bundle_of(expires=NOW_S))
    session = replace(session, book=session.book.signed(made))
    after, effects = session.receive(view(BINS))
    assert kinds(effects) == [SendConsent]
    assert (after.profile, after.reporter) == (Profile(), None)


def test_a_bundle_that_forbids_a_page_purges_it() -> None:
    """From the profile, the pairs and the reports, at once and on disk."""
    session = session_of("suggest", "learn")
    for number, item in enumerate((BINS, PERMIT)):
        session, _ = session.receive(view(item, at_ms=NOW_MS + number))
    bins, permit, home = (catalogue().index_of(item) for item in (BINS, PERMIT, ItemId("/")))
    assert bins is not None
    assert permit is not None
    assert home is not None
    session = with_reporter(session, (bins, permit), (home, permit), (NOTHING, NOTHING))
    stricter = bundle_of(version=2, rules_=replace(Rules.parse(rules()), never_items=(BINS,)))
    after, effects = session.receive(BundleOpened(stricter))
    assert kinds(effects) == [SaveProfile, SaveReporter]
    assert [visit.item for visit in after.profile.visits] == [PERMIT]
    assert after.reporter is not None
    assert after.reporter.pool.pairs == ((home, permit), (NOTHING, NOTHING))
    assert [report.pair for report in after.reporter.outbox] == [
        (NOTHING, NOTHING), (home, permit), (NOTHING, NOTHING),
    ]  # fmt: skip


def test_a_bundle_that_forbids_nothing_new_changes_nothing_that_is_kept() -> None:
    """The same rules again write nothing."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    after, effects = with_reporter(session, (1, 2)).receive(BundleOpened(bundle_of(version=2)))
    assert effects == ()
    assert after.bundle is not None
    assert after.bundle.manifest.version == 2


def test_clearing_empties_profile_and_reports_and_keeps_the_choices() -> None:
    """How many reports leave stays the same, and says nothing."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    after, effects = with_reporter(session, (1, 2), (3, 4)).receive(ProfileCleared(NOW_MS + 1))
    assert kinds(effects) == [SaveProfile, ShowProfile, SaveReporter]
    assert after.profile == Profile(cleared_ms=NOW_MS + 1, sessions=1)
    assert after.reporter is not None
    assert after.reporter.pool.pairs == ()
    assert [report.pair for report in after.reporter.outbox] == [(NOTHING, NOTHING)] * 2
    assert after.book == session.book


def test_clearing_told_twice_clears_once() -> None:
    """The second telling shows what there is, and takes nothing that came after the first."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    cleared, _ = session.receive(ProfileCleared(NOW_MS + 1))
    since, _ = cleared.receive(view(PERMIT, at_ms=NOW_MS + 2))
    since = with_reporter(since, (1, 2))
    after, effects = since.receive(ProfileCleared(NOW_MS + 1))
    assert after == since
    assert effects == (ShowProfile(since.profile),)


def test_asking_what_is_known_changes_nothing() -> None:
    """Looking at one's own data leaves no trace in it."""
    session, _ = session_of("suggest").receive(view(BINS))
    assert session.receive(ProfileAsked()) == (
        session,
        (ShowProfile(session.profile), ShowReceipts(session.book)),
    )


def test_withdrawing_both_erases_everything_before_the_ledger_is_told() -> None:
    """The book, the reporter and the profile come first; signing and sending come after."""
    session, _ = session_of("suggest", "learn").receive(view(BINS))
    after, effects = session.receive(choice())
    assert kinds(effects) == [SaveBook, EraseReporter, EraseProfile, ShowReceipts, SignRecord, SignRecord]
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
    """The one taken in already, told again, or one from before it: no record, no effect."""
    session = session_of("suggest", at_ms=NOW_MS)
    assert session.receive(choice(at_ms=NOW_MS + late_ms)) == (session, ())


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


def test_a_settled_report_leaves_the_outbox_and_one_without_a_reporter_does_nothing() -> None:
    """The answer may come after learning was withdrawn."""
    session = with_reporter(session_of("learn"), (1, 2), (3, 4))
    after, effects = session.receive(ReportSettled(f"{0:032x}"))
    assert after.reporter is not None
    assert [report.pair for report in after.reporter.outbox] == [(3, 4)]
    assert effects == (SaveReporter(after.reporter),)
    without = session_of()
    assert without.receive(ReportSettled("a" * 32)) == (without, ())


def test_a_page_outside_the_catalogue_is_not_stored_and_sends_what_is_due() -> None:
    """A report leaves at any page view, also at one that nothing is known about."""
    session = with_reporter(session_of("suggest", "learn"), (1, 2))
    after, effects = session.receive(view(ItemId("/elsewhere")))
    assert after.profile == Profile()
    assert kinds(effects) == [SaveReporter, SaveBook, SendReport, AskScores]
    assert after.reporter is not None
    assert after.book.filled == after.reporter.pool.period
