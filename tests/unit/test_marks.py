"""Marks: what a page says of itself, kept as far as a rule names it, and what follows from it."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_client.events import ForSomeoneElse, ItemForgotten, SignalsNoticed
from edge_client.profile import DAY_MS, SESSION_GAP_MS
from edge_client.signals.noted import Noted
from edge_client.signals.signal import is_mark
from edge_client.wire.marks import MarkKind
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from tests.support.city import catalogue
from tests.support.node_twin import played
from tests.support.noticing import city, kept, met, notice
from tests.support.pair import Pair
from tests.support.ruled import MARK, condition, noticed_test, rule

PERMIT, RULES_OF_PARKING = "/parking/permit", "/parking/rules"
TODAY = noticed_test("marked")
OTHER = "life-event:moving-home"


def marked(item: str, mark: str = MARK) -> Noted:
    """A page that says so of itself."""
    return Noted(SignalKind.MARKED, item, 0, mark=mark)


async def under(folder: Path, test: dict[str, Any], *more: dict[str, Any]) -> Pair:
    """A device that has looked at one page, under a rule for which this test has to hold."""
    tests = [condition(f"marked-{number}", each) for number, each in enumerate((test, *more))]
    rules = [rule(f"r-{each['name']}", when=each["name"], items=["/housing/repairs"]) for each in tests]
    return await met(folder, *rules, definitions=tests)


def on_home(pair: Pair) -> list[list[Any]]:
    """What the last plan has in the home page's slot: items and reasons."""
    plan = json.loads(pair.plans()[-1])
    placed: list[list[Any]] = plan["pages"].get("/", {}).get("home", [])
    return placed


def rows(pair: Pair) -> list[tuple[str, str, int]]:
    """Page, mark and session of what is kept."""
    return [(signal.about, signal.mark, signal.session) for signal in kept(pair).rows]


def test_a_page_that_says_what_it_is_counts_with_its_own_view(tmp_path: Path) -> None:
    """Told before its view, it is of the session that the view begins, and is decided on with it; told after,
    the page on screen is decided on again."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        assert on_home(pair) == []
        await notice(pair, marked(PERMIT))
        assert (rows(pair), on_home(pair)) == ([(PERMIT, MARK, 1)], [])
        await pair.view(PERMIT)
        assert [row[1] for row in on_home(pair)] == ["marked"]
        pair.host.at_ms += SESSION_GAP_MS + 1
        await notice(pair, marked(PERMIT))
        assert rows(pair)[-1] == (PERMIT, MARK, 2)
        await pair.view(PERMIT)
        assert pair.device.session.profile.last_session == 2
        plans = len(pair.plans())
        await notice(pair, marked(PERMIT))
        assert len(pair.plans()) == plans
        await pair.view(RULES_OF_PARKING)
        plans = len(pair.plans())
        await notice(pair, marked(RULES_OF_PARKING))
        assert len(pair.plans()) == plans + 1

    asyncio.run(go())


def test_without_the_mark_the_page_is_not_named(tmp_path: Path) -> None:
    """The reason names the page that says it; where the page is forgotten, the suggestion goes."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        await notice(pair, marked(PERMIT))
        await pair.view("/bins/new")
        ((index, reason, because),) = on_home(pair)
        plan, page = json.loads(pair.plans()[-1]), catalogue().get(ItemId(PERMIT))
        assert page is not None
        assert (plan["items"][index][0], reason) == ("/housing/repairs", "marked")
        assert plan["because"][because] == page.title
        await pair.device.feed(ItemForgotten(ItemId(PERMIT), pair.host.at_ms))
        assert (rows(pair), on_home(pair)) == ([], [])

    asyncio.run(go())


def test_a_mark_is_kept_where_a_rule_names_it_and_nowhere_else(tmp_path: Path) -> None:
    """Two rules, each with a mark and a page: neither mark is kept of the other's page."""

    async def go() -> None:
        one = noticed_test("marked", items=[PERMIT], topics=[])
        other = noticed_test("marked", items=[RULES_OF_PARKING], topics=[], marks=[OTHER])
        pair = await under(tmp_path, one, other)
        for page in (PERMIT, RULES_OF_PARKING, "/bins/new"):
            await notice(pair, marked(page), marked(page, OTHER), marked(page, "audience:jane-doe"))
        assert rows(pair) == [(PERMIT, MARK, 1), (RULES_OF_PARKING, OTHER, 1)]

    asyncio.run(go())


