"""What the citizen says of topics, how what was only seen fades, and how long the citizen lets it be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from consent_ledger.errors import Malformed
from edge_client.decision import ask
from edge_client.dice import Dice
from edge_client.events import (
    ItemPinned,
    PageViewed,
    QuestionAnswered,
)
from edge_client.interest import counts_as_interest, interests_of
from edge_client.page_messages import event_of
from edge_client.profile import DAY_MS, Profile, Visit
from edge_client.ranking import recent_of
from edge_client.rules.collect import collection_of
from edge_client.rules.gathering import inputs_of
from edge_client.rules.pipeline import Why, fill
from edge_client.rules.truths import settle
from edge_client.scoring import Candidates
from edge_client.shown import Shown
from edge_client.signals.kept import KeptSignals
from edge_client.signals.signal import Signal, Switch
from edge_client.telling import after_saying
from edge_client.told import Stance, Told
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from edge_client.wishes import RetentionChosen, TopicTold
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS
from tests.support.noticing import DEFINITIONS as NOTICING
from tests.support.noticing import RULES as NOTICING_RULES
from tests.support.ruled import QUESTIONS, condition, parsed, rule

PERMIT = ItemId("/parking/permit")


def seen(*days_ago: int, item: ItemId = PERMIT) -> Profile:
    """A profile of one visit in a session of its own on each of these days."""
    return Profile(
        tuple(Visit(item, NOW_MS - ago * DAY_MS, nth) for nth, ago in enumerate(days_ago, start=1)),
        sessions=len(days_ago),
    )


@pytest.mark.parametrize(
    ("days_ago", "half_life", "expected"),
    [
        ((10, 0), 0, True),
        ((400, 380), 0, True),
        ((30, 30), 30, True),
        ((31, 30), 30, False),
        ((60, 0), 30, True),
        ((90, 60, 30, 0), 30, True),
        ((90, 61, 60), 30, False),
        ((0,), 30, False),
    ],
)
def test_what_was_only_seen_fades_by_the_half_life_of_the_rules(
    days_ago: tuple[int, ...], half_life: int, expected: bool
) -> None:
    """Enough sessions make an interest; it is one until they weigh less than half of what they weighed."""
    bundle = bundle_of(rules_=parsed(**({"half_life_days": half_life} if half_life else {})))
    known = {"catalogue": bundle.catalogue, "rules": bundle.rules}
    assert ("parking" in interests_of(seen(*days_ago), **known, at_ms=NOW_MS)) is expected
    recent = recent_of(seen(*days_ago), **known, session=99, at_ms=NOW_MS)
    assert (recent == (PERMIT,)) is expected


def test_a_clock_that_was_set_back_makes_nothing_weigh_more() -> None:
    """One session that seems to lie in the future is one session."""
    bundle = bundle_of(rules_=parsed(half_life_days=1))
    future = seen(-5000)
    assert not interests_of(future, catalogue=bundle.catalogue, rules=bundle.rules, at_ms=NOW_MS)


def test_what_was_said_does_not_fade_and_stopping_beats_everything() -> None:
    """A followed topic counts from one old visit; a stopped one not with a visit in every session."""
    bundle = bundle_of(rules_=parsed(half_life_days=1))
    follows, stops = Told(topics={"parking": Stance.FOLLOW}), Told(topics={"parking": Stance.STOP})
    known = {"catalogue": bundle.catalogue, "rules": bundle.rules, "at_ms": NOW_MS}
    assert recent_of(seen(80), **known, session=9) == ()
    assert recent_of(seen(80), **known, session=9, told=follows) == (PERMIT,)
    assert recent_of(seen(0, 0, 0), **known, session=3) == (PERMIT,)
    assert recent_of(seen(0, 0, 0), **known, session=3, told=stops) == ()
    assert not counts_as_interest(seen(0, 0, 0), **known, told=stops)(seen(0).visits[0])


def said(told: Told, *events: TopicTold | ItemPinned | QuestionAnswered) -> Told:
    """What is told after some events, under rules that ask for the role."""
    bundle = bundle_of(rules_=parsed(rules=[rule("trade", when="is-business")]))
    collection = collection_of(bundle, suggests=True, learns=False)
    for event in events:
        told = after_saying(told, event, collection)
    return told


def test_a_topic_is_named_by_any_of_its_pages_and_one_that_is_not_there_is_not_kept() -> None:
    """The last word counts, and it can be taken back."""
    told = said(Told(), TopicTold("/parking/permit", Stance.FOLLOW, NOW_MS))
    assert told.topics == {"parking": Stance.FOLLOW}
    told = said(told, TopicTold("parking", Stance.STOP, NOW_MS), TopicTold("fish", Stance.STOP, NOW_MS))
    assert told.topics == {"parking": Stance.STOP}
    assert said(told, TopicTold("parking", None, NOW_MS)).topics == {}


def test_stopping_a_topic_lets_its_pins_go() -> None:
    """Otherwise what the citizen stopped would stand first."""
    told = said(Told(), ItemPinned("home", PERMIT, NOW_MS), ItemPinned("home", ItemId("/bins/new"), NOW_MS))
    told = said(told, TopicTold("parking", Stance.STOP, NOW_MS))
    assert told.pins == {"home": ("/bins/new",)}


def test_nothing_of_a_stopped_topic_is_suggested_in_any_slot() -> None:
    """Rules and model alike may offer none of it; what is for everyone's good is not a suggestion."""
    rules = parsed(rules=[rule("offer", items=["/parking/permit"])])
    bundle = bundle_of(rules_=rules)
    told = Told(topics={"parking": Stance.STOP})
    view = PageViewed(ItemId("/"), "en", (), NOW_MS)
    inputs = inputs_of(view, profile=Profile(), told=told, shown=Shown(), bundle=bundle)
    of_topic = {at for at, item in enumerate(bundle.catalogue.items) if item.topic == "parking"}
    questions = ask(inputs, bundle).questions
    assert len(of_topic) >= 2
    assert len(questions) >= 2
    assert all(of_topic <= question.suppressed for question in questions)
    left = ask(replace(inputs, refused=frozenset()), bundle).questions
    assert not any(of_topic <= question.suppressed for question in left)
    filled = fill(
        bundle.rules.slots[0],
        None,
        inputs=inputs,
        truths=settle(bundle.rules.definitions, inputs.now.leaves),
        here=frozenset(),
        bundle=bundle,
        hidden=Dice(lambda count: bytes(count)),
    )
    assert [offer.out for offer in filled.offers] == [Why.NOT_RELEVANT]


