"""The session: a pure state machine of one device. Events in, the next session and effects out; nothing is
done here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from edge_client import unfinished
from edge_client.bundle import Bundle
from edge_client.canary import Arm, ModelName
from edge_client.choosing import ConsentTerms, choose
from edge_client.consent import ConsentBook
from edge_client.contributing import LEARN, learning_task, reporter_at, still_allowed
from edge_client.decided import SEED_BYTES, Decided, keep
from edge_client.decision import Decision, prepare
from edge_client.dice import Chance
from edge_client.effects import (
    AskScores,
    Effect,
    EraseDecided,
    EraseProfile,
    EraseReporter,
    EraseTold,
    SaveArm,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SaveTold,
    SendReport,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
)
from edge_client.events import (
    BundleOpened,
    ChoiceMade,
    Event,
    ForSomeoneElse,
    GroupingSwitched,
    ItemDismissed,
    PageViewed,
    ProfileAsked,
    ProfileCleared,
    ReportSettled,
    Scored,
    TrialUnusable,
)
from edge_client.profile import Profile
from edge_client.recording import Recorded, after_recording
from edge_client.reporting import Reporter
from edge_client.rules.collect import Collection, collection_of
from edge_client.scoring import Candidates
from edge_client.settling import forgotten, settle, still_of
from edge_client.telling import Said, after_being_for_another, after_saying, after_showing, after_viewing
from edge_client.told import Told
from edge_client.wire.manifest import Canary
from edge_client.wire.paths import ItemId

Step = tuple["Session", tuple[Effect, ...]]

SUGGEST = "suggest"


@dataclass(frozen=True, slots=True)
class Session:
    """Everything a device holds between two events.

    `bundle` is None while no verified bundle is at hand: consent works without one, suggestions and reports
    do not. `view` is the page on screen; `question` the decision that waits for the model's answers. `arm` is
    the draw for the bundle's canary, if there is one; `using` the model that is open.
    """

    terms: ConsentTerms
    chance: Chance
    bundle: Bundle | None = None
    book: ConsentBook = field(default_factory=ConsentBook)
    profile: Profile = field(default_factory=Profile)
    told: Told = field(default_factory=Told)
    decided: Decided = field(default_factory=Decided)
    reporter: Reporter | None = None
    view: PageViewed | None = None
    question: Decision | None = None
    arm: Arm | None = None
    using: ModelName = ModelName.LIVE

    def receive(self, event: Event) -> Step:
        """Fold one event in; say what should happen next, do none of it."""
        if isinstance(event, Recorded):
            book, effects = after_recording(self.book, event)
            return replace(self, book=book), effects
        if isinstance(event, Said):
            return self._said(event)
        match event:
            case PageViewed():
                return self._page_viewed(event)
            case ItemDismissed(item, at_ms):
                return self._dismissed(item, at_ms)
            case ForSomeoneElse(at_ms):
                return self._for_another(event, at_ms)
            case ProfileAsked():
                shown = (ShowProfile(self.profile), ShowReceipts(self.book))
                return self, (*shown, *unfinished.of_erasure(self.book))
            case ProfileCleared(at_ms):
                return self._cleared(at_ms)
            case GroupingSwitched(on):
                if not self.book.allows(SUGGEST):
                    return self, ()
                after = replace(self, profile=replace(self.profile, grouped=on))
                return after, (SaveProfile(after.profile), ShowProfile(after.profile))
            case ChoiceMade():
                return self._chosen(event)
            case BundleOpened(bundle):
                return self._bundle_opened(bundle)
            case TrialUnusable():
                arm = self.arm.without_trial() if self.arm else None
                return replace(self, arm=arm, using=ModelName.LIVE), (SaveArm(arm),) if arm else ()
            case Scored(answers):
                return self._scored(answers)
            case ReportSettled(report_id):
                return self._report_settled(report_id)
            case _:
                assert_never(event)

    def _page_viewed(self, event: PageViewed) -> Step:
        effects: list[Effect] = [*unfinished.of_consent(self.book), *unfinished.of_erasure(self.book)]
        after = replace(self, view=event)
        if self.bundle is None or self.bundle.is_expired(event.at_ms):
            over = forgotten(self.arm if self.bundle else None)
            return (replace(after, arm=None) if over else after), (*effects, *over)
        task = learning_task(self.bundle)
        if self.book.allows(LEARN) and task is not None:
            reporter, contribution = reporter_at(
                event.at_ms,
                self.reporter,
                task=task,
                bundle=self.bundle,
                profile=self.profile,
                filled=self.book.filled,
                chance=self.chance,
            ).take(event.at_ms)
            after = replace(after, reporter=reporter)
            effects.append(SaveReporter(reporter))
            if reporter.pool.period > self.book.filled:
                after = replace(after, book=replace(self.book, filled=reporter.pool.period))
                effects.append(SaveBook(after.book))
            effects += [SendReport(contribution)] if contribution else []
        if not (self.book.allows(SUGGEST) or self.book.allows(LEARN)):
            return after, tuple(effects)
        # A sensitive topic is neither stored nor planned for, so nothing can ever be inferred from it.
        if self.bundle.is_sensitive(event.item):
            return after, tuple(effects)
        collection = self._collection(self.bundle)
        profile = after_viewing(self.profile, event, collection, keep_days=self.bundle.rules.keep_days)
        shown = after_showing(self.decided.shown, event, collection)
        # What was decided rests on what was looked at: it goes with it.
        gone = {visit.item for visit in self.profile.visits} - {visit.item for visit in profile.visits}
        lines = () if gone else self.decided.lines
        after, kept = after._keep(profile=profile, decided=replace(self.decided, lines=lines, shown=shown))
        after, asked = after._ask(event.at_ms)
        return after, (*effects, *kept, *asked)

    def _collection(self, bundle: Bundle) -> Collection:
        return collection_of(bundle, suggests=self.book.allows(SUGGEST), learns=self.book.allows(LEARN))

    def _keep(
        self, *, profile: Profile | None = None, told: Told | None = None, decided: Decided | None = None
    ) -> Step:
        """Keep what is new of what this device knows; say nothing of what is as it was."""
        effects: list[Effect] = []
        if profile is not None and profile != self.profile:
            effects.append(SaveProfile(profile))
        if told is not None and told != self.told:
            effects.append(SaveTold(told))
        if decided is not None and decided != self.decided:
            effects.append(SaveDecided(decided))
        after = replace(
            self,
            profile=self.profile if profile is None else profile,
            told=self.told if told is None else told,
            decided=self.decided if decided is None else decided,
        )
        return after, tuple(effects)

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
        )
        after, opened = self._settle_arm(self.bundle.canary)
        return replace(after, question=question), (*opened, AskScores(question.questions))

    def _settle_arm(self, canary: Canary | None) -> Step:
        arm, using, effects = settle(self.arm, self.using, canary=canary, dice=self.chance.hidden)
        return replace(self, arm=arm, using=using), effects

    def _scored(self, answers: tuple[Candidates, ...]) -> Step:
        # Consent may have been withdrawn while the model was at work.
        if self.question is None or self.bundle is None or not self.book.allows(SUGGEST):
            return replace(self, question=None), ()
        seed = self.chance.hidden.draw(SEED_BYTES)
        outcome, kept = keep(self.question, answers, seed=seed, profile=self.profile, bundle=self.bundle)
        decided = self.decided.with_decision(kept)
        return replace(self, question=None, decided=decided), (ShowPlan(outcome.plan), SaveDecided(decided))

    def _dismissed(self, item: ItemId, at_ms: int) -> Step:
        if not self.book.allows(SUGGEST):
            return self, ()
        told = self.told.refused(item, at_ms)
        if self.bundle is not None:
            told = self._collection(self.bundle).trim_told(told, at_ms)
        after, kept = self._keep(profile=self.profile.dismiss(item), told=told)
        after, asked = after._ask(at_ms)
        return after, (*kept, *asked)

    def _said(self, event: Said) -> Step:
        if self.bundle is None or not self.book.allows(SUGGEST):
            return self, ()
        told = after_saying(self.told, event, self._collection(self.bundle))
        decided = self.decided if told == self.told else replace(self.decided, lines=())
        after, kept = self._keep(told=told, decided=decided)
        after, asked = after._ask(event.at_ms) if kept else (after, ())
        return after, (*kept, ShowProfile(after.profile), *asked)

    def _for_another(self, event: ForSomeoneElse, at_ms: int) -> Step:
        # What was decided rests on what was looked at: it goes with it.
        after, kept = self._keep(
            profile=after_being_for_another(self.profile, event), decided=replace(self.decided, lines=())
        )
        after, asked = after._ask(at_ms)
        return after, (*kept, ShowProfile(after.profile), *asked)

    def _cleared(self, at_ms: int) -> Step:
        profile = self.profile.clear(at_ms)
        if profile == self.profile:
            return self, (ShowProfile(profile),)
        after, kept = replace(self, question=None)._keep(profile=profile, told=Told(), decided=Decided())
        effects: list[Effect] = [*kept, ShowProfile(profile)]
        if self.reporter is not None:
            # What was collected says nothing from now on; how many reports leave stays the same.
            after = replace(after, reporter=self.reporter.without(lambda page: True))
            effects += [SaveReporter(after.reporter)] if after.reporter else []
        return after, tuple(effects)

    def _bundle_opened(self, bundle: Bundle) -> Step:
        """Use a new bundle, and forget what its rules forbid that the rules before it allowed."""
        collection = self._collection(bundle)
        profile, told = self.profile.without(bundle.is_sensitive), self.told
        last_ms = profile.last_ms
        arm = still_of(self.arm, bundle.canary)
        after = replace(self, bundle=bundle, question=None, arm=arm, using=ModelName.LIVE)
        decided = self.decided.under(bundle)
        after, kept = after._keep(
            profile=collection.trim(profile, last_ms),
            told=collection.trim_told(told, last_ms),
            decided=replace(decided, shown=collection.trim_shown(decided.shown, last_ms)),
        )
        effects: list[Effect] = [*kept]
        effects += () if arm == self.arm else forgotten(self.arm)
        reporter = still_allowed(self.reporter, bundle)
        if reporter is not None and reporter != self.reporter:
            after = replace(after, reporter=reporter)
            effects.append(SaveReporter(reporter))
        return after, tuple(effects)

    def _report_settled(self, report_id: str) -> Step:
        if self.reporter is None:
            return self, ()
        after = replace(self, reporter=self.reporter.settled(report_id))
        return after, (SaveReporter(self.reporter.settled(report_id)),)

    def _chosen(self, event: ChoiceMade) -> Step:
        if event.at_ms <= self.book.chosen_ms:
            return self, ()  # told again, or by a page that has not heard of a newer choice
        book = choose(self.book, event, terms=self.terms, dice=self.chance.hidden)
        after = replace(self, book=book)
        # What the choice means on this device comes first; telling the ledger comes after.
        effects: list[Effect] = [SaveBook(book)]
        if not book.allows(LEARN) and self.reporter is not None:
            after, effects = replace(after, reporter=None), [*effects, EraseReporter()]
        if not book.allows(SUGGEST):
            after, effects = replace(after, question=None, arm=None), [*effects, *forgotten(self.arm)]
            kept = replace(self.profile, dismissed=frozenset())
            profile = kept if book.allows(LEARN) else Profile()
            if profile != self.profile:
                after = replace(after, profile=profile)
                effects.append(SaveProfile(profile) if profile.visits else EraseProfile())
            after, effects = replace(after, told=Told(), decided=Decided()), [*effects, *self._untold()]
        return after, (*effects, ShowReceipts(book), *unfinished.of_consent(after.book))

    def _untold(self) -> tuple[Effect, ...]:
        told = () if self.told == Told() else (EraseTold(),)
        return (*told, *(() if self.decided == Decided() else (EraseDecided(),)))
