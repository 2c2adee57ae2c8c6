"""What an agency may ask of anybody who opens a page: nothing sensitive, and nothing of children."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edge_client.rules.lint import Problem
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.question import Label, Question
from edge_client.wire.rules import EVERY_TOPIC, Rules

# Special categories (GDPR, articles 9 and 10), and sex, as names of questions and answers spell them.
SPECIAL: Final = frozenset(
    {
        "biometric",
        "caste",
        "conviction",
        "convictions",
        "crime",
        "criminal",
        "disabilities",
        "disability",
        "disabled",
        "ethnic",
        "ethnicity",
        "faith",
        "gay",
        "gender",
        "genetic",
        "health",
        "illness",
        "lesbian",
        "migrant",
        "orientation",
        "party",
        "political",
        "politics",
        "pregnancy",
        "pregnant",
        "race",
        "racial",
        "religion",
        "religious",
        "sex",
        "sexual",
        "sexuality",
        "trans",
        "union",
    }
)


def asking_problems(rules: Rules, catalogue: Catalogue) -> Iterator[Problem]:
    """Find questions that no page may ask, or that hide what they are about, and child topics of no page."""
    known = {item.topic for item in catalogue.items} | {EVERY_TOPIC}
    for topic in rules.child_topics:
        if topic not in known:
            yield Problem("child_topics", f"no page is about {topic}", "name a topic of the catalogue")
    for question in rules.questions:
        place = f"question {question.name}"
        if not question.on_page:
            if special_words(question) and question.label is not Label.SENSITIVE:
                # Devices go by the label: without it they would believe an element of any page.
                yield Problem(
                    place,
                    f"is about something sensitive and not labelled so{_named(question)}",
                    "label it sensitive",
                )
            continue
        if question.label is Label.SENSITIVE or special_words(question):
            yield Problem(
                place,
                f"asks anybody who opens a page about something sensitive{_named(question)}",
                "ask it in a flow that people begin themselves",
            )
        if rules.is_for_children:
            yield Problem(place, "would be asked of children", "take on_page away")


def special_words(question: Question) -> list[str]:
    """Return the words in a question's names that speak of a special category, whatever its label says."""
    words = {word for name in (question.name, *question.options) for word in name.split("-")}
    return sorted(words & SPECIAL)


def _named(question: Question) -> str:
    return f": {', '.join(special_words(question))}" if special_words(question) else ""
