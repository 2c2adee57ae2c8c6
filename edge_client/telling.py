"""What follows, in what this device keeps, from what the citizen does and tells."""

from __future__ import annotations

from typing import assert_never

from edge_client.events import ForSomeoneElse, ItemPinned, ItemUnpinned, PageViewed, QuestionAnswered
from edge_client.profile import Profile
from edge_client.rules.collect import Collection
from edge_client.rules.facts import one_name
from edge_client.shown import Shown
from edge_client.told import Told

Said = QuestionAnswered | ItemPinned | ItemUnpinned


def after_saying(told: Told, event: Said, collection: Collection) -> Told:
    """Return what the citizen has told after an event; what no rule asks about is not kept."""
    match event:
        case QuestionAnswered(question, option, _):
            after = told.answered(question, option)
        case ItemPinned(slot, item, _):
            after = told.pinned(slot, item)
        case ItemUnpinned(item, _):
            after = told.unpinned(item)
        case _:
            assert_never(event)
    return collection.trim_told(after, event.at_ms)


def after_viewing(profile: Profile, event: PageViewed, collection: Collection, *, keep_days: int) -> Profile:
    """Return the profile after a page view: of page, session and way there only what a rule needs."""
    if collection.sessions:
        profile = profile.met(event.at_ms, event.context.came_from if collection.began_from else None)
    if collection.days_of(event.item):
        profile = profile.visited(event.item, at_ms=event.at_ms, keep_days=keep_days)
    return collection.trim(profile, event.at_ms)


def after_showing(shown: Shown, event: PageViewed, collection: Collection) -> Shown:
    """Return the impressions after a page view: of what its slots show, what a cap counts."""
    names = (one_name(item, collection.catalogue) for item in event.shown)
    counted = shown.with_items((name for name in names if name in collection.shown), event.at_ms)
    return collection.trim_shown(counted, event.at_ms)


def after_being_for_another(profile: Profile, event: ForSomeoneElse) -> Profile:
    """Return the profile without what was looked at in this session: it says nothing of the citizen. A
    session that is over is not meant."""
    if profile.starts_session(event.at_ms):
        return profile
    session = profile.last_session
    return profile.without_visits(lambda visit: visit.session == session)
