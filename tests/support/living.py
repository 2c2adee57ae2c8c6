"""Devices that live through a story: events in, each question answered by the city's model, plans out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.effects import AskScores, Effect, ShowPlan
from edge_client.events import Event, PageViewed, Scored
from edge_client.plan import Plan
from edge_client.scoring import Candidates, Question, candidates_of
from edge_client.session import Session
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, NOW_MS, PATHS, NeighbourModel, catalogue, rules
from tests.support.pages import chance
from tests.support.ruled import parsed

PAGES = [ItemId(path) for path, *_ in PATHS]
BUNDLES = {version: bundle_of(rules_=made) for version, made in ((1, Rules.parse(rules())), (2, parsed()))}
MODEL = NeighbourModel(len(catalogue().items))
VIEWS: list[tuple[int, Event]] = [
    (60_000, PageViewed(page, "en", (PAGES[2],), 0, (PAGES[8],))) for page in (PAGES[1], PAGES[10], PAGES[5])
]


def answered(questions: Sequence[Question]) -> tuple[Candidates, ...]:
    """What the city's model answers."""
    return tuple(candidates_of(each, MODEL.score) for each in questions)


def lived(version: int, story: list[tuple[int, Event]], seed: int) -> tuple[Session, list[Plan]]:
    """Live through a story under rules of a version; return the session and every plan that it made."""
    book = ConsentBook(choices={"suggest": "given", "learn": "refused"}, chosen_ms=1, last="ab" * 32)
    session = Session(ConsentTerms(CONTROLLER, bytes(32)), chance(visible=seed, hidden=seed + 1))
    session = replace(session, bundle=BUNDLES[version], book=book)
    plans: list[Plan] = []
    at_ms = NOW_MS
    for gap_ms, event in story:
        at_ms += gap_ms
        waiting: list[Event] = [replace(event, at_ms=at_ms)]
        while waiting:
            session, effects = session.receive(waiting.pop())
            for effect in effects:
                waiting += _answers(effect, plans)
    return session, plans


def _answers(effect: Effect, plans: list[Plan]) -> list[Event]:
    if isinstance(effect, AskScores):
        return [Scored(answered(effect.questions))]
    if isinstance(effect, ShowPlan):
        plans.append(effect.plan)
    return []


def begun(made: Rules) -> Session:
    """A device that may suggest, under these rules."""
    book = ConsentBook(choices={"suggest": "given", "learn": "refused"}, chosen_ms=1, last="ab" * 32)
    session = Session(ConsentTerms(CONTROLLER, bytes(32)), chance(visible=1, hidden=2))
    return replace(session, bundle=bundle_of(rules_=made), book=book)


def after(session: Session, *events: Event) -> Session:
    """The session after these events, each question to the model answered."""
    for event in events:
        waiting: list[Event] = [event]
        while waiting:
            session, effects = session.receive(waiting.pop())
            for effect in effects:
                waiting += _answers(effect, [])
    return session
