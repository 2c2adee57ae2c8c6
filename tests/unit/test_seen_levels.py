"""What the panel is told of a citizen: which rules hold, what interests them, and what that rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from edge_client.bundle import Bundle
from edge_client.events import ItemForgotten
from edge_client.known import known_of
from edge_client.levels import levels_of, titles_of
from edge_client.profile import Profile
from edge_client.session import Session
from edge_client.signals.signal import Signal
from edge_client.told import Stance, Told
from edge_client.wire.audience import Condition, parse_test
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, catalogue
from tests.support.deciding import HOUR_MS, looked
from tests.support.ruled import noticed_test, only, parsed, rule, task
from tests.support.sessions import GRIEF, session_of, view

BINS_DAY, BINS_NEW, PERMIT = "/bins/collection-day", "/bins/new", "/parking/permit"
APPLY, DONE = "/parking/permit/apply", "/parking/permit/done"


def with_topic_pages() -> Catalogue:
    """The city, whose topic of bins has a page of its own, and another below with the same name."""
    items = {item.id: item for item in catalogue().items}
    for path, title in (("/bins", "Bins and recycling"), ("/bins/new/bins", "Which bin")):
        items[ItemId(path)] = replace(items[ItemId(BINS_NEW)], id=ItemId(path), title=title)
    return Catalogue(catalogue().site, tuple(items[path] for path in sorted(items)))


def levels(session: Session) -> dict[str, Any]:
    """What the panel reads."""
    value = levels_of(session, session.profile)
    told: dict[str, Any] = json.loads(known_of(session, session.profile, value))
    assert isinstance(value, dict)
    assert told["levels"] == value
    return value


def citizen(profile: Profile, *, told: Told | None = None, bundle: Bundle | None = None) -> Session:
    """Somebody with a yes to suggestions, on the panel's page."""
    bundle = bundle or bundle_of(rules_=parsed())
    session = replace(session_of("suggest"), bundle=bundle, profile=profile, told=told or Told())
    return replace(session, view=view(ItemId("/"), at_ms=NOW_MS))


def test_an_interest_lists_its_looks_and_goes_with_them() -> None:
    """Looked at in two sessions, bins are an interest, and every look is there; one forgotten, they are
    none."""
    session = citizen(looked(BINS_DAY, PERMIT, BINS_NEW, gap_ms=HOUR_MS))
    (found,) = levels(session)["interests"]
    assert found == [
        "bins",
        False,
        [
            [BINS_NEW, "Order a new bin", NOW_MS],
            [BINS_DAY, "Check your bin day", NOW_MS - 2 * HOUR_MS],
        ],
    ]
    after, _ = session.receive(ItemForgotten(ItemId(BINS_DAY), NOW_MS + 1))
    assert levels(after)["interests"] == []


def test_what_is_followed_is_an_interest_and_what_is_stopped_none() -> None:
    """What the citizen says comes before what was looked at; the newest look stands first."""
    profile = looked(BINS_DAY, "/housing/repairs", BINS_NEW, PERMIT, gap_ms=HOUR_MS)
    told = Told(topics={"housing": Stance.FOLLOW, "business": Stance.FOLLOW, "bins": Stance.STOP})
    found = levels(citizen(profile, told=told))["interests"]
    assert [(topic, followed, len(looks)) for topic, followed, looks in found] == [
        ("housing", True, 1),
        ("business", True, 0),
    ]


def test_a_rule_that_holds_says_why_and_what_it_does() -> None:
    """Its facts and its pages; a rule that does not hold is not there, nor what holds for everybody."""
    profile = looked("/parking/permit", APPLY, gap_ms=60_000)
    rules = only(
        rule("go-on", when="permit-begun", rung="task", items=[PERMIT]),
        rule("welcome", when="first", items=[BINS_NEW]),
        rule("trade", when="is-business", items=["/business/start"]),
        rule("all", when=None, items=[BINS_DAY]),
    )
    session = citizen(profile, bundle=bundle_of(rules_=rules))
    found = levels(session)["segments"]
    assert [[[kind for kind, _ in because], does] for because, does in found] == [
        [["task"], [["offer", [[PERMIT, "Apply for a parking permit", "en"]]]]],
        [["first"], [["offer", [[BINS_NEW, "Order a new bin", "en"]]]]],
    ]
    assert found[0][0] == [["task", [PERMIT, "Apply for a parking permit"]]]
    told = replace(session, told=Told(answers={"role": "business"}))
    assert [because for because, _ in levels(told)["segments"]][-1] == [["told", None]]


