"""What rules do to a page: who sees what, in which order, why, and until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_client.decision import prepare
from edge_client.events import PageViewed
from edge_client.explanation import ReasonKind
from edge_client.profile import DAY_MS, SESSION_GAP_MS, Profile
from edge_client.rules.facts import Context
from edge_client.rules.pipeline import Why
from edge_client.rules.trace import trace_of
from edge_client.scoring import Candidates, candidates_of
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, NeighbourModel, catalogue
from tests.support.deciding import (
    BINS,
    HOME,
    HOUR_MS,
    ITEMS,
    PERMIT,
    at_home,
    home_slot,
    looked,
    out_of,
    reasons,
    went,
)
from tests.support.ruled import only, parsed, rule, slot

OFFER = {"items": ["/housing/repairs"]}
LADDER = [
    rule("tip", rung="suggestion", items=["/business/start"]),
    rule("due", rung="reminder", items=["/moving/address"]),
    rule("go-on", rung="task", items=["/housing/repairs"]),
    rule("law", rung="safety", items=["/moving/checklist"]),
    rule("flood", rung="emergency", items=["/bins/missed"]),
]


def test_the_ladder_decides_before_any_score() -> None:
    """Emergency, safety, the citizen's own pins, task, reminder, suggestion; the model comes after."""
    wide = [slot("home", ["/"], count=7, per_topic=6)]
    pinned = Told(pins={"home": (ItemId("/business/food-licence"),)})
    order = [
        "/bins/missed",
        "/moving/checklist",
        "/business/food-licence",
        "/housing/repairs",
        "/moving/address",
        "/business/start",
    ]
    shown = out_of(only(*LADDER, slots=wide), looked(BINS), told=pinned, page=BINS)
    assert at_home(shown)[:6] == order
    assert home_slot(shown).placed[6].offer is None


def test_a_pin_stays_whatever_the_model_says() -> None:
    """For every draw, and also where a rule of the same rung or the model would put something else there."""
    pinned = Told(pins={"home": (ItemId("/moving/address"),)})
    rules = only(rule("tip", items=["/business/start"]))
    for seed in range(20):
        shown = out_of(rules, looked("/parking/rules", BINS), told=pinned, seed=seed)
        assert at_home(shown)[0] == "/moving/address"
        assert reasons(shown)["/moving/address"] == (ReasonKind.PINNED, None)


def test_hiding_wins_over_everything_but_what_is_for_everyones_good() -> None:
    """What the citizen called not relevant comes back for an emergency or the law, and for nothing else."""
    wide = [slot("home", ["/"], count=5, per_topic=4)]
    profile = looked(BINS)
    for item in (
        "/business/start",
        "/moving/address",
        "/housing/repairs",
        "/moving/checklist",
        "/bins/missed",
    ):
        profile = profile.dismiss(ItemId(item))
    assert went(out_of(only(*LADDER, slots=wide), profile)) == {
        "/bins/missed": None,
        "/moving/checklist": None,
        "/housing/repairs": Why.NOT_RELEVANT,
        "/moving/address": Why.NOT_RELEVANT,
        "/business/start": Why.NOT_RELEVANT,
    }


def test_an_item_goes_out_for_the_reason_that_is_logged() -> None:
    """Looked at, on the page itself, withheld, silent, shown enough, of a full topic, without a place."""
    refused = Told(refused_ms={ItemId("/housing/repairs"): NOW_MS - 13 * DAY_MS})
    shown_twice = Shown((("/moving/address", NOW_MS - DAY_MS), ("/moving/address", NOW_MS - 2 * DAY_MS)))
    rules = only(
        rule("seen", items=[BINS]),
        rule("kept-back", items=["/moving/checklist"]),
        rule("stop", does="withhold", items=["/moving/checklist"]),
        rule("cools", items=["/business/food-licence", "/housing/repairs"], cool_down_days=14),
        rule("capped", items=["/moving/address"], cap={"times": 2, "days": 7}),
        rule("bins", rung="task", items=["/bins/missed", "/bins/collection-day"]),
        rule("more", items=["/parking/permit", "/business/start"]),
        slots=[slot("home", ["/"], per_topic=1, count=2, level="rules")],
    )
    assert went(out_of(rules, looked(BINS), told=refused, shown=shown_twice)) == {
        BINS: Why.LOOKED_AT,
        "/moving/checklist": Why.WITHHELD,
        "/business/food-licence": Why.COOL_DOWN,
        "/housing/repairs": Why.COOL_DOWN,
        "/moving/address": Why.SHOWN_ENOUGH,
        "/bins/missed": None,
        "/bins/collection-day": Why.TOPIC_FULL,
        "/parking/permit": None,
        "/business/start": Why.NO_PLACE,
    }
    later = out_of(
        rules,
        looked(BINS),
        told=Told(refused_ms={ItemId("/housing/repairs"): NOW_MS - 14 * DAY_MS}),
        shown=Shown((("/moving/address", NOW_MS - DAY_MS), ("/moving/address", NOW_MS - 8 * DAY_MS))),
    )
    assert Why.COOL_DOWN not in went(later).values()
    assert Why.SHOWN_ENOUGH not in went(later).values()


