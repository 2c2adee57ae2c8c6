"""The session: a pure state machine of one device. Events in, the next session and effects out; nothing is
done here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from edge_client import events, telling, unfinished
from edge_client.assist.answering import assist
from edge_client.bundle import Bundle
from edge_client.canary import Arm, ModelName
from edge_client.choosing import ConsentTerms, choose
from edge_client.consent import ConsentBook
from edge_client.contributing import LEARN, count, silenced, still_allowed, stores, without_forgotten
from edge_client.decided import SEED_BYTES, Decided, Made, keep
from edge_client.decision import Decision, prepare
from edge_client.dice import Chance
from edge_client.effects import (
    AskScores,
    Effect,
    EraseReporter,
    SaveArm,
    SaveBook,
    SaveDecided,
    SaveReporter,
    ShowCollection,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
    ShowTaken,
)
from edge_client.profile import Profile
from edge_client.recording import after_recording
from edge_client.replays.review import review
from edge_client.reporting import Reporter
from edge_client.rules.collect import Collection, collection_of
from edge_client.rules.facts import NO_CONTEXT
from edge_client.saving import erases, saves
from edge_client.scoring import Candidates
from edge_client.settling import forgotten, settle, still_of
from edge_client.signals.kept import KeptSignals
from edge_client.signals.needs import Needs
from edge_client.told import Told
from edge_client.wire.manifest import Manifest
from edge_client.wishes import ItemWanted

Step = tuple["Session", tuple[Effect, ...]]

SUGGEST = "suggest"


@dataclass(frozen=True, slots=True)
class Session:
    """Everything a device holds between two events.

    `bundle` is None while no verified bundle is at hand: consent works without one, suggestions and reports
    do not. `view` is the page on screen; `question` the decision that waits for the model's answers. `arm` is
    the draw for the bundle's canary, if there is one; `using` the model that is open. `told_pages` is what
    pages last heard from this worker that they may notice, and by which bundle.
    """

    terms: ConsentTerms
    chance: Chance
    bundle: Bundle | None = None
    book: ConsentBook = field(default_factory=ConsentBook)
    profile: Profile = field(default_factory=Profile)
    told: Told = field(default_factory=Told)
    signals: KeptSignals = field(default_factory=KeptSignals)
    decided: Decided = field(default_factory=Decided)
    reporter: Reporter | None = None
    view: events.PageViewed | None = None
    question: Decision | None = None
    arm: Arm | None = None
    using: ModelName = ModelName.LIVE
    told_pages: tuple[Manifest, Needs] | None = None

    def receive(self, event: events.Event) -> Step:
        """Fold one event in; say what should happen next, do none of it."""
        if isinstance(event, events.Recorded):
            book, effects = after_recording(self.book, event)
            return replace(self, book=book), effects
        if isinstance(event, events.Reviewed):
            using, shown = review(event, decided=self.decided, bundle=self.bundle, using=self.using)
            return replace(self, using=using), shown
        if isinstance(event, events.Assisted):
            return self, self._assisted(event)
        if isinstance(event, telling.Said):
            return self._said(event)
        if isinstance(event, telling.Switched):
            return self._switched(event)
        match event:
            case events.PageViewed():
                return self._page_viewed(event)
            case events.ItemDismissed() | ItemWanted():
                return self._judged(event)
            case events.SignalsNoticed():
                return self._noticed(event)
            case events.ForSomeoneElse() | events.ItemForgotten():
                return self._forgets(event)
            case events.ProfileAsked():
                receipts = (ShowReceipts(self.book), *unfinished.of_erasure(self.book))
                return self, (ShowProfile(self.profile), *receipts)
            case events.ProfileCleared(at_ms):
                return self._cleared(at_ms)
            case events.GroupingSwitched(on):
                if not self.book.allows(SUGGEST):
                    return self, ()
                after = replace(self, profile=replace(self.profile, grouped=on))
                return after, (*saves(self, after), ShowProfile(after.profile))
            case events.ChoiceMade():
                return self._chosen(event)
            case events.BundleOpened(bundle):
                return self._bundle_opened(bundle)
            case events.TrialUnusable():
                arm = self.arm.without_trial() if self.arm else None
                return replace(self, arm=arm, using=ModelName.LIVE), (SaveArm(arm),) if arm else ()
            case events.Scored(answers):
                return self._scored(answers)
            case events.ReportSettled(report_id):
                return self._report_settled(report_id)
            case _:
                assert_never(event)

    def _page_viewed(self, event: events.PageViewed) -> Step:
        effects: list[Effect] = [*unfinished.of_consent(self.book), *unfinished.of_erasure(self.book)]
        after = replace(self, view=event)
        if self.bundle is None or self.bundle.is_expired(event.at_ms):
            over = forgotten(self.arm if self.bundle else None)
            return (replace(after, arm=None) if over else after), (*effects, *over)
        if self.book.allows(LEARN):
            reporter, book, counted = count(
                event.at_ms,
                self.reporter,
                bundle=self.bundle,
                profile=self.profile,
                book=self.book,
                chance=self.chance,
            )
            after, effects = replace(after, reporter=reporter, book=book), [*effects, *counted]
        if not (self.book.allows(SUGGEST) or self.book.allows(LEARN)):
            return after, tuple(effects)
        collection = self._collection(self.bundle)
        after, heard = after._tell_pages(collection)
        effects += heard
        # A sensitive topic is neither stored nor planned for, so nothing can ever be inferred from it.
        if self.bundle.is_sensitive(event.item):
            return after, tuple(effects)
        if not collection.context:
            event = replace(event, context=NO_CONTEXT)
        keep_days = self.bundle.rules.keep_days
        profile, told, signals, decided = telling.after_page(self, event, collection, keep_days=keep_days)
        after = replace(after, view=event, profile=profile, told=told, signals=signals, decided=decided)
        asked_after, asked = after._ask(event.at_ms)
        return asked_after, (*effects, *saves(self, after), *asked)

    def _tell_pages(self, collection: Collection) -> Step:
        """Tell pages what they may notice, though it be nothing: they remember what an earlier worker said,
        whose rules may be gone. Said again where the bundle, or what the citizen lets be, is another."""
        if self.bundle is None or not self.book.allows(SUGGEST):
            return self, ()
        now = (self.bundle.manifest, collection.signals)
        if now == self.told_pages:
            return self, ()
        return replace(self, told_pages=now), (ShowCollection(collection),)

    def _collection(self, bundle: Bundle) -> Collection:
        suggests, learns = self.book.allows(SUGGEST), self.book.allows(LEARN)
        return collection_of(bundle, suggests=suggests, learns=learns).as_let(self.signals)

    def _ask(self, at_ms: int) -> Step:
        """Ask the model about the page on screen and the likely next ones, where suggestions are allowed."""
        if self.bundle is None or self.view is None or not self.book.allows(SUGGEST):
            return self, ()
        if self.bundle.is_sensitive(self.view.item) or self.bundle.is_expired(at_ms):
            return self, ()
        question = prepare(
            replace(self.view, at_ms=at_ms),
            profile=self.profile,
            told=self.told,
            shown=self.decided.shown,
            bundle=self.bundle,
            signals=self.signals.rows,
            outcomes=self.decided.outcomes,
        )
        arm, using, opened = settle(self.arm, self.using, canary=self.bundle.canary, dice=self.chance.hidden)
        after = replace(self, question=question, arm=arm, using=using)
        return after, (*opened, AskScores(question.questions))

    def _scored(self, answers: tuple[Candidates, ...]) -> Step:
        # Consent may have been withdrawn while the model was at work.
        if self.question is None or self.bundle is None or not self.book.allows(SUGGEST):
            return replace(self, question=None), ()
        made = Made(self.profile, self.bundle, self.using)
        outcome, kept = keep(self.question, answers, seed=self.chance.hidden.draw(SEED_BYTES), made=made)
        after = replace(self, question=None, decided=self.decided.with_decision(kept))
        return after, (ShowPlan(outcome.plan), SaveDecided(after.decided))

    def _assisted(self, event: events.Assisted) -> tuple[Effect, ...]:
        if self.bundle is None or not self.book.allows(SUGGEST):
            return ()
        return assist(event, self, self.bundle)

    def _judged(self, event: events.ItemDismissed | ItemWanted) -> Step:
        if not self.book.allows(SUGGEST):
            return self, ()
        collection = None if self.bundle is None else self._collection(self.bundle)
        profile, told, decided = telling.after_judging(self, event, collection)
        after = replace(self, profile=profile, told=told, decided=decided)
        listed = (ShowProfile(profile),) if isinstance(event, ItemWanted) else ()
        asked_after, asked = after._ask(event.at_ms)
        return asked_after, (*saves(self, after), *listed, *asked)

    def _said(self, event: telling.Said) -> Step:
        if self.bundle is None or not self.book.allows(SUGGEST):
            return self, ()
        told = telling.after_saying(self.told, event, self._collection(self.bundle))
        decided = telling.decided_after_saying(self.decided, event, is_new=told != self.told)
        after = replace(self, told=told, decided=decided)
        kept = saves(self, after)
        after, asked = after._ask(event.at_ms) if kept else (after, ())
        return after, (*kept, ShowProfile(after.profile), *asked)

    def _noticed(self, event: events.SignalsNoticed) -> Step:
        if self.bundle is None or not self.book.allows(SUGGEST):
            return self, ()
        collection = self._collection(self.bundle)
        signals = telling.after_noticing(self.signals, event, collection, profile=self.profile)
        after = replace(self, signals=signals)
        kept = saves(self, after)
        # A page may say what it is after its own view was decided on: then that is decided again.
        says_more = signals.says_more(self.signals, self.view.item if self.view else None)
        asked_after, asked = after._ask(event.at_ms) if says_more else (after, ())
        return asked_after, (*kept, *asked)

    def _switched(self, event: telling.Switched) -> Step:
        if self.bundle is None or not (self.book.allows(SUGGEST) or self.book.allows(LEARN)):
            return self, ()
        after = replace(self, signals=telling.after_switching(self.signals, event), question=None)
        collection = after._collection(self.bundle)
        profile = collection.trim(self.profile, event.at_ms)
        signals = collection.trim_signals(after.signals, event.at_ms)
        decided = telling.decided_after_switching(self.decided, collection, event.at_ms)
        after = replace(after, profile=profile, signals=signals, decided=decided)
        if not collection.context and after.view is not None:
            after = replace(after, view=replace(after.view, context=NO_CONTEXT))
        after, told = after._tell_pages(collection)
        asked_after, asked = after._ask(event.at_ms)
        return asked_after, (*saves(self, after), *told, ShowProfile(after.profile), *asked)

    def _forgets(self, event: events.ForSomeoneElse | events.ItemForgotten) -> Step:
        # Pages take no plan while it is still to be taken in: they hear of that before they hear of the next.
        taken = (ShowTaken(event.at_ms),) if isinstance(event, events.ForSomeoneElse) else ()
        if not (self.book.allows(SUGGEST) or self.book.allows(LEARN)):
            return self, taken  # nothing is kept, and not even when this was said
        # Reports go first: a device that stops after them is told again, and still finds in the profile what.
        reporter = without_forgotten(self.reporter, event, profile=self.profile, bundle=self.bundle)
        silent = replace(self, reporter=reporter), stores(self.reporter, reporter)
        profile, signals, decided = telling.after_forgetting(self, event, self.bundle)
        if (profile, signals, decided) == (self.profile, self.signals, self.decided):
            return silent[0], (*silent[1], *taken)
        after = replace(silent[0], profile=profile, signals=signals, decided=decided)
        asked_after, asked = after._ask(event.at_ms)
        return asked_after, (*silent[1], *saves(self, after), *taken, ShowProfile(profile), *asked)

    def _cleared(self, at_ms: int) -> Step:
        covered = self.book.allows(SUGGEST) or self.book.allows(LEARN)  # if not, not even this is kept
        profile = self.profile.clear(at_ms) if covered else Profile()
        if profile == self.profile:
            return self, (ShowProfile(profile),)
        after = replace(self, question=None, profile=profile, told=Told(), decided=Decided(), told_pages=None)
        after = replace(after, signals=replace(self.signals, rows=()))  # switches stay, and how long for
        after = replace(after, reporter=silenced(self.reporter) if self.reporter else None)
        reports = stores(self.reporter, after.reporter)  # first: what was cleared is not cleared again
        return after, (*reports, *(saves if covered else erases)(self, after), ShowProfile(profile))

    def _bundle_opened(self, bundle: Bundle) -> Step:
        """Use a new bundle, and forget what its rules forbid that the rules before it allowed."""
        profile, told, signals, decided = telling.after_renewing(self, bundle, self._collection(bundle))
        arm = still_of(self.arm, bundle.canary)
        after = replace(self, bundle=bundle, question=None, arm=arm, using=ModelName.LIVE)
        after = replace(after, profile=profile, told=told, signals=signals, decided=decided)
        effects: list[Effect] = [*saves(self, after), *(() if arm == self.arm else forgotten(self.arm))]
        after = replace(after, reporter=still_allowed(self.reporter, bundle))
        return after, (*effects, *stores(self.reporter, after.reporter))

    def _report_settled(self, report_id: str) -> Step:
        if self.reporter is None:
            return self, ()
        settled = self.reporter.settled(report_id)
        return replace(self, reporter=settled), (SaveReporter(settled),)

    def _chosen(self, event: events.ChoiceMade) -> Step:
        if event.at_ms <= self.book.chosen_ms or (event.leaving and not self.book.choices):
            # Told again: its page has not heard which counts, or what became of it.
            owed = unfinished.of_consent(self.book) if event.leaving else ()
            return self, (ShowReceipts(self.book), *owed)
        book = choose(self.book, event, terms=self.terms, dice=self.chance.hidden)
        after = replace(self, book=book)
        # What the choice means on this device comes first, telling the ledger last. In between the choice is
        # kept as taken in: a device that stops before that is told again, and forgets then what is left.
        effects: list[Effect] = []
        if not book.allows(LEARN) and self.reporter is not None:
            after, effects = replace(after, reporter=None), [EraseReporter()]
        if not book.allows(SUGGEST):
            profile, signals = telling.after_refusing(self.profile, self.signals, learns=book.allows(LEARN))
            after = replace(after, question=None, arm=None, told_pages=None)
            after = replace(after, profile=profile, told=Told(), signals=signals, decided=Decided())
            effects += [*forgotten(self.arm), *erases(self, after)]
        return after, (*effects, SaveBook(book), ShowReceipts(book), *unfinished.of_consent(after.book))
