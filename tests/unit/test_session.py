"""The session as a pure machine: what an event asks for, and what it must never ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_client.effects import (
    AskScores,
    EraseProfile,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SendConsent,
    SendReport,
    ShowCollection,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
)
from edge_client.events import (
    BundleOpened,
    ItemDismissed,
    ProfileAsked,
    ProfileCleared,
    ReportSettled,
)
from edge_client.profile import Profile
from edge_client.wire.contribution import NOTHING
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, NOW_S, catalogue, rules
from tests.support.ledger import opening
from tests.support.sessions import (
    BINS,
    GRIEF,
    MINUTE_MS,
    PERMIT,
    answers,
    choice,
    kinds,
    scored,
    session_of,
    view,
    with_reporter,
)


def test_a_page_view_asks_the_model_and_its_answers_make_a_plan() -> None:
    """What is refused below is possible here: one question, one plan, and then nothing to answer."""
    asked, effects = session_of("suggest").receive(view(BINS))
    assert kinds(effects) == [ShowCollection, SaveProfile, AskScores]
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
    """No effect follows that would not with any page, not even of a dismissal on it; as a link it is no page
    to plan for."""
    session, effects = session_of("suggest").receive(view(GRIEF))
    assert kinds(effects) == [ShowCollection]
    assert effects == session_of("suggest").receive(view(BINS))[1][:1]
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
    assert kinds(effects) == [SaveReporter, SaveProfile, ShowProfile]
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
    assert kinds(effects) == [SaveReporter, SaveBook, SendReport, ShowCollection, AskScores]
    assert after.reporter is not None
    assert after.book.filled == after.reporter.pool.period
