"""What a worker is told by buttons of the panel and of the list of tasks, pressed by somebody in a hurry."""

from __future__ import annotations

from tests.support.node_twin import played

ITEMS = ["/a", "/b", "/c"]


def test_a_second_press_before_a_pin_is_shown_anew_moves_nothing() -> None:
    """It would move it from where it was; the button keeps the focus, which `disabled` takes away."""
    moved = played("pressed.mjs", {"items": ITEMS, "item": "/b", "begun": [["/s", "/p", "", 0, ["/s"]]]})[
        "moved"
    ]
    assert [[row["item"] for row in once] for once, *_ in moved] == [["/a", "/c"], ["/b"]]
    assert [row[1:] for row in moved] == [[[], False, True]] * 2


def test_a_begun_task_is_deleted_with_every_page_that_began_it() -> None:
    """Also the form in another language: left, it would bring the row back."""
    begun = [["/ar/form", "/ar", "Form", 0, ["/form", "/ar/form"]]]
    dropped = played("pressed.mjs", {"items": ITEMS, "item": "/b", "begun": begun})["dropped"]
    assert dropped == [{"type": "unsee", "item": item} for item in ("/form", "/ar/form")]