def test_pins_are_in_the_citizen_s_own_order() -> None:
    """Slot by slot: what the panel moves up or down."""
    told = Told().pinned("home", ItemId(PERMIT)).pinned("home", ItemId(BINS_NEW))
    assert levels(citizen(Profile(), told=told))["pins"] == {"home": [PERMIT, BINS_NEW]}


def test_what_was_begun_is_a_task_until_it_is_done_or_forgotten() -> None:
    """The step to go on with, under the title of its page; forgotten, the rule knows of none."""
    steps = task()
    steps["task"] |= {"begun": [APPLY], "done": [DONE]}
    rules = only(rule("go-on", when="permit-begun", rung="task", items=[PERMIT]))
    rules = replace(rules, definitions=(Condition("permit-begun", parse_test(steps, "")),))
    bundle = bundle_of(rules_=rules)
    session = citizen(looked(PERMIT, APPLY), bundle=bundle)
    assert levels(session)["begun"] == [[APPLY, PERMIT, "Apply for a parking permit", NOW_MS, [APPLY]]]
    after, _ = session.receive(ItemForgotten(ItemId(APPLY), NOW_MS + 1))
    assert levels(after)["begun"] == []
    assert levels(citizen(looked(APPLY, DONE), bundle=bundle))["begun"] == []


def test_a_task_names_every_page_that_would_begin_it_again() -> None:
    """Two of its steps were looked at: the last one forgotten alone, the other still begins it."""
    steps = task()
    steps["task"] |= {"begun": [APPLY, PERMIT], "done": [DONE]}
    rules = only(rule("go-on", when="permit-begun", rung="task", items=[PERMIT]))
    rules = replace(rules, definitions=(Condition("permit-begun", parse_test(steps, "")),))
    session = citizen(looked(PERMIT, BINS_NEW, APPLY), bundle=bundle_of(rules_=rules))
    ((item, _, _, _, counted),) = levels(session)["begun"]
    assert (item, counted) == (APPLY, [PERMIT, APPLY])
    after, _ = session.receive(ItemForgotten(ItemId(APPLY), NOW_MS + 1))
    assert len(levels(after)["begun"]) == 1
    for each in counted:
        session, _ = session.receive(ItemForgotten(ItemId(each), NOW_MS + 1))
    assert levels(session)["begun"] == []


def test_a_form_is_begun_once_its_rule_says_so() -> None:
    """What has to be noticed twice, in two sessions, is no task after the first time."""
    test = parse_test(noticed_test("form-begun", least=2, sessions=2, days=30), "")
    rules = only(rule("go-on", when="permit-begun", rung="task", items=[PERMIT]))
    rules = replace(rules, definitions=(Condition("permit-begun", test),))
    session = citizen(looked(PERMIT), bundle=bundle_of(rules_=rules))
    found = []
    for at in (1, 2):
        signal = Signal(SignalKind.FORM_BEGUN, PERMIT, NOW_MS - HOUR_MS + at, at)
        session = replace(session, signals=session.signals.with_signal(signal))
        found.append(levels(session)["begun"])
    assert found[0] == []
    assert [row[0] for row in found[1]] == [PERMIT]


def test_before_a_page_is_known_nothing_is_said_of_its_language() -> None:
    """The panel may ask before its own page was told: what nobody can know then holds for nobody."""
    rules = only(rule("speaks", when="english", items=[BINS_NEW]))
    session = citizen(looked(PERMIT), bundle=bundle_of(rules_=rules))
    assert len(levels(session)["segments"]) == 1
    assert levels(replace(session, view=None))["segments"] == []


def test_without_a_yes_or_a_bundle_nothing_is_said() -> None:
    """Learning alone is no reason to say what somebody is like."""
    session = citizen(looked(BINS_DAY, BINS_NEW, gap_ms=HOUR_MS))
    assert levels_of(session, session.profile) is not None
    assert levels_of(replace(session, bundle=None), session.profile) is None
    assert levels_of(replace(session, book=session_of("learn").book), session.profile) is None


def test_a_sensitive_page_of_an_older_profile_is_in_no_list() -> None:
    """Whatever rules allowed before: a topic that is never stored is no interest."""
    session = citizen(looked(GRIEF, PERMIT, GRIEF, gap_ms=HOUR_MS))
    found = levels(session)
    assert [topic for topic, _, _ in found["interests"]] == []
    assert GRIEF not in str(found)


def test_a_topic_is_called_what_its_own_page_is() -> None:
    """The one with the shortest path; a topic without one has no title but its name."""
    pages = with_topic_pages()
    assert titles_of("bins", pages) == {"en": "Bins and recycling"}
    assert titles_of("parking", pages) == {}
    session = citizen(looked(BINS_NEW), bundle=bundle_of(pages=pages, rules_=parsed()))
    assert levels(session)["topics"] == {"bins": {"en": "Bins and recycling"}}
