"""A page that frames the device and measures it learns no setting and no answer from its height."""

from __future__ import annotations

from typing import Any

from tests.support.node_twin import played

STEP = 160


def heights(*seen: dict[str, Any]) -> list[list[Any]]:
    """What the frame tells, one after the other, and whether it then shows nothing."""
    nothing = {"panel": False, "banner": None, "width": 600, "content": 0}
    told: list[list[Any]] = played("device_room.mjs", [nothing | each for each in seen])
    return told


def test_settings_have_one_height_whatever_they_say() -> None:
    """Neither what they list nor how wide the page makes them changes it; a question above them neither."""
    banners = (None, "question", "answer")
    seen = [
        {"panel": True, "banner": banner, "width": width, "content": content}
        for banner in banners
        for width in (0, 1, 239, 240, 375, 1280)
        for content in (0, 1, 799, 801, 20_000)
    ]
    assert len({height for height, _ in heights(*seen)}) == 1


def test_a_question_takes_coarse_steps_and_its_answer_none() -> None:
    """Yes and no are thanked for in the room of the question; then there is nothing to see."""
    questions = [{"banner": "question", "content": content} for content in range(1, 1000, 7)]
    assert {height % STEP for height, _ in heights(*questions)} == {0}
    for words in (60, 300, 900):
        asked = {"banner": "question", "content": 250}
        answered = {"banner": "answer", "content": words}
        narrower = answered | {"width": 320, "content": 2 * words}
        assert [height for height, _ in heights(asked, answered, narrower, {})] == [320, 320, 320, 0]


def test_nothing_is_shown_where_every_word_is_a_line() -> None:
    """A frame that is not shown has no width yet: it is given room, so that it has one."""
    widths = [{"banner": "question", "content": 5000, "width": width} for width in (1, 120, 239)]
    assert heights(*widths) == [[STEP, True]] * 3
    assert heights({"banner": "question", "content": 0, "width": 0}) == [[STEP, False]]
