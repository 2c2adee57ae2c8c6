"""What the citizen follows comes up by itself: before guesses, and in a part of a list alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_client.decision import ask, prepare
from edge_client.events import PageViewed
from edge_client.explanation import ReasonKind
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.collect import collection_of
from edge_client.rules.inputs import Inputs
from edge_client.shown import Shown
from edge_client.telling import after_saying
from edge_client.told import Stance, Told
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from edge_client.wishes import TopicTold
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS
from tests.support.deciding import BINS, ITEMS, at_home, home_slot, looked, out_of, reasons, went
from tests.support.light import without_model
from tests.support.ruled import only, rule, slot

PERMIT, PARKING_RULES = "/parking/permit", "/parking/rules"
ALL = sorted({item.topic for item in ITEMS})
SUGGESTION = rule("tip", items=["/business/start"])


def follows(*topics: str) -> Told:
    return Told(topics=dict.fromkeys(topics, Stance.FOLLOW))


def wide(count: int = 3, **changes: object) -> Rules:
    """Rules with one suggestion, and a home slot of so many places in which nothing is explored."""
    return only(SUGGESTION, slots=[slot("home", ["/"], count=count, explore_milli=0, **changes)])


def followed(told: Told, rules: Rules | None = None, profile: Profile | None = None) -> list[str]:
    """The items of the home page's slot that are there because of what is followed."""
    outcome = out_of(rules or wide(), profile or looked(BINS), told=told)
    return [
        ITEMS[each.item.index].id for each in home_slot(outcome).placed if each.offer and each.offer.follows
    ]


def test_a_followed_topic_brings_something_up_and_says_so() -> None:
    """Nothing of it was ever looked at; without following it is not there."""
    with_, without = (out_of(wide(), looked(BINS), told=told) for told in (follows("parking"), Told()))
    assert at_home(with_)[0] == PERMIT
    assert reasons(with_)[PERMIT] == (ReasonKind.FOLLOWED, None)
    assert at_home(with_)[1] == "/business/start"
    assert PERMIT not in at_home(without)
    assert ReasonKind.FOLLOWED not in {kind for kind, _ in reasons(without).values()}


def test_it_does_not_fade_and_is_over_when_it_is_taken_back() -> None:
    """Years later as on the first day; until the citizen says otherwise."""
    bundle = bundle_of(rules_=wide())
    collection = collection_of(bundle, suggests=True, learns=False)
    told = after_saying(Told(), TopicTold(PERMIT, Stance.FOLLOW, NOW_MS), collection)
    for days in (0, 5000):
        at_ms = NOW_MS + days * DAY_MS
        told = collection.trim_told(told, at_ms)
        view = PageViewed(BINS, "en", (), at_ms)
        known = prepare(view, profile=Profile(), told=told, shown=Shown(), bundle=bundle)
        assert known.inputs.followed == ("parking",)
    assert followed(told) == [PERMIT]
    assert followed(after_saying(told, TopicTold("parking", None, NOW_MS), collection)) == []
    assert followed(after_saying(told, TopicTold("parking", Stance.STOP, NOW_MS), collection)) == []


def test_the_best_of_a_topic_stands_for_it() -> None:
    """By the model's scores: the page beside the one that was looked at. What was looked at is not suggested
    again, what is not relevant never, and where nothing is left nothing is."""
    assert followed(follows("moving"), profile=looked("/housing/repairs")) == ["/moving/address"]
    assert followed(follows("moving"), profile=looked(PERMIT)) == ["/moving/checklist"]
    assert followed(follows("parking"), profile=looked(PERMIT)) == [PARKING_RULES]
    refused = looked(BINS).dismiss(ItemId(PERMIT))
    assert followed(follows("parking"), profile=refused) == [PARKING_RULES]
    assert followed(follows("parking"), profile=looked(PERMIT, PARKING_RULES)) == []


@pytest.mark.parametrize(("count", "most"), [(1, 0), (2, 1), (3, 1), (6, 3), (12, 5)])
def test_it_takes_half_of_a_list_at_most_and_one_place_a_topic(count: int, most: int) -> None:
    """Who follows everything still sees what they did not ask for; a single place is not taken."""
    found = followed(follows(*ALL), wide(count, per_topic=min(count, 4)))
    topics = [item.topic for item in ITEMS if item.id in found]
    assert len(found) == len(set(topics)) == most
    assert not {"home", "bereavement"} & set(topics), "what the slot leaves out, and what is sensitive"


