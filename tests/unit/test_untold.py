"""What pages keep until the worker has taken it in: wishes, and nothing that is older than they are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PLAYER = Path(__file__).resolve().parent.parent / "support/noting.mjs"
PRESSED_MS = 5_000


def played(*acts: tuple[str, Any, int]) -> list[dict[str, Any]]:
    """Let the page's own code live through acts; return what is untold after each."""
    done = subprocess.run(
        ["node", str(PLAYER)], input=json.dumps(acts), capture_output=True, text=True, check=True
    )
    after: list[dict[str, Any]] = json.loads(done.stdout)
    return after


def test_a_visit_for_someone_else_is_told_until_it_was_taken_in() -> None:
    """What is heard of another wish, or of none, leaves it; a tab that is closed at once loses nothing."""
    wish = [1_000, PRESSED_MS]
    other = {"forgot": 0, "dismissed": ["/bins"]}
    after = played(
        ("want", {"another": wish}, 0),
        ("taken", other, 0),
        ("taken", other | {"another": PRESSED_MS - 1}, 0),
        ("taken", other | {"another": PRESSED_MS}, 0),
    )
    assert [each["another"] for each in after] == [wish, wish, wish, None]
    assert [each["empty"] for each in after] == [False, False, False, True]


@pytest.mark.parametrize(
    "wish",
    [
        [("want", {"another": [1_000, PRESSED_MS]}, 0)],
        [("taken", {"forgot": 0, "another": PRESSED_MS, "dismissed": []}, 0)],
        [("want", {"forgot": PRESSED_MS}, 0)],
        [("taken", {"forgot": PRESSED_MS, "dismissed": []}, 0)],
        [("choose", None, PRESSED_MS)],
    ],
    ids=["another", "another-taken", "forgot", "forgot-taken", "choice"],
)
def test_leaving_a_page_notes_nothing_from_before_the_citizens_word(wish: list[tuple[str, Any, int]]) -> None:
    """Reading began before it and is told when the page is left: that is over. A click since then counts."""
    *_, before, since = played(*wish, ("note", "read", PRESSED_MS), ("note", "clicked", PRESSED_MS + 1))
    assert before["noticed"] == []
    assert since["noticed"] == [["clicked", "/bins", PRESSED_MS + 1, 0]]


def test_without_such_a_word_the_same_reading_is_noted() -> None:
    """It would be seen."""
    (after,) = played(("note", "read", PRESSED_MS))
    assert after["noticed"] == [["read", "/bins", PRESSED_MS, 0]]
