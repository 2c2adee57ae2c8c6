"""What a page view says of what was suggested: this page was opened, and others are shown on it."""

from __future__ import annotations

from edge_client.events import PageViewed
from edge_client.outcomes.kept import Outcomes
from edge_client.rules.collect import Collection
from edge_client.rules.facts import one_name


def after_seeing(outcomes: Outcomes, event: PageViewed, collection: Collection, *, session: int) -> Outcomes:
    """Return the outcomes after a page view in a session, as far as a slot asks for them.

    A page that was suggested on this visit, and is looked at on it, was opened, by whichever link.
    """
    if collection.outcomes:
        catalogue = collection.catalogue
        shown = (
            one_name(item, catalogue)
            for item in event.shown
            if item != event.item and item not in collection.sensitive and catalogue.get(item) is not None
        )
        outcomes = outcomes.opened(one_name(event.item, catalogue), session=session)
        outcomes = outcomes.with_shown(shown, at_ms=event.at_ms, session=session)
    return collection.trim_outcomes(outcomes, event.at_ms)