def test_what_is_for_everybody_pinned_begun_or_due_stands_before_it() -> None:
    """And the agency's own suggestions behind: they guess, too."""
    ladder = [
        rule("tip", items=["/business/start"]),
        rule("due", rung="reminder", items=["/moving/address"]),
        rule("go-on", rung="task", items=["/housing/repairs"]),
        rule("law", rung="safety", items=["/moving/checklist"]),
    ]
    rules = only(*ladder, slots=[slot("home", ["/"], count=7, per_topic=2, explore_milli=0)])
    told = replace(follows("parking"), pins={"home": (ItemId("/business/food-licence"),)})
    order = ["/moving/checklist", "/business/food-licence", "/housing/repairs", "/moving/address", PERMIT]
    assert at_home(out_of(rules, looked(BINS), told=told))[:6] == [*order, "/business/start"]


def test_a_list_has_no_more_of_a_topic_than_it_may() -> None:
    """Pins of the topic count; a rule may keep a page of it back; other kinds of slot stay the agency's."""
    pinned = replace(follows("bins"), pins={"home": (ItemId("/bins/missed"),)})
    outcome = out_of(wide(4, per_topic=1), looked(PERMIT), told=pinned)
    assert went(outcome)["/bins/collection-day"] == "topic-full"
    keeps_back = rule("stop", does="withhold", items=[PERMIT])
    slots = [slot("home", ["/"], explore_milli=0)]
    assert followed(follows("parking"), only(keeps_back, slots=slots)) == [PARKING_RULES]
    for level in ("rules", "scored"):
        assert followed(follows("parking"), wide(level=level)) == []


def test_where_no_model_is_asked_the_servers_cards_stay_behind_it() -> None:
    """A list of the model's is planned for as far as rules and the citizen fill it; one of rules not."""
    bundle = bundle_of(rules_=wide())
    view = PageViewed(BINS, "en", (), NOW_MS)
    for told, expected in ((follows("parking"), [PERMIT, "/business/start"]), (Told(), ["/business/start"])):
        known = prepare(view, profile=looked(BINS), told=told, shown=Shown(), bundle=bundle)
        assert at_home(without_model(known, bundle)[1]) == expected
    by_rules = bundle_of(rules_=wide(level="rules"))
    known = prepare(view, profile=looked(BINS), told=Told(), shown=Shown(), bundle=by_rules)
    assert at_home(without_model(known, by_rules)[1]) == []


def test_what_is_followed_is_kept_with_the_decision() -> None:
    """It is made again from that; who follows nothing keeps what an earlier version kept."""
    bundle = bundle_of(rules_=wide())
    view = PageViewed(BINS, "en", (), NOW_MS)
    for told, written in ((follows("parking", "bins"), True), (Told(), False)):
        known = prepare(view, profile=looked(BINS), told=told, shown=Shown(), bundle=bundle).inputs
        value = known.to_value()
        assert isinstance(value, dict)
        assert ("followed" in value) is written
        assert Inputs.from_value(value) == known
        assert ask(Inputs.from_value(value), bundle).questions == ask(known, bundle).questions


def test_nothing_that_is_wanted_of_a_sensitive_topic_is_kept() -> None:
    """That somebody follows it, or does not want to see it, says that it concerns them; and where a topic
    becomes sensitive, what was said of it goes."""
    sensitive = collection_of(bundle_of(rules_=wide()), suggests=True, learns=False)
    for stance in Stance:
        for name in ("bereavement", "/grief/first-days"):
            assert after_saying(Told(), TopicTold(name, stance, NOW_MS), sensitive) == Told()
    stricter = only(SUGGESTION, never_topics=["bereavement", "parking"])
    after = collection_of(bundle_of(rules_=stricter), suggests=True, learns=False)
    assert after.trim_told(follows("parking", "bins"), NOW_MS) == follows("bins")
    # One page of several says nothing of the others.
    one_page = only(SUGGESTION, never_items=[PERMIT])
    after = collection_of(bundle_of(rules_=one_page), suggests=True, learns=False)
    assert after.trim_told(follows("parking"), NOW_MS) == follows("parking")
    assert followed(follows("parking"), one_page) == [PARKING_RULES]
