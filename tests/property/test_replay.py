"""Every decision can be made again: the same bundle and stored inputs give the same plan, to the byte."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.decided import KEPT_DAYS, MOST_KEPT, Decided, KeptDecision, Line
from edge_client.dice import dice_of
from edge_client.events import (
    Event,
    ForSomeoneElse,
    ItemDismissed,
    ItemPinned,
    PageViewed,
    QuestionAnswered,
)
from edge_client.profile import DAY_MS
from edge_client.rules.facts import Context
from edge_client.rules.inputs import Inputs
from edge_client.sighting import Sighting
from edge_client.wire.audience import CameFrom, DeviceClass
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS
from tests.support.living import BUNDLES, PAGES, VIEWS, answered, lived
from tests.support.ruled import parsed

GAPS_MS = (60_000, 60 * 60_000, 3 * DAY_MS)

contexts = st.builds(
    Context,
    hour=st.none() | st.integers(0, 23),
    device=st.none() | st.sampled_from(DeviceClass),
    came_from=st.none() | st.sampled_from(CameFrom),
)
pages = st.sampled_from(PAGES)
happenings = st.one_of(
    st.builds(
        lambda item, links, shown, context: PageViewed(item, "en", links, 0, shown, context),
        pages,
        st.tuples(pages, pages),
        st.lists(pages, max_size=3).map(tuple),
        contexts,
    ),
    st.builds(lambda item: ItemDismissed(item, 0), pages),
    st.builds(lambda item: ItemPinned("home", item, 0), pages),
    st.builds(
        lambda pair: QuestionAnswered(*pair, 0, in_flow=True),
        st.sampled_from([("role", "business"), ("role", None), ("loss", "yes"), ("age", "over-sixty")]),
    ),
    st.just(ForSomeoneElse(0, 0)),
)
stories = st.lists(st.tuples(st.sampled_from(GAPS_MS), happenings), min_size=1, max_size=25)


@given(version=st.sampled_from([1, 2]), story=stories, seed=st.integers(0, 9))
def test_every_kept_decision_gives_its_plan_again(
    version: int, story: list[tuple[int, Event]], seed: int
) -> None:
    """From what lies in storage alone, read back; the last twenty are there, and none that is too old."""
    session, plans = lived(version, story, seed)
    bundle = BUNDLES[version]
    decided = Decided.from_bytes(session.decided.to_bytes())
    assert decided == session.decided
    again = []
    for line in decided.lines:
        kept = line.read()
        outcome = kept.replay(answered(kept.question(bundle).questions), bundle)
        again.append(outcome.plan.to_bytes(bundle.catalogue))
        assert line.at_ms == kept.inputs.at_ms
    assert again == [plan.to_bytes(bundle.catalogue) for plan in plans][len(plans) - len(again) :]
    assert len(again) <= MOST_KEPT
    newest = max((line.at_ms for line in decided.lines), default=0)
    assert all(newest - line.at_ms < KEPT_DAYS * DAY_MS for line in decided.lines)


# What CPython and Pyodide keep after these views, under rules of either version.
KEPT_ALIKE = [
    "4b0e0db9faa84360ccc81419b2b17ca485d1c970e956dc540c22ed73d395633c",
    "46e7f2fb1328418be0ef649ba2164314a9e20265ea2eaaa6572196473166aa52",
]


def one_kept() -> KeptDecision:
    """The last decision of a short story under rules of version 2."""
    return lived(2, VIEWS, 1)[0].decided.lines[-1].read()


def test_a_decision_that_comes_out_otherwise_is_found_out() -> None:
    """Other answers, other inputs, or another bundle: it does not pass for what was decided."""
    kept, bundle = one_kept(), BUNDLES[2]
    answers = answered(kept.question(bundle).questions)
    assert kept.replay(answers, bundle).plan.pages
    silenced = tuple(replace(each, indexes=(), scores=()) for each in answers)
    with pytest.raises(Untrue):
        kept.replay(silenced, bundle)
    with pytest.raises(Refused):
        kept.replay(answers, bundle_of(rules_=parsed(), version=2))


CHANGES: dict[str, dict[str, Any]] = {
    "at_ms": {"at_ms": NOW_MS},
    "lang": {"lang": "ar"},
    "looked_at": {"looked_at": frozenset({8})},
    "refused": {"refused": frozenset({8})},
    "pins": {"pins": {"home": (8,)}},
    "silent": {"silent": frozenset({"park"})},
    "capped": {"capped": frozenset({("park", 7)})},
    "page": {"page": None},
    "outcomes": {"outcomes": {"bins": (9, 1), "parking": (1, 9)}},
    "followed": {"followed": ("bins",)},
    "later": {"later": None},
}


@pytest.mark.parametrize("field", [each.name for each in fields(Inputs) if each.name != "now"])
def test_a_changed_input_does_not_replay(field: str) -> None:
    """Whichever it is, also one that would change nothing of what is shown."""
    kept, bundle = one_kept(), BUNDLES[2]
    changed = replace(kept, inputs=replace(kept.inputs, **CHANGES[field]))
    assert changed.inputs != kept.inputs
    with pytest.raises(Untrue):
        changed.replay(answered(changed.question(bundle).questions), bundle)


@given(data=st.data(), version=st.sampled_from([1, 2]))
def test_no_byte_of_what_is_kept_can_be_another(data: st.DataObject, version: int) -> None:
    """A decision of which a byte was changed is malformed, of another bundle or not what was decided."""
    text, bundle = lived(version, VIEWS, 1)[0].decided.lines[-1].text, BUNDLES[version]
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(32, 126).filter(lambda byte: byte != text[at]))
    with pytest.raises((Malformed, Refused, Untrue)):  # noqa: PT012 - read or made, it is found out
        changed = KeptDecision.from_bytes(text[:at] + bytes([byte]) + text[at + 1 :])
        changed.replay(answered(changed.question(bundle).questions), bundle)


def test_both_pythons_keep_the_same_bytes() -> None:
    """What this Python decides and keeps is what the other one does, and each replays it."""
    made = [lived(version, VIEWS, 1)[0].decided for version in (1, 2)]
    assert [hashlib.sha256(each.to_bytes()).hexdigest() for each in made] == KEPT_ALIKE
    for version, decided in zip((1, 2), made, strict=True):
        for line in decided.lines:
            kept = line.read()
            assert kept.replay(answered(kept.question(BUNDLES[version]).questions), BUNDLES[version])


def test_a_decision_says_where_it_was_shown() -> None:
    """On the page that was looked at next, with what its slots showed; read back as it was."""
    first, second, last = lived(2, VIEWS, 1)[0].decided.lines
    assert [(each.page, each.items) for each in first.seen] == [(10, (8,))]
    assert [(each.page, each.items) for each in second.seen] == [(5, (8,))]
    assert last.seen == ()
    assert Line.from_bytes(first.to_bytes()) == first
    for raw in (b"1:02:3", b"1:2:", b"-1:2:3", b"1:2:3/", b"1:2"):
        with pytest.raises(Malformed):
            Sighting.from_bytes(raw)


def test_of_a_replaced_bundle_only_the_times_stay() -> None:
    """It could not be made again: what it rested on goes with the files that it was made from."""
    decided = lived(2, VIEWS, 1)[0].decided.under(bundle_of(rules_=parsed(), version=2))
    assert [line.at_ms for line in decided.lines] == [NOW_MS + 60_000 * nth for nth in (1, 2, 3)]
    assert [(line.text, line.seen) for line in decided.lines] == [(b"", ())] * 3
    assert Decided.from_bytes(decided.to_bytes()) == decided


def test_more_than_twenty_decisions_leave_the_newest() -> None:
    """And one after a month leaves itself alone."""
    views: list[tuple[int, Event]] = [
        (60_000, PageViewed(PAGES[at % 5 + 1], "en", (), 0)) for at in range(25)
    ]
    session, plans = lived(2, views, 3)
    assert (len(plans), len(session.decided.lines)) == (25, MOST_KEPT)
    month_later, _ = lived(2, [*views, (31 * DAY_MS, PageViewed(PAGES[1], "en", (), 0))], 3)
    assert len(month_later.decided.lines) == 1


@given(raw=st.binary(max_size=200), at=st.integers(0, 4000), cut=st.integers(0, 9))
def test_what_is_damaged_is_refused_and_nothing_else_happens(raw: bytes, at: int, cut: int) -> None:
    """In the file or in one decision: it is read as it was written, or it is malformed."""
    whole = lived(2, VIEWS, 1)[0].decided.to_bytes()
    for damaged in (raw, whole[:at] + raw + whole[at + cut :]):
        try:
            decided = Decided.from_bytes(damaged)
            for line in decided.lines:
                line.read()
        except Malformed:
            continue
        assert decided.to_bytes() == damaged


@given(seed=st.binary(min_size=16, max_size=16), counts=st.lists(st.integers(1, 50), max_size=20))
def test_a_seed_lets_dice_fall_the_same_way_again(seed: bytes, counts: list[int]) -> None:
    """However the draws are cut; another seed gives others."""
    drawn = b"".join(map(dice_of(seed).draw, counts))
    assert dice_of(seed).draw(len(drawn)) == drawn
    assert len(drawn) < 8 or dice_of(seed[::-1] + b"x").draw(len(drawn)) != drawn
