"""What left the device, as it writes it down: for how long, how much, and from when on it is whole."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parent.parent / "support" / "sent_book.mjs"
DAY = 24 * 60 * 60 * 1000
BEGUN = 1_790_000_000_000


def played(*acts: tuple[str, object, int]) -> dict[str, Any]:
    """Play acts at days after the beginning; return the list that the panel would get."""
    given = json.dumps([[act, argument, BEGUN + day * DAY] for act, argument, day in acts])
    done = subprocess.run(["node", SCRIPT], input=given, capture_output=True, text=True, check=True)
    listed: dict[str, Any] = json.loads(done.stdout)
    return listed


def test_a_message_is_there_before_its_answer() -> None:
    """A page that is closed in the middle leaves a message that no answer came to."""
    (message,) = played(("note", '{"v":1}', 0))["messages"]
    assert (message["method"], message["path"], message["body"]) == ("POST", "/contributions", '{"v":1}')
    assert (message["at"], message["status"]) == (BEGUN, 0)


def test_an_answer_is_put_to_its_own_message() -> None:
    """The last of two, and not the first of the same bytes."""
    messages = played(("note", "same", 0), ("note", "same", 1), ("settle", 202, 1))["messages"]
    assert [each["status"] for each in messages] == [0, 202]


def test_nothing_stays_longer_than_sixty_days() -> None:
    """What is older is gone though nothing was sent since, and the list says from when on it is whole."""
    listed = played(("note", "old", 0), ("fetched", "/nearside/a", 0), ("note", "new", 30), ("wait", 0, 61))
    assert [each["body"] for each in listed["messages"]] == ["new"]
    assert listed["files"] == []
    assert listed["since"] == BEGUN + DAY


def test_no_more_than_three_hundred_messages_are_kept() -> None:
    """The oldest go first, and the list does not claim the days that it lost."""
    listed = played(*(("note", str(at), at // 20) for at in range(310)))
    assert [each["body"] for each in listed["messages"]] == [str(at) for at in range(10, 310)]
    assert listed["since"] == BEGUN
    assert played(*(("note", "x", at // 200) for at in range(501)))["since"] == BEGUN + DAY


def test_files_are_counted_not_listed() -> None:
    """A file that everybody's browser asks for is one line, with its number."""
    listed = played(
        ("fetched", "/nearside/a", 0), ("fetched", "/nearside/b", 1), ("fetched", "/nearside/a", 2)
    )
    assert {each["path"]: each["times"] for each in listed["files"]} == {"/nearside/a": 2, "/nearside/b": 1}


def test_forgetting_takes_what_left_until_then() -> None:
    """The same wish, heard again, takes nothing that left later."""
    acts = [
        ("note", "before", 0),
        ("forget", BEGUN + DAY, 1),
        ("note", "after", 2),
        ("forget", BEGUN + DAY, 3),
    ]
    listed = played(*acts)
    assert [each["body"] for each in listed["messages"]] == ["after"]
    assert listed["since"] == BEGUN + DAY


def test_what_cannot_be_written_down_is_told_to_who_sends() -> None:
    """With a full storage it fails, so that a report can be held back (web/host.js)."""
    assert played(("full", True, 0), ("note", "x", 0))["failed"] == ["QuotaExceededError"]


def test_what_reports_said_goes_with_the_yes() -> None:
    """That they were sent stays; the pages that they named do not. Other messages are as they were."""
    listed = played(("note", "pages", 0), ("say", "choice", 0), ("silence", "/contributions", 1))
    assert [each["body"] for each in listed["messages"]] == [None, "choice"]


def test_what_did_not_leave_after_all_is_not_listed() -> None:
    """A no that comes while a report waits takes the report out again."""
    assert played(("note", "pages", 0), ("withdraw", None, 0))["messages"] == []
