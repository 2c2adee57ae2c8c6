"""Answers that are kept as they are given: where that is allowed, and for no longer."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.support import node_twin

FLOW = "nearside.flow.business"
DRAFT = "nearside.draft.business"
AREA = "nearside.place"


def played(*acts: tuple[str, Any]) -> list[dict[str, Any]]:
    """Let the page's own code live through acts; return what the storage holds and lists after each."""
    after: list[dict[str, Any]] = node_twin.played("drafts.mjs", acts)
    return after


def test_answers_are_kept_as_they_are_given_only_after_a_yes() -> None:
    """Before it nothing is; then the newest answers are, in the order in which they were given."""
    before, _, *_, after = played(
        ("answer", "yes"), ("given", ["remember"]), ("answer", "yes"), ("answers", ["no", "yes", "no"])
    )
    assert before["keys"] == []
    assert after["keys"] == [DRAFT]
    assert after["answers"] == ["no"]
    assert after["until"] == 30


def test_a_yes_that_is_taken_back_while_answers_are_being_kept_keeps_none() -> None:
    """The withdrawal comes between the press and the storage."""
    _, after = played(("given", ["remember"]), ("answer, then given", ["yes", []]))
    assert after["keys"] == []


def test_a_withdrawal_takes_what_it_covered_and_no_more() -> None:
    """What was saved by a press stays, and so does an area, which another purpose covers."""
    *_, before, after = played(
        ("given", ["remember", "place"]),
        ("put", AREA),
        ("save", "no"),
        ("answer", "yes"),
        ("given", ["place"]),
    )
    assert before["keys"] == [DRAFT, FLOW, AREA]
    assert after["keys"] == [FLOW, AREA]
    assert after["answers"] == ["no"]


@pytest.mark.parametrize("key", ["nearside.pause", "nearside.greet"])
def test_a_no_to_suggestions_takes_what_was_set_about_them(key: str) -> None:
    """A later yes neither pauses nor greets unasked; a no to something else takes neither."""
    *_, kept, gone = played(("put", key), ("given", ["suggest"]), ("given", ["learn"]))
    assert (kept["keys"], gone["keys"]) == ([key], [])


def test_a_press_saves_what_was_kept_by_itself() -> None:
    """Nothing older lies beside it; a later answer is newer than what was saved, and counts; deleting deletes
    both."""
    *_, saved, later, deleted = played(
        ("given", ["remember"]), ("answer", "yes"), ("save", "yes"), ("answer", "no"), ("drop", None)
    )
    assert saved["keys"] == [FLOW]
    assert (later["keys"], later["answers"]) == ([DRAFT, FLOW], ["no"])
    assert deleted["keys"] == []


KEY = "flows-key"
ALLOWED = ("given", ["remember"])


def test_no_word_of_an_answer_lies_on_the_disk() -> None:
    """Neither of one that was saved nor of a draft; the last day stands beside it, for whoever clears up; two
    times the same answers are different bytes."""
    *_, saved, draft, again = played(ALLOWED, ("save", "yes"), ("answer", "yes"), ("answer", "yes"))
    for text in (saved["kept"][FLOW], draft["kept"][DRAFT]):
        assert set(json.loads(text)) == {"v", "until", "iv", "data"}
        lies = text.encode() + base64.b64decode(json.loads(text)["data"])
        assert not re.search(rb'"(yes|food|business)"|answers', lies)
    assert draft["kept"][DRAFT] != again["kept"][DRAFT]
    assert (again["answers"], again["isDraft"], again["key"]) == (["yes"], True, [KEY])


@pytest.mark.parametrize("damage", ["data", "until", "flow", "kind", "key", "version"])
def test_what_cannot_be_read_any_more_goes_and_is_told(damage: str) -> None:
    """A changed byte, a later last day, another flow's or a draft's text under this name, a lost key: none is
    believed, it is deleted, and what else is kept stays."""
    acts: dict[str, tuple[str, Any]] = {
        "data": ("change", [FLOW, "data", ""]),
        "until": ("change", [FLOW, '"until":"2', '"until":"3']),
        "flow": ("move", ["nearside.flow.other", FLOW]),
        "kind": ("move", [DRAFT, FLOW]),
        "key": ("key", KEY),
        "version": ("change", [FLOW, '"v":2', '"v":3']),
    }
    before: list[tuple[str, Any]] = [ALLOWED, ("put", AREA)]
    before += [({"kind": "answer", "flow": "save for another"}.get(damage, "save"), "yes")]
    *_, after, later = played(*before, acts[damage], ("tidy", None))
    assert (after["isLost"], after["answers"], after["keys"]) == (True, None, [AREA])
    assert (later["isLost"], later["keys"]) == (False, [AREA])


