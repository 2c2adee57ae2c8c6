"""The outcomes that a decision rests on: those that the rules of its bundle still count, topic by topic."""

from __future__ import annotations

from collections.abc import Mapping

from edge_client.bundle import Bundle
from edge_client.outcomes.kept import Outcomes
from edge_client.wire.paths import ItemId


def outcomes_by_topic(outcomes: Outcomes, bundle: Bundle, at_ms: int) -> Mapping[str, tuple[int, int]]:
    """Return by topic how many suggestions were opened and how many were not; nothing where no slot asks,
    and nothing of what is sensitive."""
    rules, catalogue = bundle.rules, bundle.catalogue
    if not rules.outcome_days:
        return {}

    def topic_of(item: str) -> str | None:
        known = catalogue.get(ItemId(item))
        return None if known is None or bundle.is_sensitive(known.id) else known.topic

    return outcomes.by_topic(topic_of, at_ms=at_ms, days=rules.outcome_days)
