"""What a flow asks below its results before anything is remembered; a script's press tells nothing."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import node_twin

ROOT = Path(__file__).resolve().parent.parent.parent
FLOWS = json.loads((ROOT / "demo/agency/flows.json").read_text(encoding="utf-8"))["flows"]
(DEATH,) = (each for each in FLOWS if each["name"] == "after-a-death")
CLOSE = {"who": "family", "money": "yes", "home": "alone"}
YES, NO, BACK = "Yes, remember it", "No, do not remember it", "Take it back"
ASKED, ANSWERED = "Who has died?", "A parent, a child or a close friend"
SAYS_SO = {"type": "answer", "question": "loss", "option": "close", "in_flow": True}
TAKES_BACK = {"type": "answer", "question": "loss", "option": None}
KEPT = {"loss": ["close", ASKED, ANSWERED]}


def played(
    *acts: tuple[Any, ...], flow: Any = DEATH, given: dict[str, str] | None = None, **how: Any
) -> list[dict[str, Any]]:
    """What is shown, said and kept after each act, where suggestions are allowed."""
    how = {"allowed": True, "preview": None, "shared": False, "lang": "en", **how}
    rows: list[dict[str, Any]] = node_twin.played("telling.mjs", [flow, given or CLOSE, how, list(acts)])
    return rows


def test_a_yes_tells_and_taking_it_back_leaves_nothing() -> None:
    """Before the press nothing is told or kept; after it the answer, in its words; then neither."""
    asked, told, again, back = played(("show",), ("press", YES, True), ("show",), ("press", BACK, True))
    assert "somebody close to you has died" in asked["shown"][0]
    assert (asked["said"], asked["kept"]) == ([], {})
    assert (told["said"], told["kept"]) == ([SAYS_SO], KEPT)
    assert ANSWERED in again["shown"][0]
    assert YES not in again["shown"][0]
    assert (back["said"], back["kept"]) == ([SAYS_SO, TAKES_BACK], {})


def test_a_script_that_presses_tells_nothing() -> None:
    """Neither yes nor no: the question stays."""
    *_, after = played(("show",), ("press", YES, False), ("press", NO, False))
    assert (after["said"], after["kept"]) == ([], {})
    assert YES in after["shown"][0]


def test_a_no_is_not_asked_again_on_the_page() -> None:
    """And tells nothing."""
    *_, refused, again = played(("show",), ("press", NO, True), ("show",))
    assert refused["shown"] == ["It is not remembered."]
    assert again == {"shown": [], "said": [], "kept": {}}


@pytest.mark.parametrize("how", [{"allowed": False}, {"shared": True}, {"preview": {"text": "x"}}])
def test_where_nothing_may_be_remembered_nothing_is_asked(how: dict[str, Any]) -> None:
    """Without a yes to suggestions, on a shared computer, in a preview."""
    assert played(("show",), **how) == [{"shown": [], "said": [], "kept": {}}]


def test_a_yes_to_suggestions_that_is_taken_back_meanwhile_counts() -> None:
    """The press comes too late: nothing is told."""
    *_, after = played(("show",), ("allow", False), ("press", YES, True))
    assert after == {"shown": ["It is not remembered."], "said": [], "kept": {}}


def test_an_answer_that_stands_for_nothing_is_not_asked_about_and_one_that_was_told_can_go() -> None:
    """Somebody else has died: nothing to remember. What was told before is said, and can be taken back."""
    assert played(("show",), given={**CLOSE, "who": "other"})[0]["shown"] == []
    *_, other = played(("show",), ("press", YES, True), ("answer", {"who": "other"}), ("show",))
    assert ANSWERED in other["shown"][0]
    assert BACK in other["shown"][0]


def test_what_is_not_sensitive_may_be_asked_in_the_device_s_own_words() -> None:
    """With the question and the answer as the flow says them; in its language."""
    flow = copy.deepcopy(DEATH)
    for row in flow["questions"][0]["told"]["options"]:
        row["asks"] = None
    (asked,) = played(("show",), flow=flow)
    assert f"you answered “{ASKED}” with “{ANSWERED}”" in asked["shown"][0]
    (arabic,) = played(("show",), lang="ar")
    assert "أن شخصا قريبا منك قد توفي" in arabic["shown"][0]
