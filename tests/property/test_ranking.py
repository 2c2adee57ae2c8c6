"""Ranking: few of many, in order, nobody's topic alone, nothing that was left out."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from edge_client.decision import prepare
from edge_client.events import PageViewed
from edge_client.profile import Profile
from edge_client.ranking import EXPLORE_POOL, history_after, rank, recent_of
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.pages import candidates, dice, numbered, site_rules, slot_rule

SCORES = st.lists(
    st.tuples(st.floats(-1, 1, allow_nan=False, width=32), st.sampled_from("abc"), st.booleans()),
    min_size=1,
    max_size=40,
)
# Many of one topic, few of another, all with a score: what a cap on topics is for.
CROWDED = [(1 - place / 50, "b" if place % 7 == 6 else "a", False) for place in range(30)]
VISITS = st.lists(st.integers(0, 59), max_size=12)


@given(pages=SCORES, count=st.integers(1, 6), per_topic=st.integers(1, 6), explore_milli=st.integers(0, 1000))
@example(pages=CROWDED, count=6, per_topic=2, explore_milli=0)
@example(pages=CROWDED, count=4, per_topic=2, explore_milli=1000)
def test_a_list_keeps_every_rule(
    pages: list[tuple[float, str, bool]], count: int, per_topic: int, explore_milli: int
) -> None:
    """At most so many, of one topic no more than allowed, all with a score, none that was left out, best
    first."""
    scores = [score for score, _, _ in pages]
    catalogue = numbered([topic for _, topic, _ in pages])
    allowed = {index for index, (_, _, out) in enumerate(pages) if not out}
    listed = rank(
        candidates(scores, allowed=allowed),
        catalogue=catalogue,
        slot=slot_rule(count=count, per_topic=per_topic, explore_milli=explore_milli),
        hidden=dice(7),
    )
    indexes = [item.index for item in listed]
    ranked = [item for item in listed if not item.explored]
    topics = [catalogue.items[item.index].topic for item in listed]
    assert len(set(indexes)) == len(indexes) <= count
    assert set(indexes) <= allowed
    assert all(item.score == scores[item.index] > 0 for item in listed)
    assert all(topics.count(topic) <= per_topic for topic in topics)
    assert [(-item.score, item.index) for item in ranked] == sorted((-s.score, s.index) for s in ranked)
    assert not any(item.explored for item in listed[:-1])


@given(pages=SCORES, count=st.integers(1, 6), per_topic=st.integers(1, 6))
@example(pages=CROWDED, count=6, per_topic=2)
@example(pages=CROWDED, count=4, per_topic=4)
def test_nothing_better_was_passed_over(
    pages: list[tuple[float, str, bool]], count: int, per_topic: int
) -> None:
    """What is not in the list scores less than what is, or its topic is full, or it may not appear."""
    scores = [score for score, _, _ in pages]
    catalogue = numbered([topic for _, topic, _ in pages])
    listed = rank(
        candidates(scores),
        catalogue=catalogue,
        slot=slot_rule(count=count, per_topic=per_topic),
        hidden=dice(7),
    )
    chosen = [item.index for item in listed]
    for index, score in enumerate(scores):
        if index in chosen or score <= 0:
            continue
        before = [at for at in chosen if (-scores[at], at) < (-score, index)]
        topic = catalogue.items[index].topic
        full = sum(catalogue.items[at].topic == topic for at in before) == per_topic
        assert len(before) == count or full


@given(seed=st.integers(0, 2**32))
def test_exploring_takes_the_last_place_only_from_the_next_few(seed: int) -> None:
    """With certainty of exploring, the last place goes to one of the twenty that come next."""
    scores = [1 - index / 100 for index in range(60)]
    listed = rank(
        candidates(scores),
        catalogue=numbered([f"t{index:02d}" for index in range(60)]),
        slot=slot_rule(explore_milli=1000),
        hidden=dice(seed),
    )
    assert [item.index for item in listed[:2]] == [0, 1]
    assert listed[2].explored
    assert 3 <= listed[2].index < 3 + EXPLORE_POOL


@given(visits=VISITS, page=st.integers(0, 59), recent=st.integers(1, 5))
def test_a_history_is_the_page_and_then_the_newest_first(visits: list[int], page: int, recent: int) -> None:
    """Each page once, only pages of the catalogue, every older one weighing less."""
    catalogue, rules = numbered(["t"] * 40), site_rules(slot_rule(), recent_pages=recent)
    profile = Profile()
    for at, visit in enumerate(visits):
        profile = profile.visited(ItemId(f"/p/{visit:02d}"), at_ms=at * 1000, keep_days=90)
    looked_at = recent_of(profile, catalogue=catalogue, rules=rules)
    history = history_after(looked_at, page=ItemId(f"/p/{page:02d}"), catalogue=catalogue, rules=rules)
    newest = [visit for visit in list(dict.fromkeys(reversed(visits)))[: recent + 1] if visit != page]
    expected = [at for at in [page, *newest] if at < 40][:recent]
    assert list(history.recent) == expected
    assert all(later < earlier for earlier, later in zip(history.weights, history.weights[1:], strict=False))
    assert history.weights[:1] == ((1.0,) if expected else ())
    for place in range(len(expected)):
        assert list(history.without(place).recent) == expected[:place] + expected[place + 1 :]
        assert len(history.without(place).weights) == len(expected) - 1


@given(visits=VISITS, dismissed=st.sets(st.integers(0, 39)), page=st.integers(0, 39))
def test_what_is_known_or_not_wanted_is_left_out(visits: list[int], dismissed: set[int], page: int) -> None:
    """The page itself, what was looked at and what was called not relevant; nothing else."""
    profile = Profile()
    for at, visit in enumerate(visits):
        profile = profile.visited(ItemId(f"/p/{visit:02d}"), at_ms=at * 1000, keep_days=90)
    for item in dismissed:
        profile = profile.dismiss(ItemId(f"/p/{item:02d}"))
    bundle = bundle_of(pages=numbered(["t"] * 40), rules_=site_rules(slot_rule()))
    view = PageViewed(ItemId(f"/p/{page:02d}"), "en", (), 60_000)
    decision = prepare(view, profile=profile, told=Told(), shown=Shown(), bundle=bundle)
    (asked,) = decision.questions
    assert asked.suppressed == {at for at in {*visits, *dismissed, page} if at < 40}
