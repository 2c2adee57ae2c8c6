"""The citizen looks at the last decisions and has them made again: what is listed, what is said of each."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_client.canary import ModelName
from edge_client.decided import Decided, Line
from edge_client.effects import AskAgain, OpenModel, ShowReview
from edge_client.events import DecisionChecked, DecisionsAsked, ScoredAgain
from edge_client.replays.review import review
from edge_client.rules.trace import STEPS
from edge_client.scoring import Candidates
from edge_client.wire.paths import ItemId
from tests.support.bundles import bundle_of
from tests.support.city import City
from tests.support.living import BUNDLES, PAGES, VIEWS, answered, lived
from tests.support.pair import Pair
from tests.support.ruled import parsed

BUNDLE = BUNDLES[2]
NEWER = bundle_of(rules_=parsed(), version=2)


def kept() -> Decided:
    """What is kept after three pages, each of which showed something and links to the next."""
    linked = [
        replace(view, links=(ItemId("/parking/permit"), ItemId("/business/start")), shown=(PAGES[9],))
        for _, view in VIEWS
    ]
    return lived(2, [(60_000, view) for view in linked], 1)[0].decided


def said(effect: object) -> dict[str, Any]:
    """What a page is told."""
    assert isinstance(effect, ShowReview)
    found: dict[str, Any] = json.loads(effect.text)
    return found


def checked(decided: Decided, line: Line, *, bundle: Any = BUNDLE) -> dict[str, Any]:
    """Have one decision made again, the model answering if it is asked."""
    _, effects = review(DecisionChecked(line.name), decided=decided, bundle=bundle, using=ModelName.LIVE)
    last = effects[-1]
    if isinstance(last, AskAgain):
        answers = answered(last.questions)
        event = ScoredAgain(last.name, answers)
        _, (last,) = review(event, decided=decided, bundle=bundle, using=ModelName.LIVE)
    return said(last)


def answers(line: Line) -> tuple[Candidates, ...]:
    """What the model answers to what a decision asked."""
    return answered(line.read().question(BUNDLE).questions)


def test_decisions_are_listed_with_where_they_were_shown() -> None:
    """The newest first: the page on which it was decided, and the page that showed it next, with what."""
    _, (shown,) = review(DecisionsAsked(), decided=kept(), bundle=BUNDLE, using=ModelName.LIVE)
    rows = said(shown)["decisions"]
    assert [row["page"][0] for row in rows] == ["/business/start", "/parking/permit", "/bins/collection-day"]
    assert [[each["page"][0] for each in row["seen"]] for row in rows] == [
        [],
        ["/business/start"],
        ["/parking/permit"],
    ]
    assert rows[1]["seen"][0]["items"] == [["/moving/checklist", "Moving checklist"]]
    assert said(shown)["outcomes"] is None


def test_a_decision_that_comes_out_the_same_says_how_it_came_about() -> None:
    """On the page that showed it: each item with its reason, and five steps that add up to what it shows."""
    decided = kept()
    for line in decided.lines:
        answer = checked(decided, line)
        assert answer["result"] == "same"
        assert answer["bundle"] == line.bundle
        for page in answer["pages"]:
            assert page["slots"]
            for slot in page["slots"]:
                assert [name for name, *_ in slot["steps"]] == [name for name, _ in STEPS]
                assert slot["steps"][-1][2] == len(slot["items"])
                assert all(item and reason for item, reason, _ in slot["items"])
    first = checked(decided, decided.lines[0])["pages"]
    assert [(page["page"][0], page["at"]) for page in first] == [("/parking/permit", decided.lines[1].at_ms)]
    # Nobody has seen the last one: it is told of the page that it was made on.
    last = checked(decided, decided.lines[-1])["pages"]
    assert [(page["page"][0], page["at"]) for page in last] == [("/business/start", None)]


def test_what_was_shown_half_an_hour_later_is_told_of_the_later_plan() -> None:
    """Whoever came back saw what was decided for a later visit, and is told of that."""
    story = [*VIEWS[:1], (60 * 60_000, replace(VIEWS[1][1], item=ItemId("/"), shown=(PAGES[2],)))]
    decided = lived(2, story, 1)[0].decided
    (page,) = checked(decided, decided.lines[0])["pages"]
    assert page["page"][0] == "/"
    assert "first" not in {reason for slot in page["slots"] for _, reason, _ in slot["items"]}
    now = replace(decided.lines[0], seen=(replace(decided.lines[0].seen[0], at_ms=decided.lines[0].at_ms),))
    (page,) = checked(replace(decided, lines=(now,)), now)["pages"]
    assert "first" in {reason for slot in page["slots"] for _, reason, _ in slot["items"]}


def test_what_a_page_showed_is_held_against_the_decision() -> None:
    """A page that still showed an earlier decision, or none of them, is listed with the newest: that one is
    not said to be the same as what was shown, nor how that came about."""
    decided = kept()
    line = decided.lines[0]
    (seen,) = line.seen
    for other in (
        replace(seen, items=(8,)),  # in no list of this page
        replace(seen, items=(*seen.items, 8)),
        replace(seen, page=0, items=(11,)),  # in the list of another page
        replace(seen, page=7),  # a page that nothing was decided for
        replace(seen, at_ms=line.read().replay(answers(line), BUNDLE).plan.later_ms or 0),  # it was over
    ):
        for found in ((other,), (seen, other)):
            changed = replace(line, seen=found)
            answer = checked(replace(decided, lines=(changed,)), changed)
            assert answer["result"] == "unlike"
            told = [] if len(found) == 1 else [seen.at_ms]
            assert [page["at"] for page in answer["pages"] if page["at"] is not None] == told
    assert checked(decided, line)["result"] == "same"


@pytest.mark.parametrize(
    ("change", "bundle", "state", "result"),
    [
        (lambda line: line, None, "waiting", "bundle"),
        (lambda line: line, NEWER, "other", "bundle"),
        (lambda line: replace(line, text=b"", seen=()), BUNDLE, "gone", "bundle"),
        (lambda line: replace(line, text=line.text[:-1]), BUNDLE, "unreadable", "unreadable"),
        (
            lambda line: replace(line, text=line.text.replace(b'"lang":"en"', b'"lang":"ar"')),
            BUNDLE,
            "kept",
            "changed",
        ),
        (
            lambda line: replace(line, text=line.text.replace(b'"pages":[', b'"pages":[49999,', 1)),
            BUNDLE,
            "unreadable",
            "unreadable",
        ),
    ],
    ids=["no bundle", "newer files", "files gone", "cut off", "another input", "no such page"],
)
def test_what_cannot_be_made_again_is_said_to_be_so(
    change: Any, bundle: Any, state: str, result: str
) -> None:
    """Plainly, in the list and when it is tried: it never passes for the same."""
    line = change(kept().lines[0])
    decided = Decided(lines=(line,))
    _, (shown,) = review(DecisionsAsked(), decided=decided, bundle=bundle, using=ModelName.LIVE)
    assert [row["state"] for row in said(shown)["decisions"]] == [state]
    answer = checked(decided, line, bundle=bundle)
    assert (answer["result"], answer["pages"]) == (result, [])


def test_the_model_that_answered_then_answers_again() -> None:
    """A decision by the model on trial opens that one, and says which is open from then on."""
    decided = kept()
    made = replace(decided.lines[0].read(), model=ModelName.TRIAL)
    line = replace(decided.lines[0], text=made.to_bytes())
    using, effects = review(
        DecisionChecked(line.name), decided=Decided(lines=(line,)), bundle=BUNDLE, using=ModelName.LIVE
    )
    assert using is ModelName.TRIAL
    assert effects[0] == OpenModel(ModelName.TRIAL)
    assert isinstance(effects[1], AskAgain)
    answers = answered(effects[1].questions)
    event = ScoredAgain(line.name, answers)
    _, (last,) = review(event, decided=Decided(lines=(line,)), bundle=BUNDLE, using=using)
    assert said(last)["result"] == "changed", "the live model made it, and that is what it says"


def test_a_device_makes_its_decisions_again_and_keeps_them_as_they_were(tmp_path: Path) -> None:
    """From storage, through the whole device, with its model; nothing that is kept changes by looking."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view("/bins/new", "/parking/permit")
        before = dict(pair.host.kept)
        await pair.device.feed(DecisionsAsked())
        for line in pair.device.session.decided.lines:
            await pair.device.feed(DecisionChecked(line.name))
        assert dict(pair.host.kept) == before

    asyncio.run(story())
    shown = [(kind, json.loads(text)) for kind, text in pair.host.shown if kind in ("decisions", "checked")]
    names = [row["name"] for row in shown[0][1]["decisions"]]
    assert len(names) == 2
    assert [(each["name"], each["result"]) for _, each in shown[1:]] == [
        (name, "same") for name in reversed(names)
    ]
