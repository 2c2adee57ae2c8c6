"""What this device knows, said for the citizen's eyes."""

from __future__ import annotations

from consent_ledger import canonical
from edge_client.archetype import described
from edge_client.canary import tried
from edge_client.profile import Profile
from edge_client.rules.facts import page_above
from edge_client.session import SUGGEST, Session
from edge_client.wire.paths import ItemId


def known_of(session: Session, profile: Profile) -> bytes:
    """Print what the page's panel reads: what was seen, with titles from the catalogue where there is one;
    how many of it `lately`, on this visit; what was told; whether a model is on trial here; and which pages
    the recent ones are like."""
    bundle = session.bundle

    def title(item: ItemId) -> str:
        # A step below a page, such as its form, has no title of its own.
        page = page_above(item, bundle.catalogue) if bundle else None
        known = bundle.catalogue.get(page) if bundle and page else None
        return known.title if known else item

    visits: list[canonical.Json] = [[visit.item, title(visit.item), visit.at_ms] for visit in profile.visits]
    dismissed: list[canonical.Json] = [[item, title(item)] for item in sorted(profile.dismissed)]
    groups = described(profile, bundle) if bundle and session.book.allows(SUGGEST) else None
    more: dict[str, canonical.Json] = {
        "trial": None if bundle is None else tried(session.arm, bundle.canary),
        "archetype": groups,
    }
    now = session.view is not None and not profile.starts_session(session.view.at_ms)
    lately = sum(1 for visit in profile.visits if now and visit.session == profile.last_session)
    told: dict[str, canonical.Json] = {
        "lately": lately,
        "answers": dict(session.told.answers),
        "pinned": [[item, title(item)] for items in session.told.pins.values() for item in items],
    }
    return canonical.encode({"visits": visits, "dismissed": dismissed, **told, **more})
