"""By which name pages greet somebody who wants that: one that they kept for forms on this device."""

from __future__ import annotations

from tests.support.node_twin import played

TODAY = "2026-11-22"
WHOLE = ("name", "permit", "Sam Carter", "2026-11-20")
GIVEN = ("given-name", "library", "Sam", "2026-11-01")


def greeted(*kept: tuple[str, str, str, str]) -> str | None:
    """The name, of what is kept by key, form, value and day."""
    (found,) = played("greeting.mjs", [[kept, TODAY]])
    return None if found is None else str(found)


def test_a_given_name_comes_before_a_whole_one_and_the_newest_before_the_rest() -> None:
    """Of each the newest."""
    assert greeted(WHOLE, GIVEN) == "Sam"
    assert greeted(WHOLE) == "Sam Carter"
    assert greeted(WHOLE, ("name", "library", "Samira Carter", "2026-11-21")) == "Samira Carter"


def test_what_is_no_name_of_the_citizen_s_own_greets_nobody() -> None:
    """A business, somebody's at another address, one that is over, or too long to greet anybody by."""
    others = [
        ("organization", "permit", "Carter and sons", "2026-11-20"),
        ("billing given-name", "permit", "Alex", "2026-11-20"),
        ("given-name", "permit", "Sam", "2025-01-01"),
        ("given-name", "permit", "S" * 41, "2026-11-20"),
    ]
    assert [greeted(each) for each in others] == [None] * 4
    assert greeted() is None