def test_a_damaged_draft_leaves_what_was_saved() -> None:
    """The citizen is told, and goes on with the answers that were saved by a press."""
    *_, after = played(ALLOWED, ("save", "no"), ("answer", "yes"), ("change", [DRAFT, "data", ""]))
    assert (after["isLost"], after["answers"], after["keys"]) == (True, ["no"], [FLOW])


def test_what_an_earlier_version_kept_in_plain_words_is_sealed_once() -> None:
    """It counts as before, with its own last day, and the plain words are gone; one that is over goes."""
    plain, sealed, again = played(("plain", [FLOW, "yes", 12]), ("tidy", None), ("tidy", None))
    assert (plain["answers"], '"yes"' in plain["kept"][FLOW]) == (["yes"], True)
    assert (sealed["answers"], sealed["until"], '"yes"' in sealed["kept"][FLOW]) == (["yes"], 12, False)
    assert again["kept"] == sealed["kept"]
    (over,) = played(("plain", [FLOW, "yes", -1]))
    assert (over["answers"], over["keys"]) == (None, [])


def test_one_that_nobody_can_read_keeps_no_other_in_plain_words() -> None:
    """It goes; the others are sealed."""
    broken = '{"answers":[["food"]],"flow":"bad","v":1}'
    *_, tidied = played(
        ("text", ["nearside.draft.bad", broken]),
        ("text", ["nearside.flow.bad", broken]),
        ALLOWED,
        ("plain", [FLOW, "yes", 12]),
        ("tidy", None),
    )
    assert (tidied["keys"], tidied["answers"]) == ([FLOW], ["yes"])
    assert '"yes"' not in tidied["kept"][FLOW]


def test_a_draft_that_came_after_the_withdrawal_goes_with_the_next_page() -> None:
    """Another tab had not heard of it. What was saved by a press stays."""
    *_, late, tidied = played(ALLOWED, ("save", "no"), ("answer", "yes"), ("unheard", []), ("tidy", None))
    assert (late["keys"], tidied["keys"], tidied["answers"]) == ([DRAFT, FLOW], [FLOW], ["no"])
    *_, kept = played(ALLOWED, ("answer", "yes"), ("tidy", None))
    assert kept["keys"] == [DRAFT]


def test_a_page_that_may_keep_nothing_makes_no_key() -> None:
    """One for children, or whose storage is blocked: nobody would ever delete it."""
    *_, after = played(("no storage", None), ("save", "yes"))
    assert (after["done"], after["keys"], after["key"]) == (False, [], [])


def test_a_draft_that_says_no_last_day_takes_no_saved_answers_with_it() -> None:
    """Whoever lists what is kept drops each by itself; the key goes with the last."""
    *_, before, listed, over = played(
        ALLOWED, ("save", "no"), ("text", [DRAFT, "{}"]), ("drop over", 0), ("drop over", 31)
    )
    assert before["kept"].keys() == {DRAFT, FLOW}
    assert (listed["kept"].keys(), listed["answers"]) == ({FLOW}, ["no"])
    assert (over["keys"], over["key"]) == ([], [])


def test_where_no_key_can_be_had_nothing_is_kept() -> None:
    """Neither by a press nor as answers are given; what lies there sealed stays, and is read another day."""
    _, _, pressed, given, blocked, back = played(
        ALLOWED,
        ("blocked", True),
        ("save", "yes"),
        ("answer", "yes"),
        ("blocked", True),
        ("blocked", False),
    )
    assert (pressed["done"], pressed["keys"], given["keys"]) == (False, [], [])
    assert (blocked["keys"], back["keys"]) == ([], [])
    *_, shut, opened = played(("save", "yes"), ("blocked", True), ("blocked", False))
    assert (shut["answers"], shut["isLost"], shut["keys"]) == (None, False, [FLOW])
    assert opened["answers"] == ["yes"]
    *_, apart = played(("apart", None), ("save", "yes"))
    assert (apart["done"], apart["keys"], apart["key"]) == (False, [], [])


def test_the_key_goes_with_the_last_answers() -> None:
    """What a disk may still have of them opens for nobody."""
    saved, dropped = played(("save", "yes"), ("drop", None))
    assert (saved["key"], dropped["key"], dropped["keys"]) == ([KEY], [], [])
    *_, withdrawn, tidied = played(ALLOWED, ("answer", "yes"), ("given", []), ("tidy", None))
    assert (withdrawn["keys"], tidied["key"]) == ([], [])


def test_the_file_of_everything_has_answers_in_words() -> None:
    """What the panel writes down for another device to take in is what was saved, byte for byte."""
    *_, told = played(("save", "yes"), ("texts", None))
    (text,) = told["texts"].values()
    assert json.loads(text)["answers"][0][2] == "yes"
    assert list(told["texts"]) == [FLOW]
