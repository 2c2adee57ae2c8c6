"""What became of suggestions: kept where rules ask, for whom they let it be, and gone with what covers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.record import Gpc
from edge_client.decided import Decided
from edge_client.effects import EraseDecided, SaveDecided
from edge_client.events import (
    ChoiceMade,
    Event,
    ForSomeoneElse,
    ItemDismissed,
    NoticingSwitched,
    PageViewed,
    ProfileCleared,
)
from edge_client.explanation import ReasonKind
from edge_client.outcomes.kept import Became, Outcome, Outcomes
from edge_client.profile import DAY_MS
from edge_client.replays.listing import became
from edge_client.rules.compile import problems_of
from edge_client.session import Session
from edge_client.signals.signal import Switch
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from edge_client.wishes import OutcomesForgotten
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, catalogue, notice
from tests.support.living import after, answered, begun
from tests.support.ruled import only, parsed, rule, slot, value

SWAYED = [slot("home", ["/"], sway_milli=300, explore_milli=100), slot("related", [])]
HOUR_MS = 60 * 60 * 1000


def made(**changes: Any) -> Rules:
    """Rules whose home slot asks what became of suggestions, for 60 days."""
    return parsed(**{"slots": SWAYED, "outcome_days": 60, **changes})


def view(item: str, *shown: str, at_ms: int = NOW_MS) -> PageViewed:
    """A page view whose slots show these items."""
    return PageViewed(ItemId(item), "en", (), at_ms, tuple(map(ItemId, shown)))


def rows(session: Session) -> list[tuple[str, str]]:
    """What became of what, as it would be stored."""
    kept = Decided.from_bytes(session.decided.to_bytes())
    return [(row.item, row.became.value) for row in kept.outcomes.rows]


SEEN = (view("/", "/bins/missed", "/parking/permit"), view("/bins/missed", at_ms=NOW_MS + 1000))


def test_what_is_opened_passed_over_and_called_not_relevant_is_told_apart() -> None:
    """Opened on the visit on which it was suggested; each item once a visit, however many pages showed it."""
    session = after(begun(made()), *SEEN)
    assert rows(session) == [("/bins/missed", "opened"), ("/parking/permit", "passed")]
    session = after(session, view("/bins/new", "/parking/permit", at_ms=NOW_MS + 2000))
    assert rows(session) == [("/bins/missed", "opened"), ("/parking/permit", "passed")]
    session = after(session, ItemDismissed(ItemId("/parking/permit"), NOW_MS + 3000))
    assert rows(session)[1] == ("/parking/permit", "dismissed")
    session = after(session, view("/parking/permit", at_ms=NOW_MS + 4000))
    assert rows(session)[1] == ("/parking/permit", "dismissed"), "what was unwanted stays so"
    # An hour later it is another visit: it was not suggested on this one.
    session = after(begun(made()), SEEN[0], view("/bins/missed", at_ms=NOW_MS + HOUR_MS))
    assert rows(session)[0] == ("/bins/missed", "passed")


@pytest.mark.parametrize(
    "rules",
    [parsed(), made(never_topics=["bins", "parking"]), made(outcome_days=1, keep_days=90)],
    ids=["no slot asks", "sensitive topics", "a day ago"],
)
def test_nothing_is_kept_that_rules_do_not_ask_for(rules: Rules) -> None:
    """Not where no slot does, not of sensitive pages, and no longer than they say."""
    session = after(begun(rules), *SEEN, view("/moving/address", at_ms=NOW_MS + 3 * DAY_MS))
    assert rows(session) == []


@pytest.mark.parametrize(
    "event",
    [
        NoticingSwitched(Switch.CLICKS, on=False, at_ms=NOW_MS + 5000),
        NoticingSwitched(Switch.VISITS, on=False, at_ms=NOW_MS + 5000),
        ForSomeoneElse(NOW_MS + 5000, NOW_MS),
        OutcomesForgotten(NOW_MS + 5000),
        ProfileCleared(NOW_MS + 5000),
        ChoiceMade(frozenset(), notice(), Gpc.ABSENT, NOW_MS + 5000),
    ],
    ids=lambda event: type(event).__name__,
)
def test_it_goes_when_the_citizen_wants_it_gone(event: Event) -> None:
    """By its own button, by either switch, with the visit, with everything, and with its consent."""
    session, effects = after(begun(made()), *SEEN).receive(event)
    assert rows(session) == []
    stored = [each for each in effects if isinstance(each, SaveDecided | EraseDecided)]
    assert stored
    assert all(isinstance(each, EraseDecided) or not each.decided.outcomes.rows for each in stored)


def test_a_switch_that_is_off_keeps_nothing_new() -> None:
    """And says in the panel that nothing is kept."""
    off = NoticingSwitched(Switch.CLICKS, on=False, at_ms=NOW_MS - 1)
    assert rows(after(begun(made()), view("/bins/new", at_ms=NOW_MS - 2), off, *SEEN)) == []


def with_outcomes(topic_items: dict[str, bool]) -> Session:
    """A device whose citizen opened all that was suggested of some items, and nothing of others."""
    kept = tuple(
        Outcome(item, NOW_MS - DAY_MS * nth, nth, Became.OPENED if is_opened else Became.PASSED)
        for item, is_opened in topic_items.items()
        for nth in range(1, 9)
    )
    session = begun(made(rules=[], slots=[{**SWAYED[0], "count": 5, "explore_milli": 0}, SWAYED[1]]))
    return replace(session, decided=Decided(outcomes=Outcomes(kept)))


def at_home(session: Session) -> list[tuple[str, ReasonKind]]:
    """What the home page shows after a look at a page, each with its reason, made again from what is kept."""
    kept = after(session, view("/housing/repairs")).decided.lines[-1].read()
    bundle = session.bundle
    assert bundle is not None
    plan = kept.replay(answered(kept.question(bundle).questions), bundle).plan
    (items,) = (dict(page.slots)["home"] for page in plan.pages if page.page == "/")
    return [(bundle.catalogue.items[each.item.index].id, each.reason.kind) for each in items]


def test_two_devices_of_one_segment_see_different_orders_both_explained() -> None:
    """The same pages, the same answers, the same archetype: what each opened before decides, and says so."""
    movers = at_home(with_outcomes({"/moving/address": True, "/business/start": False}))
    traders = at_home(with_outcomes({"/moving/address": False, "/business/start": True}))
    plain = at_home(with_outcomes({}))
    for shown, topic, other in ((movers, "/moving", "/business"), (traders, "/business", "/moving")):
        order = [item for item, _ in shown if item.startswith((topic, other))]
        assert order[0].startswith(topic)
        owed = [item for item, kind in shown if kind is ReasonKind.OPENED]
        assert owed
        assert all(item.startswith(topic) for item in owed)
    assert ReasonKind.OPENED not in {kind for _, kind in plain}


def test_rules_pins_and_refusals_come_first_whatever_was_opened() -> None:
    """Outcomes move the model's own places alone: no rung, no pin, and nothing that may not be shown."""
    opened = {"/moving/address": True, "/business/start": False}
    session = with_outcomes(opened)
    session = after(session, ItemDismissed(ItemId("/moving/address"), NOW_MS - 1))
    told = session.told.pinned("home", ItemId("/parking/permit"))
    law = rule("law", rung="safety", items=["/bins/missed"])
    bundle = bundle_of(rules_=made(rules=[law], slots=[{**SWAYED[0], "count": 5}, SWAYED[1]]))
    shown = [item for item, _ in at_home(replace(session, told=told, bundle=bundle))]
    assert shown[:2] == ["/bins/missed", "/parking/permit"]
    assert "/moving/address" not in shown