def test_a_page_counts_once_in_a_session_however_it_is_marked(tmp_path: Path) -> None:
    """A script that says it again and again, by several marks, says it of one page; two pages are two."""

    async def go() -> None:
        pair = await under(tmp_path, noticed_test("marked", least=2, marks=[MARK, OTHER]))
        for _ in range(20):
            pair.host.at_ms += 1000
            await notice(pair, marked(PERMIT), marked(PERMIT, OTHER))
        assert len(rows(pair)) == 2
        await pair.view(PERMIT)
        assert on_home(pair) == []
        await notice(pair, marked(RULES_OF_PARKING))
        await pair.view(RULES_OF_PARKING)
        assert [row[1] for row in on_home(pair)] == ["marked"]

    asyncio.run(go())


@pytest.mark.parametrize("days", [0, 14])
def test_marks_go_with_their_time(tmp_path: Path, days: int) -> None:
    """What is asked of this session after a day, what is asked of two weeks after these."""

    async def go() -> None:
        pair = await under(tmp_path, noticed_test("marked", days=days, sessions=2 if days else 1))
        await notice(pair, marked(PERMIT))
        pair.host.at_ms += max(days, 1) * DAY_MS - 60_000
        await pair.view("/bins/new")
        assert len(rows(pair)) == 1
        pair.host.at_ms += 120_000
        await pair.view("/bins/new")
        assert rows(pair) == []

    asyncio.run(go())


def test_for_someone_else_takes_marks_along(tmp_path: Path) -> None:
    """Those of the visit that was, told before its first view or after."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        pair.host.at_ms += SESSION_GAP_MS + 1
        since_ms = pair.host.at_ms
        await notice(pair, marked(PERMIT))
        await pair.view(PERMIT)
        await notice(pair, marked(RULES_OF_PARKING))
        assert {session for *_, session in rows(pair)} == {2}
        await pair.device.feed(ForSomeoneElse(pair.host.at_ms + 1, since_ms))
        assert rows(pair) == []

    asyncio.run(go())


def test_no_mark_of_a_sensitive_page_is_kept(tmp_path: Path) -> None:
    """Nor does one stay when the page becomes sensitive; pages for children say nothing at all."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        await notice(pair, marked(PERMIT))
        tests = [condition("marked-0", TODAY)]
        one = rule("r-marked-0", when="marked-0", items=["/housing/repairs"])
        pair.city.rules = city(tmp_path, one, definitions=tests, never_items=[PERMIT]).rules
        pair.city.publish()
        await pair.device.install()
        await notice(pair, marked(PERMIT))
        assert rows(pair) == []
        pair.city.rules = city(tmp_path, one, definitions=tests, child_topics=["parking"]).rules
        pair.city.publish()
        await pair.device.install()
        await notice(pair, marked(RULES_OF_PARKING))
        assert rows(pair) == []

    asyncio.run(go())