def test_what_the_citizen_pinned_stands_first_in_the_citizens_order() -> None:
    """Whatever the model makes of it: its scores here say the opposite."""
    bundle = bundle_of(rules_=parsed(rules=[], slots_a_page=1))
    told = said(
        Told(), *(ItemPinned("home", ItemId(item), NOW_MS) for item in ("/bins/new", "/parking/permit"))
    )
    view = PageViewed(ItemId("/"), "en", (), NOW_MS)
    inputs = inputs_of(view, profile=Profile(), told=told, shown=Shown(), bundle=bundle)
    first, second = (bundle.catalogue.index_of(item) for item in told.pins["home"])
    assert first is not None
    assert second is not None
    indexes = tuple(at for at in range(len(bundle.catalogue.items)) if at != first)
    scores: Sequence[float] = [9.0 if at == second else 5.0 for at in indexes]
    filled = fill(
        bundle.rules.slots[0],
        Candidates(indexes, scores, ()),
        inputs=inputs,
        truths=settle(bundle.rules.definitions, inputs.now.leaves),
        here=frozenset(),
        bundle=bundle,
        hidden=Dice(lambda count: bytes(count)),
    )
    assert [placed.item.index for placed in filled.placed[:2]] == [first, second]


def test_an_answer_ends_when_its_question_says_and_is_asked_again_then() -> None:
    """A year where it says nothing; taking it back takes its end along."""
    told = said(Told(), QuestionAnswered("role", "business", NOW_MS))
    assert told.ends_ms == {"role": NOW_MS + 365 * DAY_MS}
    questions = [{**QUESTIONS[0], "keep_days": 30, "on_page": True}, *QUESTIONS[1:]]
    bundle = bundle_of(rules_=parsed(questions=questions, rules=[rule("trade", when="is-business")]))
    collection = collection_of(bundle, suggests=True, learns=False)
    told = after_saying(Told(), QuestionAnswered("role", "business", NOW_MS), collection)
    assert collection.trim_told(told, NOW_MS + 30 * DAY_MS - 1) == told
    assert collection.trim_told(told, NOW_MS + 30 * DAY_MS) == Told()
    assert after_saying(told, QuestionAnswered("role", None, NOW_MS), collection) == Told()


