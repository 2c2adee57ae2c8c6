"""The inputs of a decision, gathered from what this device knows at the moment of a page view."""

from __future__ import annotations

from edge_client.archetype import likeness_of
from edge_client.bundle import Bundle
from edge_client.events import PageViewed
from edge_client.profile import DAY_MS, Profile
from edge_client.ranking import history_after, in_all_languages, recent_of
from edge_client.rules.facts import Facts, leaf_truths, one_name, pages_behind
from edge_client.rules.inputs import Inputs, Moment
from edge_client.shown import Shown
from edge_client.signals.signal import Signal
from edge_client.told import Stance, Told
from edge_client.wire.audience import AlikeTo, Condition
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId

MAX_PAGES = 24


def inputs_of(
    view: PageViewed,
    *,
    profile: Profile,
    told: Told,
    shown: Shown,
    bundle: Bundle,
    signals: tuple[Signal, ...] = (),
) -> Inputs:
    """Gather what a decision on this page rests on.

    Planned for are the likely next pages, as far as they are in the catalogue and not sensitive: this one (it
    may be reloaded), those that a slot is made for (a home page), and those that this one links to. Where
    rules know sessions, a later one may begin on the first two kinds.
    """
    catalogue, rules = bundle.catalogue, bundle.rules
    facts = facts_of(view, profile=profile, told=told, bundle=bundle, signals=signals)
    entries = (view.item, *(ItemId(page) for slot in rules.slots for page in slot.pages))
    return Inputs(
        at_ms=view.at_ms,
        lang=view.lang,
        now=_moment((*entries, *view.links), facts, profile, told=told, bundle=bundle),
        later=None
        if rules.version == 1
        else _moment(entries, facts.in_a_later_session(), profile, told=told, bundle=bundle),
        looked_at=in_all_languages({visit.item for visit in profile.visits}, catalogue),
        refused=in_all_languages(profile.dismissed | told.stopped_items(catalogue), catalogue),
        pins=_pins(told, bundle, view.lang),
        silent=_silent(told, bundle, view.at_ms),
        capped=_capped(shown, bundle, view),
        page=catalogue.index_of(view.item),
        followed=tuple(sorted(told.with_stance(Stance.FOLLOW))),
    )


def facts_of(
    view: PageViewed, *, profile: Profile, told: Told, bundle: Bundle, signals: tuple[Signal, ...] = ()
) -> Facts:
    """Say what is the case on this page view."""
    return Facts(
        at_ms=view.at_ms,
        session=profile.last_session,
        first=profile.last_session <= 1,
        lang=view.lang,
        visits=profile.visits,
        answers=told.answers,
        archetype=_archetype(profile, bundle, told),
        hour=view.context.hour,
        device=view.context.device,
        began_from=profile.began_from,
        signals=signals,
        lexicon=bundle.lexicon if any(each.kind is SignalKind.SEARCHED for each in signals) else {},
        opening={each.name: each.is_open(view.at_ms) for each in bundle.rules.calendars},
    )


def _archetype(profile: Profile, bundle: Bundle, told: Told) -> str | None:
    """Name the archetype that recent pages are like, if a rule asks; otherwise it is not worked out."""
    asks = any(
        isinstance(each, Condition) and isinstance(each.test, AlikeTo) for each in bundle.rules.definitions
    )
    alike = likeness_of(profile, bundle, told) if asks else None
    if alike is None or bundle.archetypes is None:
        return None
    return bundle.archetypes.archetypes[alike.archetype].name


def _moment(
    likely: tuple[ItemId, ...], facts: Facts, profile: Profile, *, told: Told, bundle: Bundle
) -> Moment:
    catalogue, rules = bundle.catalogue, bundle.rules
    pages = tuple(
        item
        for item in dict.fromkeys(likely)
        if (known := catalogue.get(item)) and known.lang == facts.lang and not bundle.is_sensitive(item)
    )[:MAX_PAGES]
    recent = recent_of(
        profile, catalogue=catalogue, rules=rules, session=facts.session, told=told, at_ms=facts.at_ms
    )
    return Moment(
        pages=tuple(index for page in pages if (index := catalogue.index_of(page)) is not None),
        histories=tuple(
            history_after(recent, page=page, catalogue=catalogue, rules=rules).recent for page in pages
        ),
        leaves=leaf_truths(rules.definitions, facts, catalogue=catalogue),
        because=pages_behind(rules.definitions, facts, catalogue=catalogue),
    )


def _pins(told: Told, bundle: Bundle, lang: str) -> dict[str, tuple[int, ...]]:
    """The citizen's own choice, in the language of the page; what is sensitive or gone is left out."""
    items = bundle.catalogue.items
    pins: dict[str, tuple[int, ...]] = {}
    for slot, pinned in told.pins.items():
        indexes = (index for item in pinned for index in sorted(in_all_languages({item}, bundle.catalogue)))
        pins[slot] = tuple(
            index
            for index in indexes
            if items[index].lang == lang and not bundle.is_sensitive(items[index].id)
        )
    return pins


def _silent(told: Told, bundle: Bundle, at_ms: int) -> frozenset[str]:
    refused = {one_name(item, bundle.catalogue): ms for item, ms in told.refused_ms.items()}
    return frozenset(
        rule.name
        for rule in bundle.rules.rules
        if rule.cool_down_days
        and any(
            at_ms - refused[name] < rule.cool_down_days * DAY_MS
            for item in bundle.about(rule)
            if (name := one_name(item, bundle.catalogue)) in refused
        )
    )


def _capped(shown: Shown, bundle: Bundle, view: PageViewed) -> frozenset[tuple[str, int]]:
    items = bundle.catalogue.items
    return frozenset(
        (rule.name, index)
        for rule in bundle.rules.rules
        if rule.cap is not None
        for index in bundle.offered(rule, view.lang)
        if shown.count(
            one_name(items[index].id, bundle.catalogue), since_ms=view.at_ms - rule.cap.days * DAY_MS
        )
        >= rule.cap.times
    )