def test_what_a_rule_withholds_the_model_does_not_bring_back() -> None:
    """Neither by its score nor to explore."""
    pages = [each.id for each in ITEMS if each.id not in (HOME, "/parking/rules", "/moving/checklist")]
    made = [slot("home", ["/"], explore_milli=1000)]
    rules = only(
        rule("stop", does="withhold", when="comes-back", items=pages[:-1]), slots=made, entitled_items=[]
    )
    back = looked("/moving/checklist", BINS, gap_ms=HOUR_MS)
    for seed in range(10):
        placed = {ITEMS[each.item.index].id for each in home_slot(out_of(rules, back, seed=seed)).placed}
        assert placed.isdisjoint(pages[:-1])
    assert home_slot(out_of(rules, looked(BINS))).placed


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("editorial", None),
        ("rules", ["/moving/checklist", "/business/start", "/bins/missed"]),
        ("scored", ["/bins/missed", "/business/start", "/moving/checklist"]),
        ("model", ["/bins/missed", "/business/start", "/moving/checklist"]),
    ],
)
def test_a_slot_is_filled_as_its_level_says(level: str, expected: list[str] | None) -> None:
    """As editors left it; by rules in their order; by rules in the order of scores; and the model behind."""
    listed = rule("list", items=["/moving/checklist", "/business/start", "/bins/missed"])
    made = only(listed, slots=[slot("home", ["/"], level=level)])
    shown = out_of(made, looked(BINS))
    assert at_home(shown) == (expected or [])
    few = out_of(replace(made, rules=(replace(made.rules[0], items=("/bins/missed",)),)), looked(BINS))
    # A slot that rules alone cannot fill keeps the server's own content.
    assert bool(at_home(few)) == (level == "model")


def test_a_page_has_no_more_personal_slots_than_it_may() -> None:
    """The most urgent ones stay, in the order of the page."""
    slots = [slot("home", ["/"]), slot("side", ["/"]), slot("top", ["/"])]
    rules = only(rule("law", slot="top", rung="safety", items=["/moving/checklist"]), slots=slots)
    for many, names in ((1, ["top"]), (2, ["home", "top"]), (3, ["home", "side", "top"])):
        outcome = out_of(replace(rules, slots_a_page=many), looked(BINS))
        (home,) = (page for page in outcome.plan.pages if page.page == HOME)
        assert [name for name, _ in home.slots] == names


def test_who_comes_back_later_is_no_first_visitor() -> None:
    """From the end of the session on, what was decided for it counts no more: not its first visit either."""
    rules = only(
        rule("welcome", when="first", **OFFER), rule("again", when="comes-back", items=["/business/start"])
    )
    outcome = out_of(rules, looked(BINS))
    assert outcome.plan.later_ms == NOW_MS + SESSION_GAP_MS
    assert at_home(outcome)[0] == "/housing/repairs"
    assert at_home(outcome, later=True)[0] == "/business/start"


def test_one_visit_for_a_friend_is_no_interest_and_two_sessions_are() -> None:
    """In its own session a page counts at once; later only if its topic was looked at in two sessions."""
    once = looked("/parking/rules", PERMIT, "/housing/repairs")
    model = parsed(rules=[])
    parking = catalogue().index_of(ItemId("/parking/rules"))

    def behind(profile: Profile) -> tuple[tuple[int, ...], ...]:
        view = PageViewed(ItemId("/housing/repairs"), "en", (), NOW_MS)
        known = {"profile": profile, "told": Told(), "shown": Shown(), "bundle": bundle_of(rules_=model)}
        inputs: Any = prepare(view, **known).inputs  # type: ignore[arg-type]  # one of each kind, by name
        return inputs.now.histories[0], inputs.later.histories[0]

    now, later = behind(once)
    assert parking in now
    assert parking not in later
    twice = looked("/parking/rules", PERMIT, "/housing/repairs", gap_ms=HOUR_MS)
    assert all(parking in history for history in behind(twice))


def test_each_step_of_a_slot_adds_up() -> None:
    """Five steps; what goes on from one comes into the next, and after the last it is what is shown."""
    outcome = out_of(parsed(), looked("/parking/rules", PERMIT, BINS), context=Context(hour=20))
    bundle = bundle_of(rules_=parsed())
    view = PageViewed(BINS, "en", (), NOW_MS, (), Context(hour=20))
    profile = looked("/parking/rules", PERMIT, BINS)
    decision = prepare(view, profile=profile, told=Told(), shown=Shown(), bundle=bundle)
    model = NeighbourModel(len(ITEMS))
    for asked, filled in zip(decision.asked, outcome.filled, strict=True):
        candidates: Candidates = candidates_of(asked.question, model.score)
        steps = trace_of(filled, asked.question, candidates, inputs=decision.inputs, here=asked.here)
        assert [step.name for step in steps] == ["eligibility", "suppression", "score", "diversity", "cap"]
        assert [step.came for step in steps[1:]] == [step.stayed for step in steps[:-1]]
        assert steps[-1].stayed == len(filled.placed) == asked.slot.count
        assert steps[0].came == len(filled.offers) + sum(asked.question.eligible)


def test_a_history_of_one_topic_leaves_room_for_others() -> None:
    """However much of one topic was looked at: at least one place is for another, and one in ten explores."""
    rules = parsed(rules=[])
    explored = 0
    for seed in range(100):
        shown = out_of(rules, looked("/bins/collection-day", "/bins/missed", BINS), seed=seed)
        topics = {ITEMS[catalogue().index_of(ItemId(path)) or 0].topic for path in at_home(shown)}
        assert len(topics) > 1
        explored += any(each.item.explored for each in home_slot(shown).placed)
    assert 3 <= explored <= 20
