"""What a page view means for the count that this device adds to."""

from __future__ import annotations

from edge_client.bundle import Bundle
from edge_client.dice import Chance
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.contribution import NOTHING
from edge_client.wire.task import MeasurementTask

LEARN = "learn"


def learning_task(bundle: Bundle) -> MeasurementTask | None:
    """Return the bundle's page-pair task, if it has one whose page list is this bundle's catalogue."""
    for task in bundle.tasks:
        if task.purpose == LEARN and task.pages_hash == hash_pages(bundle.catalogue.pages):
            return task
    return None


def reporter_at(
    at_ms: int,
    reporter: Reporter | None,
    *,
    task: MeasurementTask,
    bundle: Bundle,
    profile: Profile,
    filled: str,
    chance: Chance,
) -> Reporter:
    """Return the reporter at a page view: begun with the task, or with the session before folded in.

    `profile` is as it was before the page; `filled` the newest week whose outbox this device has filled.
    """
    before = profile.visits[-1] if profile.visits else None
    if reporter is None or reporter.task != task.task_id:
        since_ms = max(at_ms, before.at_ms + 1 if before else 0)
        return Reporter.starting(task, at_ms=at_ms, since_ms=since_ms, filled=filled)
    if before and profile.starts_session(at_ms) and reporter.folded < before.session:
        pages = tuple(
            index
            for item in profile.session_items(before.session, since_ms=reporter.since_ms)
            if (index := bundle.catalogue.index_of(item)) is not None
        )
        reporter = reporter.session_ended(pages, session=before.session, task=task, dice=chance.hidden)
    return reporter.clock(at_ms=at_ms, task=task, chance=chance)


def still_allowed(reporter: Reporter | None, bundle: Bundle) -> Reporter | None:
    """Return the reporter without pages that a new bundle forbids to name or does not know."""
    task = learning_task(bundle)
    if reporter is None or task is None or reporter.task != task.task_id:
        return reporter
    items = bundle.catalogue.items

    def forbidden(page: int) -> bool:
        return page != NOTHING and (page >= len(items) or bundle.is_sensitive(items[page].id))

    return reporter.without(forbidden)
