"""Sessions in a state that a test begins with, what happens to them, and what they ask for."""

from __future__ import annotations

from dataclasses import replace

from consent_ledger.record import Gpc
from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.contributing import learning_task
from edge_client.dice import Chance
from edge_client.effects import (
    Effect,
)
from edge_client.events import (
    ChoiceMade,
    PageViewed,
    Scored,
)
from edge_client.reporting import DueReport, Pool, Reporter, period_at
from edge_client.scoring import candidates_of
from edge_client.session import Session
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, NOW_MS, catalogue, notice
from tests.support.pages import chance

MINUTE_MS = 60_000
ITEMS = len(catalogue().items)
SCORES = tuple(1.0 - index / 100 for index in range(ITEMS))
GRIEF, BINS, PERMIT = ItemId("/grief/first-days"), ItemId("/bins/new"), ItemId("/parking/permit")
BUNDLE = bundle_of()


def coins() -> Chance:
    """Dice that fall alike every time."""
    return chance(visible=1, hidden=2)


def session_of(*given: str, at_ms: int = NOW_MS - MINUTE_MS) -> Session:
    """A session with a bundle, whose citizen has said yes to `given` and no to the rest."""
    session = Session(ConsentTerms(CONTROLLER, bytes(32)), coins(), bundle=BUNDLE)
    book = ConsentBook(
        choices={name: "given" if name in given else "refused" for name in ("suggest", "learn")},
        chosen_ms=at_ms,
        last="ab" * 32,
    )
    return replace(session, book=book)


def view(item: ItemId, *, at_ms: int = NOW_MS, links: tuple[ItemId, ...] = ()) -> PageViewed:
    """A look at a page."""
    return PageViewed(item, "en", links, at_ms)


def choice(*given: str, at_ms: int = NOW_MS + 1) -> ChoiceMade:
    """A choice that allows `given` and nothing else."""
    return ChoiceMade(frozenset(given), notice(), Gpc.ABSENT, at_ms)


def kinds(effects: tuple[Effect, ...]) -> list[type[Effect]]:
    """What kind each effect is."""
    return [type(effect) for effect in effects]


def scored(session: Session, scores: tuple[float, ...]) -> Scored:
    """The answers of a model that gives these scores after any history."""
    assert session.question is not None
    return Scored(tuple(candidates_of(each, lambda history: scores) for each in session.question.questions))


def answers(session: Session) -> Scored:
    """The same scores for everything that was asked."""
    return scored(session, SCORES)


def with_reporter(session: Session, *pairs: tuple[int, int]) -> Session:
    """The session with a reporter that has collected `pairs` and waits with one report of each."""
    task = learning_task(BUNDLE)
    assert task is not None
    outbox = tuple(DueReport(NOW_MS, f"{place:032x}", pair) for place, pair in enumerate(pairs))
    return replace(
        session, reporter=Reporter(task.task_id, 0, Pool(period_at(NOW_MS), pairs, len(pairs)), outbox)
    )
