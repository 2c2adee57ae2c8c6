"""A citizen's own outcomes move the model's order: by fair draws, within a bound, and for their good."""

from __future__ import annotations

import random
from statistics import fmean

from hypothesis import given
from hypothesis import strategies as st

from edge_client.bundle import Bundle
from edge_client.dice import Dice, dice_of
from edge_client.outcomes.kept import Became, Outcome, Outcomes
from edge_client.outcomes.ranked import ranked
from edge_client.outcomes.sway import LEAST_SHOWN, chance_drawn, leans_of
from edge_client.profile import DAY_MS
from edge_client.ranking import Ranked
from edge_client.scoring import Candidates
from edge_client.wire.rules import SlotRule
from tests.support.bundles import bundle_of
from tests.support.pages import candidates, dice, numbered, site_rules, slot_rule

SWAY = 300
TOPICS = "abcde"
PAGES = numbered([TOPICS[number % 5] for number in range(40)])
SLOT = slot_rule(count=3, per_topic=2, explore_milli=0)
SWAYED = SlotRule(
    slot="related",
    pages=(),
    count=3,
    kinds=("information",),
    not_topics=(),
    per_topic=2,
    explore_milli=0,
    sway_milli=SWAY,
)
BUNDLE: Bundle = bundle_of(pages=PAGES, rules_=site_rules(SWAYED))
counts = st.tuples(st.integers(0, 300), st.integers(0, 300))
known = st.dictionaries(st.sampled_from(TOPICS), counts)
scores = st.lists(st.floats(0.015625, 1, width=32), min_size=40, max_size=40)


def listed(found: Candidates, outcomes: dict[str, tuple[int, int]], hidden: Dice) -> tuple[Ranked, ...]:
    """The three items of a slot, under these outcomes."""
    leans = leans_of(outcomes, hidden)
    return ranked(found, leans, slot=SWAYED, bundle=BUNDLE, ahead=(), hidden=hidden)


@given(scores=scores, outcomes=known, seed=st.integers(0, 99))
def test_nobody_loses_more_of_the_models_scores_than_the_bound(
    scores: list[float], outcomes: dict[str, tuple[int, int]], seed: int
) -> None:
    """Whatever was opened, and whatever is drawn: (1 - sway) / (1 + sway) of what the model would have got;
    no topic takes more places, and every item is one of the model's."""
    found = candidates(scores)
    plain = listed(found, {}, dice(seed))
    moved = listed(found, outcomes, dice(seed))
    assert sum(item.score for item in moved) >= (1000 - SWAY) / (1000 + SWAY) * sum(
        item.score for item in plain
    ) * (1 - 1e-6)
    topics = [PAGES.items[item.index].topic for item in moved]
    assert all(topics.count(topic) <= SWAYED.per_topic for topic in topics)
    assert len({item.index for item in moved}) == len(moved) == len(plain)
    assert all(item.score == found.scores[list(found.indexes).index(item.index)] for item in moved)


@given(outcomes=known, seed=st.binary(min_size=16, max_size=16))
def test_the_same_seed_draws_the_same(outcomes: dict[str, tuple[int, int]], seed: bytes) -> None:
    """In whatever order the topics came; and what is hardly known leans nowhere."""
    leans = leans_of(outcomes, dice_of(seed))
    assert leans == leans_of(dict(reversed(outcomes.items())), dice_of(seed))
    assert all(-1000 <= lean <= 1000 for lean in leans.values())
    assert all(sum(outcomes[topic]) >= LEAST_SHOWN for topic in leans)


def test_chances_are_drawn_from_the_beta_distribution() -> None:
    """Its mean and its variance, to four standard errors, over two thousand draws each."""
    for opened, passed in ((0, 0), (3, 7), (1, 20)):
        a, b, draws = opened + 1, passed + 1, 2_000
        found = [chance_drawn(opened, passed, dice(seed)) / 2**32 for seed in range(draws)]
        mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
        assert abs(fmean(found) - mean) < 4 * (variance / draws) ** 0.5
        spread = fmean((each - fmean(found)) ** 2 for each in found)
        assert abs(spread - variance) < 0.15 * variance


