"""Whom a condition holds for, what nobody can know, and which fact it holds because of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_client.profile import DAY_MS, Visit
from edge_client.rules.facts import Facts, leaf_truths, pages_behind
from edge_client.rules.truths import Truth, because_of, leaves_of, settle
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.paths import ItemId
from tests.support.city import NOW_MS, catalogue
from tests.support.ruled import DEFINITIONS, condition, parsed, visited

RULES = parsed()
NAMES = [definition["name"] for definition in DEFINITIONS if "when" in definition]
LEAVES = [name for name in NAMES if leaves_of(name, RULES.definitions) == (name,)]


def at(item: str, session: int, *, days: int = 0) -> Visit:
    return Visit(ItemId(item), NOW_MS - days * DAY_MS, session)


def facts(*visits: Visit, session: int = 3, **known: object) -> Facts:
    """What is the case in the third session on this device, in English."""
    return replace(Facts(NOW_MS, session, session == 1, "en", visits), **known)  # type: ignore[arg-type]  # the test's choice


def holds(name: str, known: Facts) -> Truth:
    """Say whether a condition of the city holds."""
    return settle(RULES.definitions, leaf_truths(RULES.definitions, known, catalogue=catalogue())).conditions[
        name
    ]


PARKED = (at("/parking/rules", 1, days=5), at("/parking/permit", 2, days=1))


@pytest.mark.parametrize(
    ("name", "known", "truth"),
    [
        ("first", facts(session=1), True),
        ("first", facts(session=2), False),
        ("comes-back", facts(session=2), True),
        ("parks", facts(*PARKED), True),
        ("parks", facts(at("/parking/rules", 2), at("/parking/permit", 2)), False),
        ("parks", facts(at("/parking/rules", 1, days=15), at("/parking/permit", 2)), False),
        ("parks", facts(PARKED[0], at("/bins/new", 2)), False),
        ("permit-begun", facts(at("/parking/permit", 1, days=2)), True),
        ("permit-begun", facts(at("/parking/permit", 1, days=31)), False),
        ("permit-begun", facts(at("/parking/permit", 1), at("/parking/permit/done", 1)), False),
        (
            "permit-begun",
            facts(at("/parking/permit", 1), at("/parking/permit/done", 1), at("/parking/permit", 1)),
            False,
        ),
        ("permit-begun", facts(at("/parking/permit/done", 1), at("/parking/permit", 2)), True),
        ("is-business", facts(answers={"role": "business"}), True),
        ("is-business", facts(answers={"role": "citizen"}), False),
        ("is-business", facts(), False),
        ("evening", facts(hour=18), True),
        ("evening", facts(hour=5), True),
        ("evening", facts(hour=6), False),
        ("evening", facts(), None),
        ("phone", facts(device=DeviceClass.PHONE), True),
        ("phone", facts(), None),
        ("english", facts(), True),
        ("english", facts(lang="ar"), False),
        ("searched", facts(began_from=CameFrom.SEARCH), True),
        ("searched", facts(), None),
        ("business-by-night", facts(), False),
        ("business-by-night", facts(answers={"role": "business"}), None),
        ("is-back", facts(session=1), False),
        ("is-back", facts(at("/parking/permit", 1)), True),
        ("is-back", facts(), True),
    ],
)
def test_a_condition_holds_for_whom_it_is_meant(name: str, known: Facts, *, truth: Truth) -> None:
    """Each fact of the language, on both sides of its edge; what nobody can know is neither."""
    assert holds(name, known) is truth


def test_three_pages_of_this_session_count_at_once() -> None:
    """Days 0 is this session alone: what was looked at just now counts, and nothing from before."""
    rules = parsed(definitions=[condition("now", visited(topics=["business"], least=2, days=0, sessions=1))])
    pages = (at("/business/start", 3), at("/business/food-licence", 3))
    leaves = [
        leaf_truths(rules.definitions, facts(*pages, session=session), catalogue=catalogue())
        for session in (3, 4)
    ]
    assert leaves == [{"now": True}, {"now": False}]


def test_in_a_later_session_it_is_no_first_visit_and_the_hour_is_open() -> None:
    """What is decided for whoever comes back says nothing that only holds today."""
    later = facts(session=1, hour=20, began_from=CameFrom.SEARCH).in_a_later_session()
    assert [holds(name, later) for name in ("first", "evening", "searched")] == [False, None, None]


def test_the_page_behind_a_condition_is_the_last_one_that_counted() -> None:
    """It is what the citizen is told of."""
    known = pages_behind(RULES.definitions, facts(*PARKED), catalogue=catalogue())
    permit = catalogue().index_of(ItemId("/parking/permit"))
    assert known == {"parks": permit, "permit-begun": permit}


@given(truths=st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in LEAVES}))
def test_without_what_is_named_a_condition_would_not_hold(truths: dict[str, Truth]) -> None:
    """Turn each named fact round and the condition is not true any more; name one less, and it still is."""
    settled = settle(RULES.definitions, truths).conditions
    for name in (name for name in NAMES if settled[name]):
        named = because_of(name, RULES.definitions, truths)
        assert named
        turned = {**truths, **{leaf: not truths[leaf] for leaf in named}}
        assert settle(RULES.definitions, turned).conditions[name] is not True
        for spared in named:
            assert settle(RULES.definitions, {**turned, spared: truths[spared]}).conditions[name] is True


@given(
    truths=st.fixed_dictionaries({name: st.booleans() for name in LEAVES}),
    open_=st.sets(st.sampled_from(LEAVES)),
)
def test_what_is_unknown_never_makes_up_a_truth(truths: dict[str, Truth], open_: set[str]) -> None:
    """What holds while some facts are open holds whichever way they turn out."""
    known = settle(RULES.definitions, {**truths, **dict.fromkeys(open_)}).conditions
    full = settle(RULES.definitions, truths).conditions
    assert [name for name in NAMES if known[name] is not None and known[name] != full[name]] == []
