"""The last decisions, as the citizen's panel lists them: when, on which page, and what was shown where."""

from __future__ import annotations

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.bundle import Bundle
from edge_client.decided import Decided, Line, hash_of_bundle
from edge_client.outcomes.gathering import outcomes_by_topic
from edge_client.sighting import Sighting
from edge_client.wire.catalogue import CatalogueItem


def listed(decided: Decided, bundle: Bundle | None) -> canonical.Json:
    """Return every kept decision, newest first.

    Its `state` is `kept`, `gone` where the files that it was made from were replaced, `waiting` while no
    bundle is at hand, `other` where another page has newer files than this one, and `unreadable`.
    """
    name = None if bundle is None else hash_of_bundle(bundle).hex()
    return [_row(line, bundle if line.bundle == name else None, name) for line in reversed(decided.lines)]


def became(decided: Decided, bundle: Bundle | None) -> canonical.Json:
    """Return by topic how many suggestions were opened, and how many there were; None where no slot asks."""
    if bundle is None or not bundle.rules.outcome_days:
        return None
    days, at_ms = bundle.rules.outcome_days, max((row.at_ms for row in decided.outcomes.rows), default=0)
    found = outcomes_by_topic(decided.outcomes, bundle, at_ms)
    topics: list[canonical.Json] = [
        [topic, opened, opened + passed] for topic, (opened, passed) in found.items()
    ]
    return {"days": days, "topics": topics}


def page_of(index: int | None, bundle: Bundle) -> canonical.Json:
    """Return path and title of an item; None where there is none such."""
    known = _item(index, bundle)
    return None if known is None else [known.id, known.title]


def _row(line: Line, bundle: Bundle | None, name: str | None) -> canonical.Json:
    page: canonical.Json = None
    seen: list[canonical.Json] = []
    state = _state(line, name)
    if bundle is not None and state == "kept":
        try:
            page = page_of(line.read().inputs.page, bundle)
            seen = [_seen(each, bundle) for each in reversed(line.seen)]
        except Malformed:
            state = "unreadable"
    return {"name": line.name, "at": line.at_ms, "state": state, "page": page, "seen": seen}


def _state(line: Line, name: str | None) -> str:
    if not line.text:
        return "gone"
    if name is None:
        return "waiting"
    return "kept" if line.bundle == name else "other"


def _seen(sighting: Sighting, bundle: Bundle) -> canonical.Json:
    items: list[canonical.Json] = [
        each for index in sighting.items if (each := page_of(index, bundle)) is not None
    ]
    return {"page": page_of(sighting.page, bundle), "at": sighting.at_ms, "items": items}


def _item(index: int | None, bundle: Bundle) -> CatalogueItem | None:
    items = bundle.catalogue.items
    return items[index] if index is not None and index < len(items) else None