def test_a_decision_that_rests_on_a_mark_is_made_again_from_what_is_stored(tmp_path: Path) -> None:
    """Its inputs say that the condition held and of which page; the mark itself is not among them."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        await notice(pair, marked(PERMIT))
        await pair.view(PERMIT)
        decision = pair.device.session.decided.lines[-1].read()
        assert decision.inputs.now.leaves == {"marked-0": True}
        assert MARK.encode() not in pair.host.kept["decided"]

    asyncio.run(go())


def test_nothing_is_taken_from_a_clock_that_runs_ahead(tmp_path: Path) -> None:
    """A page that says a later time says this one."""

    async def go() -> None:
        pair = await under(tmp_path, TODAY)
        now_ms = pair.host.at_ms
        ahead = replace(marked(PERMIT), at_ms=now_ms + 40 * DAY_MS)
        await pair.device.feed(SignalsNoticed((ahead,), now_ms))
        assert [(signal.at_ms, signal.session) for signal in kept(pair).rows] == [(now_ms, 1)]

    asyncio.run(go())


SERVICE = {
    "@context": "https://schema.org",
    "@type": "GovernmentService",
    "name": "Resident permit",
    "serviceType": ["Parking", "Permits and licences"],
    "audience": {"@type": "Audience", "audienceType": "New residents"},
}
# One page of each way to say it; what gov.scot and GOV.UK print is spelt as they do.
SAID: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"scripts": [json.dumps(SERVICE)]},
        [
            "type:governmentservice",
            "service:parking",
            "service:permits-and-licences",
            "audience:new-residents",
        ],
    ),
    (
        {"scripts": [json.dumps({"@graph": [{"@type": "FAQPage"}, {"@type": ["Event", "Thing"]}]})]},
        ["type:faqpage", "type:event"],
    ),
    (
        {
            "scripts": [
                json.dumps({"@type": "GovernmentService", "audience": ["Tenants", {"name": "Owners"}]})
            ]
        },
        ["type:governmentservice", "audience:tenants", "audience:owners"],
    ),
    ({"metas": {"govuk:format": "step_by_step_nav"}}, ["format:step-by-step-nav"]),
    (
        {
            "metas": {
                "govuk:format": "guide",
                "govuk:content-id": "5fe3c59c-7631-11e4-a3cb-005056011aef",
                "govuk:organisations": "<D10>",
            }
        },
        ["format:guide", "content:5fe3c59c-7631-11e4-a3cb-005056011aef"],
    ),
    (
        {
            "elements": [
                {},
                {"audience": "business", "lifeevents": "Starting a business|Hiring", "siteid": "x"},
            ]
        },
        ["audience:business", "life-event:starting-a-business", "life-event:hiring"],
    ),
    ({"scripts": [json.dumps({"@type": "Person", "audience": "Tenants"})]}, []),
]
# What somebody could print to have it kept: text about a person, markup, much of it, what breaks readers.
HOSTILE: list[dict[str, Any]] = [
    {"elements": [{"audience": said}]}
    for said in (
        "jane.doe@example.org",
        "485 777 3456, Jane",
        "<script>alert(1)</script>",
        "ten\u0000ants",
        "تجربة",
        "a" * 61,
        "a" * 10_000_000,
        "",
        "|||",
        "__proto__",
    )
] + [
    {"scripts": [said]}
    for said in (
        "{",
        "null",
        '"GovernmentService"',
        '{"@type": {"toString": "GovernmentService"}, "audience": "tenants"}',
        '{"__proto__": {"@type": "GovernmentService"}, "audience": "tenants"}',
        '{"@graph": {"@type": "GovernmentService"}, "audience": "tenants"}',
        json.dumps({**SERVICE, "description": "x" * 10_000_000}),
        "[" * 5000 + "]" * 5000,
        json.dumps([{"@type": "Thing"}] * 201 + [SERVICE]),
    )
]


def test_a_page_is_read_as_sites_mark_it_and_nothing_else_of_it() -> None:
    """By a closed set of kinds, in short tokens; each once."""
    found = played("marks.mjs", [[page for page, _ in SAID], {}])
    assert [each["marks"] for each in found] == [marks for _, marks in SAID]
    read = [mark for each in found for mark in each["marks"]]
    assert all(map(is_mark, read))
    assert {mark.partition(":")[0] for mark in read} == set(MarkKind)


def test_whatever_a_page_says_is_a_mark_or_nothing() -> None:
    """Any text, in any place: pages read as a mark what rules can name, and nothing else."""
    dice = random.Random(33)
    letters = "abz09-_| @.:<>/\\\"'{}\u0000\u00e9\u0130\u0627\u200f\ud83d\ude00ABZ"

    def said() -> str:
        return "".join(dice.choice(letters) for _ in range(dice.randrange(70)))

    pages = [
        {
            "scripts": [json.dumps({**SERVICE, "serviceType": said(), "audience": said()})],
            "metas": {"govuk:format": said(), "govuk:content-id": said()},
            "elements": [{"audience": said(), "lifeevents": said()}],
        }
        for _ in range(400)
    ]
    read = [mark for each in played("marks.mjs", [pages, {}]) for mark in each["marks"]]
    assert len(read) > len(pages)
    assert all(map(is_mark, read))


def test_whatever_is_printed_there_leaves_no_mark() -> None:
    """Addresses, numbers, markup, megabytes, prototypes and depths: nothing is thrown, nothing is a mark."""
    found = played("marks.mjs", [HOSTILE, {}])
    assert [each["marks"] for each in found] == [[] for _ in HOSTILE]


def test_a_page_notes_what_a_rule_names_and_nothing_else() -> None:
    """A token that no rule names is not written down, though it be one: a name is spelt like an audience."""
    collect = {"v": 1, "until_ms": 9 * 10**15, "marked": ["/permit"], "marks": ["audience:tenants"]}
    audience = {"elements": [{"audience": "Tenants|Jane Doe|Owners"}]}
    found = played("marks.mjs", [[{**audience, "item": "/permit"}, {**audience, "item": "/bins"}], collect])
    assert [each["noted"] for each in found] == [["marked /permit audience:tenants"], []]
    assert found[0]["marks"] == ["audience:tenants", "audience:jane-doe", "audience:owners"]
    (nothing,) = played("marks.mjs", [[{**audience, "item": "/permit"}], {**collect, "until_ms": 1}])
    assert nothing["noted"] == []
