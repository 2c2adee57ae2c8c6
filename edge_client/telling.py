"""What follows, in what this device keeps, from what the citizen does and tells, and from new rules."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from edge_client.bundle import Bundle
from edge_client.decided import Decided
from edge_client.events import (
    ForSomeoneElse,
    ItemDismissed,
    ItemForgotten,
    ItemPinned,
    ItemUnpinned,
    NoticingSwitched,
    PageViewed,
    QuestionAnswered,
    SignalsNoticed,
)
from edge_client.outcomes.following import after_seeing
from edge_client.outcomes.kept import Became
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.collect import Collection
from edge_client.rules.facts import one_name
from edge_client.saving import Known
from edge_client.shown import Shown
from edge_client.sighting import Sighting
from edge_client.signals.kept import KeptSignals
from edge_client.signals.noted import signals_of
from edge_client.told import Told
from edge_client.wire.paths import ItemId
from edge_client.wire.question import KEPT_DAYS
from edge_client.wishes import ItemWanted, OutcomesForgotten, RetentionChosen, TopicTold

Said = QuestionAnswered | ItemPinned | ItemUnpinned | TopicTold | OutcomesForgotten
Switched = NoticingSwitched | RetentionChosen


def after_saying(told: Told, event: Said, collection: Collection) -> Told:
    """Return what the citizen has told after an event; what no rule asks about is not kept."""
    match event:
        case QuestionAnswered(question, option, _, in_flow) if option and not collection.takes(
            question, in_flow=in_flow
        ):
            after = told
        case QuestionAnswered(question, option, at_ms):
            days = collection.answers_kept.get(question, KEPT_DAYS)
            after = told.answered(question, option, until_ms=at_ms + days * DAY_MS)
        case ItemPinned(slot, item, _):
            after = told.pinned(slot, item)
        case ItemUnpinned(item, _):
            after = told.unpinned(item)
        case TopicTold(named, stance, _):
            known = collection.catalogue.get(ItemId(named))
            topic = named if known is None else known.topic
            is_known = any(item.topic == topic for item in collection.catalogue.items)
            after = told.about(topic, stance if is_known else None, catalogue=collection.catalogue)
        case OutcomesForgotten():
            after = told
        case _:
            assert_never(event)
    return collection.trim_told(after, event.at_ms)


def decided_after_saying(decided: Decided, event: Said, *, is_new: bool) -> Decided:
    """Return what is left of what was decided: nothing that rests on what was otherwise (`is_new`)."""
    if isinstance(event, OutcomesForgotten):
        return Decided(shown=decided.shown)
    return replace(decided, lines=()) if is_new else decided


def after_judging(
    known: Known, event: ItemDismissed | ItemWanted, collection: Collection | None
) -> tuple[Profile, Told, Decided]:
    """Return what is kept after an item was called not relevant, or that was taken back; `collection` is None
    without a bundle."""
    item, at_ms = event.item, event.at_ms
    if isinstance(event, ItemWanted):
        return after_wanting(known, item, collection)
    profile, told = known.profile.dismiss(item), known.told.refused(item, at_ms)
    if collection is None:
        return profile, told, known.decided
    if page := collection.catalogue.get(item):
        for other in page.translations.values():
            told = told.unpinned(other)
    outcomes = known.decided.outcomes.dismissed(one_name(item, collection.catalogue))
    return profile, collection.trim_told(told, at_ms), replace(known.decided, outcomes=outcomes)


def after_wanting(known: Known, item: ItemId, collection: Collection | None) -> tuple[Profile, Told, Decided]:
    """Return what is kept after the citizen took back that an item is not relevant, in whichever language it
    was said: nothing of that, and nothing that was decided from it."""

    def name_of(each: str) -> str:
        return each if collection is None else one_name(each, collection.catalogue)

    def is_meant(each: str) -> bool:
        return name_of(each) == name_of(item)

    profile, told = known.profile.wanting(is_meant), known.told.wanting(is_meant)
    if (profile, told) == (known.profile, known.told):
        return profile, told, known.decided
    outcomes = known.decided.outcomes.only(
        lambda row: row.became is not Became.DISMISSED or not is_meant(row.item)
    )
    return profile, told, replace(known.decided, lines=(), outcomes=outcomes)


def after_page(
    known: Known, event: PageViewed, collection: Collection, *, keep_days: int
) -> tuple[Profile, Told, KeptSignals, Decided]:
    """Return what is kept after a page view.

    What was decided rests on what was looked at, told and noticed: it goes with it.
    """
    profile = after_viewing(known.profile, event, collection, keep_days=keep_days)
    told = collection.trim_told(known.told, event.at_ms)
    signals = collection.trim_signals(known.signals, event.at_ms)
    gone = {visit.item for visit in known.profile.visits} - {visit.item for visit in profile.visits}
    decided = replace(
        known.decided,
        shown=after_showing(known.decided.shown, event, collection),
        outcomes=after_seeing(known.decided.outcomes, event, collection, session=profile.last_session),
    )
    if gone or told.answers != known.told.answers or signals != known.signals:
        return profile, told, signals, replace(decided, lines=())
    seen = Sighting.of(event.item, event.shown, at_ms=event.at_ms, catalogue=collection.catalogue)
    return profile, told, signals, decided if seen is None else decided.with_sighting(seen)


def after_viewing(profile: Profile, event: PageViewed, collection: Collection, *, keep_days: int) -> Profile:
    """Return the profile after a page view: of page, session and way there only what a rule needs."""
    if collection.sessions:
        profile = profile.met(event.at_ms, event.context.came_from if collection.began_from else None)
    if collection.days_of(event.item):
        profile = profile.visited(event.item, at_ms=event.at_ms, keep_days=keep_days)
    return collection.trim(profile, event.at_ms)


def after_showing(shown: Shown, event: PageViewed, collection: Collection) -> Shown:
    """Return the impressions after a page view: of what its slots and its reminders show, what a cap
    counts."""
    names = (one_name(item, collection.catalogue) for item in (*event.shown, *event.reminded))
    counted = shown.with_items((name for name in names if name in collection.shown), event.at_ms)
    return collection.trim_shown(counted, event.at_ms)


def after_noticing(
    kept: KeptSignals, event: SignalsNoticed, collection: Collection, *, profile: Profile
) -> KeptSignals:
    """Return the signals after what pages noticed, as far as a rule needs it and the citizen lets it be.

    Nothing about a sensitive page is, and nothing that was noticed before something was to be forgotten: a
    page may tell it only when it is left.
    """
    found = signals_of(event.noted, profile=profile, known=frozenset(collection.lexicon), at_ms=event.at_ms)
    for signal in found:
        is_wanted = signal.at_ms > profile.told_ms(event.at_ms) and collection.days_of_signal(signal)
        kept = kept.with_signal(signal) if is_wanted else kept
    return collection.trim_signals(kept, event.at_ms)


def after_switching(kept: KeptSignals, event: Switched) -> KeptSignals:
    """Return the signals after the citizen said what may be noticed, or how long it may be kept."""
    match event:
        case NoticingSwitched(switch, is_on, _):
            return kept.switched(switch, on=is_on)
        case RetentionChosen(switch, days, _):
            return kept.kept_for(switch, days)
        case _:
            assert_never(event)


def after_forgetting(
    known: Known, event: ForSomeoneElse | ItemForgotten, bundle: Bundle | None
) -> tuple[Profile, KeptSignals, Decided]:
    """Return what is kept after some of what was looked at is to be forgotten: a visit, or one page.

    What became of suggestions is kept under one name for a page in all its languages; without a bundle, which
    tells the name, all of it goes.
    """
    if isinstance(event, ForSomeoneElse):
        return after_being_for_another(known, event)
    profile = known.profile.without(lambda item: item == event.item)
    signals = known.signals.only(lambda signal: signal.about != event.item)
    name = None if bundle is None else one_name(event.item, bundle.catalogue)
    outcomes = known.decided.outcomes.only(lambda row: name is not None and row.item != name)
    if (profile, signals, outcomes) == (known.profile, known.signals, known.decided.outcomes):
        return profile, signals, known.decided
    # What was decided rests on what was looked at: it goes with it.
    return profile, signals, replace(known.decided, lines=(), outcomes=outcomes)


def after_being_for_another(known: Known, event: ForSomeoneElse) -> tuple[Profile, KeptSignals, Decided]:
    """Return what is kept without what was looked at and noticed on this visit: it says nothing of the
    citizen. The same wish told again changes nothing."""
    profile, signals, decided = known.profile, known.signals, known.decided
    if event.at_ms == profile.another_ms:
        return profile, signals, decided
    meant = profile.sessions_at(event.at_ms, since_ms=event.since_ms)
    left = profile.without_visits(lambda visit: visit.session in meant)
    return (
        replace(left, another_ms=event.at_ms),
        signals.only(lambda signal: signal.session not in meant),
        # What was decided rests on what was looked at: it goes with it.
        replace(decided, lines=(), outcomes=decided.outcomes.only(lambda row: row.session not in meant)),
    )


def after_renewing(
    known: Known, bundle: Bundle, collection: Collection
) -> tuple[Profile, Told, KeptSignals, Decided]:
    """Return what is kept under a new bundle: nothing that its rules forbid or need no longer."""
    profile, decided = known.profile.without(bundle.is_sensitive), known.decided.under(bundle)
    last_ms = profile.last_ms
    outcomes = collection.trim_outcomes(decided.outcomes, last_ms)
    return (
        collection.trim(profile, last_ms),
        collection.trim_told(known.told, last_ms),
        collection.trim_signals(known.signals, last_ms),
        replace(decided, shown=collection.trim_shown(decided.shown, last_ms), outcomes=outcomes),
    )


def decided_after_switching(decided: Decided, collection: Collection, at_ms: int) -> Decided:
    """Return what is left of what was decided once less may be kept: it may rest on what goes."""
    return replace(decided, lines=(), outcomes=collection.trim_outcomes(decided.outcomes, at_ms))


def after_refusing(profile: Profile, signals: KeptSignals, *, learns: bool) -> tuple[Profile, KeptSignals]:
    """Return what is left of both where suggestions are not allowed any more: what learning needs."""
    if not learns:
        return Profile(), KeptSignals()
    return replace(profile, dismissed=frozenset()), replace(signals, rows=())
