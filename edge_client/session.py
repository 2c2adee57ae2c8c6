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
from edge_client.decision import Decision, decide, prepare
from edge_client.dice import Chance
from edge_client.effects import (
    AskScores,
    Effect,
    EraseProfile,
    EraseReporter,
    FetchProof,
    SaveArm,
    SaveBook,
    SaveProfile,
    SaveReporter,
    SendErasure,
    SendReport,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
)
from edge_client.events import (
    BundleOpened,
    ChoiceMade,
    CopiesErased,
    ErasureAsked,
    ErasureRefused,
    ErasureSigned,
    Event,
    GroupingSwitched,
    ItemDismissed,
    PageViewed,
    ProfileAsked,
    ProfileCleared,
    ProofArrived,
    ReceiptVerified,
    RecordAccepted,
    RecordSigned,
    ReportSettled,
    Scored,
    TrialUnusable,
)
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.scoring import Candidates
from edge_client.settling import forgotten, settle, still_of
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.contribution import NOTHING
from edge_client.wire.manifest import Canary
from edge_client.wire.paths import ItemId
from edge_client.wire.task import MeasurementTask

Step = tuple["Session", tuple[Effect, ...]]

SUGGEST = "suggest"
LEARN = "learn"


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
    reporter: Reporter | None = None
    view: PageViewed | None = None
    question: Decision | None = None
    arm: Arm | None = None
    using: ModelName = ModelName.LIVE

    def receive(self, event: Event) -> Step:
        """Fold one event in; say what should happen next, do none of it."""
        match event:
            case PageViewed():
                return self._page_viewed(event)
            case ItemDismissed(item, at_ms):
                return self._dismissed(item, at_ms)
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
            case RecordSigned(opening):
                after = replace(self, book=self.book.signed(opening))
                return after, (SaveBook(after.book), unfinished.sending(opening))
            case RecordAccepted(entry):
                after = replace(self, book=self.book.logged(entry))
                saved = (SaveBook(after.book), ShowReceipts(after.book))
                return after, (*saved, FetchProof(entry), *unfinished.next_erasure(after.book))
            case ProofArrived(entry, proof):
                return self, unfinished.with_proof(self.book, entry, proof=proof)
            case ReceiptVerified(receipt):
                after = replace(self, book=self.book.proven(receipt))
                return after, (SaveBook(after.book), ShowReceipts(after.book))
            case ErasureAsked():
                return self._erasing_shown(self.book.with_copies_unwanted())
            case ErasureSigned(request):
                signed = replace(self.book, erasing=self.book.erasing.signed(request))
                if signed == self.book:
                    return self, ()  # another one is under way
                return replace(self, book=signed), (SaveBook(signed), SendErasure(request))
            case CopiesErased(answer):
                return self._erasing_shown(replace(self.book, erasing=self.book.erasing.answered(answer)))
            case ErasureRefused(request):
                return self._erasing_shown(replace(self.book, erasing=self.book.erasing.turned_down(request)))
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
            reporter, contribution = self._reporter_at(event, task).take(event.at_ms)
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
        if self.bundle.catalogue.index_of(event.item) is not None:
            profile = self.profile.visited(
                event.item, at_ms=event.at_ms, keep_days=self.bundle.rules.keep_days
            )
            after = replace(after, profile=profile)
            effects.append(SaveProfile(profile))
        after, asked = after._ask(event.at_ms)
        return after, (*effects, *asked)

    def _reporter_at(self, event: PageViewed, task: MeasurementTask) -> Reporter:
        reporter = self.reporter
        if reporter is None or reporter.task != task.task_id or self.bundle is None:
            latest = self.profile.visits[-1].at_ms + 1 if self.profile.visits else 0
            return Reporter.starting(
                task, at_ms=event.at_ms, since_ms=max(event.at_ms, latest), filled=self.book.filled
            )
        before = self.profile.visits[-1] if self.profile.visits else None
        if before and self.profile.starts_session(event.at_ms) and reporter.folded < before.session:
            pages = tuple(
                index
                for item in self.profile.session_items(before.session, since_ms=reporter.since_ms)
                if (index := self.bundle.catalogue.index_of(item)) is not None
            )
            reporter = reporter.session_ended(
                pages, session=before.session, task=task, dice=self.chance.hidden
            )
        return reporter.clock(at_ms=event.at_ms, task=task, chance=self.chance)

    def _ask(self, at_ms: int) -> Step:
        """Ask the model about the page on screen and the likely next ones, where suggestions are allowed."""
        if self.bundle is None or self.view is None or not self.book.allows(SUGGEST):
            return self, ()
        if self.bundle.is_sensitive(self.view.item) or self.bundle.is_expired(at_ms):
            return self, ()
        question = prepare(
            self.profile, bundle=self.bundle, page=self.view.item, links=self.view.links, lang=self.view.lang
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
        plan = decide(self.question, answers, bundle=self.bundle, hidden=self.chance.hidden)
        return replace(self, question=None), (ShowPlan(plan),)

    def _dismissed(self, item: ItemId, at_ms: int) -> Step:
        if not self.book.allows(SUGGEST):
            return self, ()
        after = replace(self, profile=self.profile.dismiss(item))
        after, asked = after._ask(at_ms)
        return after, (SaveProfile(after.profile), *asked)

    def _cleared(self, at_ms: int) -> Step:
        profile = self.profile.clear(at_ms)
        if profile == self.profile:
            return self, (ShowProfile(profile),)
        after = replace(self, profile=profile, question=None)
        effects: list[Effect] = [SaveProfile(profile), ShowProfile(profile)]
        if self.reporter is not None:
            # What was collected says nothing from now on; how many reports leave stays the same.
            after = replace(after, reporter=self.reporter.without(lambda page: True))
            effects += [SaveReporter(after.reporter)] if after.reporter else []
        return after, tuple(effects)

    def _bundle_opened(self, bundle: Bundle) -> Step:
        """Use a new bundle, and forget what its rules forbid that the rules before it allowed."""
        profile = self.profile.without(bundle.is_sensitive)
        arm = still_of(self.arm, bundle.canary)
        after = replace(self, bundle=bundle, profile=profile, question=None, arm=arm, using=ModelName.LIVE)
        effects: list[Effect] = [] if profile == self.profile else [SaveProfile(profile)]
        effects += () if arm == self.arm else forgotten(self.arm)
        task = learning_task(bundle)
        if self.reporter is not None and task is not None and self.reporter.task == task.task_id:
            items = bundle.catalogue.items

            def forbidden(page: int) -> bool:
                return page != NOTHING and (page >= len(items) or bundle.is_sensitive(items[page].id))

            reporter = self.reporter.without(forbidden)
            if reporter != self.reporter:
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
        return after, (*effects, ShowReceipts(book), *unfinished.of_consent(after.book))

    def _erasing_shown(self, book: ConsentBook) -> Step:
        after = replace(self, book=book)
        return after, (SaveBook(book), ShowReceipts(book), *unfinished.of_erasure(after.book))


def learning_task(bundle: Bundle) -> MeasurementTask | None:
    """Return the bundle's page-pair task, if it has one whose page list is this bundle's catalogue."""
    for task in bundle.tasks:
        if task.purpose == LEARN and task.pages_hash == hash_pages(bundle.catalogue.pages):
            return task
    return None
