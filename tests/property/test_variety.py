"""Nobody is shown one topic alone, whatever they looked at, and no more than what caps leave them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.decision import Outcome
from edge_client.events import Event, PageViewed
from edge_client.explanation import ReasonKind
from edge_client.outcomes.kept import Outcomes
from edge_client.wire.paths import ItemId
from tests.support.city import NOW_MS, catalogue
from tests.support.examples import examples
from tests.support.living import after, answered, begun
from tests.support.ruled import parsed, rule, slot

ITEMS = catalogue().items
TOPICS = sorted({item.topic for item in ITEMS} - {"home", "bereavement"})
SLOTS = [
    slot("home", ["/"], sway_milli=300),
    slot("related", [], count=4, per_topic=3),
    slot("top", [], count=2, per_topic=1, explore_milli=200),
    slot("more", [], count=2, per_topic=1),
]
CAPPED = [
    rule("tip", slot="related", topics=["parking"], items=[], cap={"times": 2, "days": 7}),
    rule("again", slot="top", items=["/parking/rules"], cap={"times": 2, "days": 7}),
]
RULES = parsed(slots=SLOTS, rules=CAPPED, slots_a_page=3, outcome_days=30)
BEGUN = begun(RULES)


def outcomes_of(events: list[Event]) -> list[Outcome]:
    """Make every kept decision of a visit again."""
    session = after(BEGUN, *events)
    bundle = session.bundle
    assert bundle is not None
    kept = [line.read() for line in session.decided.lines]
    return [each.replay(answered(each.question(bundle).questions), bundle) for each in kept]


def views(pages: list[str], shown: list[str], gap_ms: int = 60_000) -> list[Event]:
    """Looks at pages, each of which shows some items."""
    names = tuple(map(ItemId, shown))
    return [
        PageViewed(
            ItemId(page), "en", (ItemId("/"), ItemId("/moving/checklist")), NOW_MS + nth * gap_ms, names
        )
        for nth, page in enumerate(pages)
    ]


@settings(max_examples=examples(12))
@given(topic=st.sampled_from(TOPICS), visits=st.integers(1, 6), data=st.data())
def test_a_history_of_one_topic_leaves_a_place_for_another(
    topic: str, visits: int, data: st.DataObject
) -> None:
    """In every slot of more than one place that is filled; no topic has more places than it may, and no page
    more such slots."""
    pages = [item.id for item in ITEMS if item.topic == topic]
    looked = data.draw(st.lists(st.sampled_from(pages), min_size=visits, max_size=visits))
    opened = data.draw(st.lists(st.sampled_from(pages), max_size=3))
    for outcome in outcomes_of(views(looked, opened)):
        for page in (*outcome.plan.pages, *outcome.plan.later):
            assert len(page.slots) <= RULES.slots_a_page
            for name, items in page.slots:
                made = next(each for each in RULES.slots if each.slot == name)
                topics = Counter(ITEMS[each.item.index].topic for each in items)
                assert len(items) == made.count
                assert len(topics) > 1
                assert max(topics.values()) <= made.per_topic


def test_one_list_in_ten_explores_whoever_it_is() -> None:
    """As often as the slot says, to three standard errors, also for who only ever looked at one topic."""
    explored = lists = 0
    session = after(BEGUN, *views(["/bins/new"] * 2, []))
    for nth in range(60):
        session = after(
            replace(session, decided=replace(session.decided, outcomes=Outcomes())),
            *views(["/bins/missed"], [])[-1:],
        )
        line = session.decided.lines[-1].read()
        bundle = session.bundle
        assert bundle is not None
        plan = line.replay(answered(line.question(bundle).questions), bundle).plan
        (items,) = (dict(page.slots)["related"] for page in plan.pages if page.page == "/bins/missed")
        explored += any(each.reason.kind is ReasonKind.EXPLORE for each in items)
        lists = nth + 1
    assert abs(explored - lists / 10) < 3 * (lists * 0.1 * 0.9) ** 0.5


@settings(max_examples=examples(12))
@given(shown=st.integers(0, 5), gap=st.sampled_from([60_000, 60 * 60_000]), data=st.data())
def test_a_cap_counts_what_any_channel_has_shown(shown: int, gap: int, data: st.DataObject) -> None:
    """Twice in whatever places of a page, or by a reminder: after that no rule that is capped shows it, in
    whichever slot."""
    story = views(["/bins/new"] * (shown + 1), ["/parking/rules"], gap)
    for nth in range(shown):
        if data.draw(st.booleans()):
            story[nth] = replace(story[nth], shown=(), reminded=(ItemId("/parking/rules"),))
    story[-1] = replace(story[-1], shown=())
    last = outcomes_of(story)[-1]
    index = catalogue().index_of(ItemId("/parking/rules"))
    offered = {
        (filled.slot.slot, placed.offer.rule.name)
        for filled in last.filled
        for placed in filled.placed
        if placed.offer is not None and placed.offer.rule is not None and placed.item.index == index
    }
    assert offered == (set() if shown >= 2 else {("related", "tip"), ("top", "again")})
