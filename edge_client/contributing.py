"""What a page view means for the count that this device adds to."""

from __future__ import annotations

from dataclasses import replace

from edge_client.bundle import Bundle
from edge_client.consent import ConsentBook
from edge_client.dice import Chance
from edge_client.effects import Effect, SaveBook, SaveReporter, SendReport
from edge_client.events import ForSomeoneElse, ItemForgotten
from edge_client.profile import DAY_MS, Profile
from edge_client.reporting import Reporter
from edge_client.rules.collect import DAYS_FOR_COUNTING
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


def count(
    at_ms: int,
    reporter: Reporter | None,
    *,
    bundle: Bundle,
    profile: Profile,
    book: ConsentBook,
    chance: Chance,
) -> tuple[Reporter | None, ConsentBook, tuple[Effect, ...]]:
    """Count at a page view, and send the report that is due: return the reporter, the book, which
    remembers the weeks that were filled, and what is to be done.

    `profile` is as it was before the page. Without a task nothing is counted.
    """
    task = learning_task(bundle)
    if task is None:
        return reporter, book, ()
    now = reporter_at(
        at_ms, reporter, task=task, bundle=bundle, profile=profile, filled=book.filled, chance=chance
    )
    after, contribution = now.take(at_ms)
    effects: list[Effect] = [SaveReporter(after)]
    if after.pool.period > book.filled:
        book = replace(book, filled=after.pool.period)
        effects.append(SaveBook(book))
    effects += [SendReport(contribution)] if contribution else []
    return after, book, tuple(effects)


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


def without_forgotten(
    reporter: Reporter | None,
    event: ForSomeoneElse | ItemForgotten,
    *,
    profile: Profile,
    bundle: Bundle | None,
) -> Reporter | None:
    """Return the reporter without what is to be forgotten; as many reports leave as before.

    `profile` is as it was before. A pair names its pages, not its session: where one of a visit for someone
    else may have been collected, and where the pages cannot be told, none says anything any more.
    """
    if reporter is None:
        return None
    if isinstance(event, ForSomeoneElse):
        if event.at_ms == profile.another_ms:  # told again: what was collected since is of other visits
            return reporter
        meant = profile.sessions_at(event.at_ms, since_ms=event.since_ms)
        is_kept = bool(profile.visits) and event.at_ms - event.since_ms <= DAYS_FOR_COUNTING * DAY_MS
        if is_kept and all(session > reporter.folded for session in meant):
            return reporter
        return silenced(reporter)
    task = None if bundle is None else learning_task(bundle)
    if bundle is None or task is None or reporter.task != task.task_id:
        return silenced(reporter)
    index = bundle.catalogue.index_of(event.item)
    return reporter if index is None else reporter.without(lambda page: page == index)


def silenced(reporter: Reporter) -> Reporter:
    """Return a reporter that says nothing of what was collected; how many reports leave stays the same."""
    return reporter.without(lambda page: True)


def stores(before: Reporter | None, after: Reporter | None) -> tuple[SaveReporter, ...]:
    """Return what stores a reporter that is otherwise than before."""
    return (SaveReporter(after),) if after is not None and after != before else ()
