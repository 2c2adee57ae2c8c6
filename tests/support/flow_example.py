"""A flow that uses all of its format, as an author writes it, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def text(words: str) -> dict[str, str]:
    """The words in both languages of the flow below."""
    return {"en": words, "cy": words}


def option(name: str, **more: Any) -> dict[str, Any]:
    """An option."""
    return {"id": name, "text": text(name), "pages": [], "when": None, **more}


def question(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A question."""
    shared = {"hint": None, "section": None, "optional": False, "when": None}
    return {"id": name, "kind": kind, "title": text(name), **shared, **more}


def flow() -> dict[str, Any]:
    """A flow with a question of each kind, as an author writes it."""
    return {
        "name": "example",
        "languages": ["en", "cy"],
        "title": text("Example"),
        "summary": text("An example."),
        "order": "gain",
        "tells": "may-get",
        "life_event": None,
        "sections": [{"id": "you", "title": text("You")}],
        "groups": [{"id": "money", "title": text("Money")}],
        "questions": [
            question("work", "single", section="you", options=[option("yes"), option("no")]),
            question(
                "help",
                "several",
                options=[option("rent", pages=["/rent"]), option("care", when={"q": "work", "in": ["no"]})],
                none=text("None"),
            ),
            question("born", "date", low=None, high={"ago": 0, "unit": "days"}),
            question(
                "rooms", "number", low=1, high=20, unit=text("rooms"), when={"q": "help", "in": ["rent"]}
            ),
        ],
        "outcomes": [
            {
                "id": "support",
                "title": text("Support"),
                "summary": None,
                "href": {"en": "/support", "cy": "https://example.org/cy"},
                "by": None,
                "groups": ["money"],
                "needs": [
                    {
                        "text": text("You are 18"),
                        "test": {"q": "born", "op": "<=", "at": {"ago": 18, "unit": "years"}},
                    },
                    {
                        "text": text("Rooms"),
                        "test": {"any": [{"q": "rooms", "op": "<", "to": 4}, {"q": "help", "none": True}]},
                    },
                    {
                        "text": text("No work, or care"),
                        "test": {
                            "not": {
                                "all": [{"q": "work", "in": ["yes"]}, {"not": {"q": "help", "in": ["care"]}}]
                            }
                        },
                    },
                ],
            },
            {
                "id": "advice",
                "title": text("Advice"),
                "summary": text("Call."),
                "href": None,
                "by": text("The city"),
                "groups": [],
                "needs": [],
            },
        ],
    }


def at(value: Any, *path: Any) -> Any:
    """What lies at a path of a flow."""
    for step in path:
        value = value[step]
    return value


def setting(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one value."""

    def change(value: dict[str, Any]) -> None:
        at(value, *path[:-1])[path[-1]] = to

    return change


QUESTION, NEEDS = ("questions", 0), ("outcomes", 0, "needs")