def test_a_kind_is_kept_no_longer_than_the_citizen_says_nor_than_the_rules_do() -> None:
    """It counts at once for what is there, for that kind alone, and cannot be lengthened."""
    bundle = bundle_of(
        rules_=parsed(
            definitions=[*NOTICING, condition("opened", {"visited": _parking(30)})],
            rules=[*NOTICING_RULES, rule("visits", when="opened", items=["/housing/repairs"])],
            questions=[],
        )
    )
    whole = collection_of(bundle, suggests=True, learns=False)
    form = Signal(SignalKind.FORM_BEGUN, "/parking/permit", NOW_MS, 1)
    for days, expected in ((1, 1), (7, 7), (5000, whole.days_of(PERMIT))):
        let = whole.as_let(KeptSignals().kept_for(Switch.VISITS, days))
        assert let.days_of(PERMIT) == expected
        assert let.days_of_signal(form) == whole.days_of_signal(form) > 0
        assert let.trim(seen(6), NOW_MS).visits == (() if days == 1 else seen(6).visits)
    assert whole.as_let(KeptSignals().kept_for(Switch.FORMS, 1)).days_of_signal(form) == 1


def _parking(days: int) -> dict[str, object]:
    return {"items": [], "topics": ["parking"], "least": 2, "days": days, "sessions": 2}


def test_what_is_kept_reads_again_and_what_an_earlier_version_kept_reads_too() -> None:
    """Byte for byte; nothing new is written where nothing new was said."""
    told = Told({"role": "business"}, {}, {}, {"role": 5}, {"parking": Stance.STOP, "bins": Stance.FOLLOW})
    assert Told.from_bytes(told.to_bytes()) == told
    assert Told().to_bytes() == b'{"answers":{},"pins":{},"refused_ms":{},"v":1}'
    kept = KeptSignals().kept_for(Switch.CLICKS, 7)
    assert KeptSignals.from_bytes(kept.to_bytes()) == kept
    assert kept.kept_for(Switch.CLICKS, None) == KeptSignals()
    assert KeptSignals().to_bytes() == b'{"off":[],"rows":[],"v":1}'


@pytest.mark.parametrize(
    "raw",
    [
        b'{"answers":{},"ends_ms":{"role":5},"pins":{},"refused_ms":{},"v":1}',
        b'{"answers":{},"pins":{},"refused_ms":{},"topics":{"parking":"like"},"v":1}',
        b'{"answers":{},"pins":{},"refused_ms":{},"topics":[],"v":1}',
    ],
)
def test_what_nobody_can_have_told_is_refused(raw: bytes) -> None:
    """An end of no answer, and what is wanted of a topic that nobody can want."""
    with pytest.raises(Malformed):
        Told.from_bytes(raw)


@pytest.mark.parametrize("days", [b'{"fish":3}', b'{"clicks":0}', b"[]"])
def test_how_long_is_of_a_kind_and_a_day_at_least(days: bytes) -> None:
    """A page cannot have such a thing kept, and a storage that holds it was damaged."""
    with pytest.raises(Malformed):
        KeptSignals.from_bytes(b'{"most_days":' + days + b',"off":[],"rows":[],"v":1}')


def test_pages_say_it_in_these_words() -> None:
    """What a page sends becomes what happened; a span out of range is brought into it."""
    assert event_of("topic", {"topic": "parking", "stance": "stop"}, at_ms=1) == TopicTold(
        "parking", Stance.STOP, 1
    )
    assert event_of("topic", {"topic": "parking", "stance": None}, at_ms=1) == TopicTold("parking", None, 1)
    assert event_of("retention", {"kind": "clicks", "days": 0}, at_ms=1) == RetentionChosen(
        Switch.CLICKS, 1, 1
    )
    assert event_of("retention", {"kind": "clicks", "days": None}, at_ms=1) == RetentionChosen(
        Switch.CLICKS, None, 1
    )