def test_the_panel_is_told_what_was_opened_by_topic() -> None:
    """How many of how many; nothing where no slot asks."""
    session = after(begun(made()), *SEEN)
    assert became(session.decided, session.bundle) == {
        "days": 60,
        "topics": [["bins", 1, 1], ["parking", 0, 1]],
    }
    assert became(session.decided, bundle_of(rules_=parsed())) is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"outcome_days": 60, "slots": [slot("home", ["/"])]}, "outcome_days: no slot asks for it"),
        ({"slots": SWAYED}, "slot home: sway_milli: what became of suggestions is not kept"),
        ({"slots": SWAYED, "outcome_days": 91}, "outcome_days: is longer than keep_days"),
        (
            {"slots": [slot("home", ["/"], sway_milli=1, level="scored")], "outcome_days": 1},
            "slot home: sway_milli: nothing moves in a slot of level scored",
        ),
    ],
)
def test_rules_that_ask_by_halves_do_not_compile(changes: dict[str, Any], told: str) -> None:
    """What is kept is used, and what is used is said to be kept."""
    found = [str(each) for each in problems_of(only(**changes), catalogue()) if each.is_fatal]
    assert found
    assert f"rules: {told}" in found[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome_days": 0},
        {"outcome_days": 731},
        {"slots": [slot("home", ["/"], sway_milli=0)]},
        {"slots": [slot("home", ["/"], sway_milli=301)]},
        {"slots": [slot("home", ["/"], sway_milli=True)]},
    ],
)
def test_a_bound_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    """The effect is bounded by the format itself; and what says nothing is left out."""
    raw = canonical.encode(value(**changes))
    with pytest.raises(Malformed):
        Rules.parse(raw)


def test_rules_with_outcomes_print_back_byte_for_byte() -> None:
    """And those without are as they were."""
    for raw in (canonical.encode(value(slots=SWAYED, outcome_days=60)), canonical.encode(value())):
        assert Rules.parse(raw).to_bytes() == raw
