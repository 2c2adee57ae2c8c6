"""Every decision can be made again: the same bundle and stored inputs give the same plan, to the byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.decided import KEPT_DAYS, MOST_KEPT, Decided, KeptDecision
from edge_client.dice import dice_of
from edge_client.effects import AskScores, Effect, ShowPlan
from edge_client.events import (
    Event,
    ForSomeoneElse,
    ItemDismissed,
    ItemPinned,
    PageViewed,
    QuestionAnswered,
    Scored,
)
from edge_client.plan import Plan
from edge_client.profile import DAY_MS
from edge_client.rules.facts import Context
from edge_client.scoring import Candidates, candidates_of
from edge_client.session import Session
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, NOW_MS, PATHS, NeighbourModel, catalogue, rules
from tests.support.pages import chance
from tests.support.ruled import parsed

PAGES = [ItemId(path) for path, *_ in PATHS]
BUNDLES = {version: bundle_of(rules_=made) for version, made in ((1, Rules.parse(rules())), (2, parsed()))}
MODEL = NeighbourModel(len(catalogue().items))
GAPS_MS = (60_000, 60 * 60_000, 3 * DAY_MS)

contexts = st.builds(
    Context,
    hour=st.none() | st.integers(0, 23),
    device=st.none() | st.sampled_from(DeviceClass),
    came_from=st.none() | st.sampled_from(CameFrom),
)
pages = st.sampled_from(PAGES)
happenings = st.one_of(
    st.builds(
        lambda item, links, shown, context: PageViewed(item, "en", links, 0, shown, context),
        pages,
        st.tuples(pages, pages),
        st.lists(pages, max_size=3).map(tuple),
        contexts,
    ),
    st.builds(lambda item: ItemDismissed(item, 0), pages),
    st.builds(lambda item: ItemPinned("home", item, 0), pages),
    st.builds(
        lambda pair: QuestionAnswered(*pair, 0),
        st.sampled_from([("role", "business"), ("role", None), ("loss", "yes"), ("age", "over-sixty")]),
    ),
    st.just(ForSomeoneElse(0)),
)
stories = st.lists(st.tuples(st.sampled_from(GAPS_MS), happenings), min_size=1, max_size=25)


def answered(questions: tuple[object, ...]) -> tuple[Candidates, ...]:
    return tuple(candidates_of(each, MODEL.score) for each in questions)  # type: ignore[arg-type]  # questions all


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


@given(version=st.sampled_from([1, 2]), story=stories, seed=st.integers(0, 9))
def test_every_kept_decision_gives_its_plan_again(
    version: int, story: list[tuple[int, Event]], seed: int
) -> None:
    """From what lies in storage alone, read back; the last twenty are there, and none that is too old."""
    session, plans = lived(version, story, seed)
    bundle = BUNDLES[version]
    decided = Decided.from_bytes(session.decided.to_bytes())
    assert decided == session.decided
    again = []
    for line in decided.lines:
        kept = line.read()
        outcome = kept.replay(answered(kept.question(bundle).questions), bundle)
        again.append(outcome.plan.to_bytes(bundle.catalogue))
        assert line.at_ms == kept.inputs.at_ms
    assert again == [plan.to_bytes(bundle.catalogue) for plan in plans][len(plans) - len(again) :]
    assert len(again) <= MOST_KEPT
    newest = max((line.at_ms for line in decided.lines), default=0)
    assert all(newest - line.at_ms < KEPT_DAYS * DAY_MS for line in decided.lines)


VIEWS: list[tuple[int, Event]] = [
    (60_000, PageViewed(page, "en", (PAGES[2],), 0)) for page in (PAGES[1], PAGES[10], PAGES[5])
]


def one_kept() -> KeptDecision:
    """The last decision of a short story under rules of version 2."""
    return lived(2, VIEWS, 1)[0].decided.lines[-1].read()


def test_a_decision_that_comes_out_otherwise_is_found_out() -> None:
    """Other answers, other inputs, or another bundle: it does not pass for what was decided."""
    kept, bundle = one_kept(), BUNDLES[2]
    answers = answered(kept.question(bundle).questions)
    assert kept.replay(answers, bundle).plan.pages
    silenced = tuple(replace(each, indexes=(), scores=()) for each in answers)
    with pytest.raises(Untrue):
        kept.replay(silenced, bundle)
    refused = replace(kept.inputs, refused=frozenset(range(len(PAGES))))
    asked = replace(kept, inputs=refused)
    with pytest.raises(Untrue):
        asked.replay(answered(asked.question(bundle).questions), bundle)
    with pytest.raises(Refused):
        kept.replay(answers, bundle_of(rules_=parsed(), version=2))


def test_more_than_twenty_decisions_leave_the_newest() -> None:
    """And one after a month leaves itself alone."""
    views: list[tuple[int, Event]] = [
        (60_000, PageViewed(PAGES[at % 5 + 1], "en", (), 0)) for at in range(25)
    ]
    session, plans = lived(2, views, 3)
    assert (len(plans), len(session.decided.lines)) == (25, MOST_KEPT)
    month_later, _ = lived(2, [*views, (31 * DAY_MS, PageViewed(PAGES[1], "en", (), 0))], 3)
    assert len(month_later.decided.lines) == 1


@given(raw=st.binary(max_size=200), at=st.integers(0, 4000), cut=st.integers(0, 9))
def test_what_is_damaged_is_refused_and_nothing_else_happens(raw: bytes, at: int, cut: int) -> None:
    """In the file or in one decision: it is read as it was written, or it is malformed."""
    whole = lived(2, VIEWS, 1)[0].decided.to_bytes()
    for damaged in (raw, whole[:at] + raw + whole[at + cut :]):
        try:
            decided = Decided.from_bytes(damaged)
            for line in decided.lines:
                line.read()
        except Malformed:
            continue
        assert decided.to_bytes() == damaged


@given(seed=st.binary(min_size=16, max_size=16), counts=st.lists(st.integers(1, 50), max_size=20))
def test_a_seed_lets_dice_fall_the_same_way_again(seed: bytes, counts: list[int]) -> None:
    """However the draws are cut; another seed gives others."""
    drawn = b"".join(map(dice_of(seed).draw, counts))
    assert dice_of(seed).draw(len(drawn)) == drawn
    assert len(drawn) < 8 or dice_of(seed[::-1] + b"x").draw(len(drawn)) != drawn