def test_of_many_the_share_counts_and_not_the_number() -> None:
    """Hundreds of outcomes are as certain as sixty: no topic is ever settled for good."""
    assert [chance_drawn(300, 300, dice(seed)) for seed in range(20)] == [
        chance_drawn(30, 30, dice(seed)) for seed in range(20)
    ]


class Citizen:
    """Somebody made up who opens suggestions of each topic with a chance of its own."""

    def __init__(self, chances: dict[str, float], seed: int) -> None:
        self.chances, self.random = chances, random.Random(seed)
        self.outcomes, self.opened, self.value = Outcomes(), 0, 0.0

    def visit(self, session: int, *, learns: bool) -> None:
        """Look at a page with three suggestions, whose scores are nearly alike, and open some of them."""
        at_ms = session * DAY_MS // 4
        found = candidates([0.5 + self.random.random() / 4 for _ in PAGES.items])
        by_topic = self.outcomes.by_topic(topic_of, at_ms=at_ms, days=60) if learns else {}
        items = listed(found, dict(by_topic), dice(session))
        names = [PAGES.items[item.index].id for item in items]
        self.outcomes = self.outcomes.with_shown(names, at_ms=at_ms, session=session)
        self.value += sum(item.score for item in items)
        for name in names:
            if self.random.random() < self.chances[topic_of(name) or ""]:
                self.outcomes = self.outcomes.opened(name, session=session)
                self.opened += 1


def topic_of(item: str) -> str | None:
    known = next((each for each in PAGES.items if each.id == item), None)
    return None if known is None else known.topic


def lives(chances: dict[str, float], *, learns: bool, people: int = 6, visits: int = 60) -> list[Citizen]:
    """The same people, page for page and draw for draw, with and without."""
    found = [Citizen(chances, seed) for seed in range(people)]
    for citizen in found:
        for session in range(visits):
            citizen.visit(session, learns=learns)
    return found


def test_for_a_steady_preference_more_is_opened_than_without() -> None:
    """Six people who open one topic six times as often as the others, 60 visits each: each opens more,
    and together half as many again; four standard errors of the sum would be a third of it."""
    chances = dict.fromkeys(TOPICS, 0.1) | {"b": 0.6}
    plain = [citizen.opened for citizen in lives(chances, learns=False)]
    moved = [citizen.opened for citizen in lives(chances, learns=True)]
    assert sum(moved) > 1.5 * sum(plain)
    assert all(more > less for more, less in zip(moved, plain, strict=True))


def test_without_a_preference_it_costs_less_than_a_twentieth() -> None:
    """People who open all topics alike open as many; of the model's scores they lose less than 5 in 100."""
    chances = dict.fromkeys(TOPICS, 0.2)
    plain, moved = lives(chances, learns=False), lives(chances, learns=True)
    opened = [sum(citizen.opened for citizen in people) for people in (plain, moved)]
    assert abs(opened[1] - opened[0]) < 4 * (2 * opened[0]) ** 0.5
    assert sum(citizen.value for citizen in moved) > 0.95 * sum(citizen.value for citizen in plain)


@given(
    rows=st.lists(
        st.builds(
            Outcome,
            st.sampled_from(["/a", "/b", "/c"]),
            st.integers(0, 100 * DAY_MS),
            st.integers(1, 9),
            st.sampled_from(Became),
        ),
        max_size=20,
    ),
    at_ms=st.integers(0, 200 * DAY_MS),
)
def test_what_is_old_fades_and_what_is_kept_reads_back(rows: list[Outcome], at_ms: int) -> None:
    """No number grows with time alone, and after all of the days nothing counts."""
    outcomes = Outcomes(tuple(rows))
    assert Outcomes.from_value(outcomes.to_value()) == outcomes
    now, then = (outcomes.by_topic(lambda item: item, at_ms=ms, days=40) for ms in (at_ms, at_ms + DAY_MS))
    assert then.keys() <= now.keys()
    assert all(
        later <= sooner for topic in then for later, sooner in zip(then[topic], now[topic], strict=True)
    )
    gone = outcomes.by_topic(lambda item: item, at_ms=200 * DAY_MS, days=40)
    assert gone == {}
