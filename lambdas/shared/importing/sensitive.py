"""What a source names that reads like a special category: said to the author, never concluded from a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lambdas.shared.importing.imported import DraftItem, Problem, Weight

# Special categories (GDPR, articles 9 and 10), sex, and what people are in danger for looking at. Words of
# topics, sections, life events and audiences; a title or a text is not looked at.
WORDS: Final = frozenset(
    [
        "abortion",
        "abuse",
        "addiction",
        "alcohol",
        "asylum",
        "bankruptcy",
        "bereavement",
        "biometric",
        "caste",
        "conviction",
        "convictions",
        "crime",
        "criminal",
        "custody",
        "death",
        "debt",
        "deportation",
        "disabilities",
        "disability",
        "disabled",
        "disease",
        "drugs",
        "ethnic",
        "ethnicity",
        "faith",
        "funeral",
        "gay",
        "gender",
        "genetic",
        "health",
        "hiv",
        "homeless",
        "homelessness",
        "illness",
        "immigration",
        "lesbian",
        "medical",
        "mental",
        "migrant",
        "miscarriage",
        "orientation",
        "party",
        "political",
        "politics",
        "pregnancy",
        "pregnant",
        "prison",
        "probation",
        "race",
        "racial",
        "refugee",
        "religion",
        "religious",
        "safeguarding",
        "sex",
        "sexual",
        "sexuality",
        "stillbirth",
        "suicide",
        "trans",
        "union",
        "victim",
        "victims",
        "violence",
    ]
)


def sensitive_words(item: DraftItem) -> frozenset[str]:
    """The words of that kind in what the source calls the page: its topic, path, life events, audiences and
    marks."""
    named = (item.topic, item.id, *item.life_events, *item.audiences, *item.marks)
    return WORDS & {word for name in named for word in _apart(name)}


def sensitive_problems(items: Iterable[DraftItem]) -> Iterator[Problem]:
    """One note for each word, with how many pages it is about and the first of them."""
    pages: dict[str, list[DraftItem]] = {}
    for item in items:
        for word in sensitive_words(item):
            pages.setdefault(word, []).append(item)
    for word, found in sorted(pages.items()):
        yield Problem(
            Weight.NOTE,
            found[0].place,
            f"{len(found)} pages are named {word}, which may tell something sensitive of whoever reads them",
            "where it does, name them in never_topics or never_items of the rules; nothing was decided here",
        )


def _apart(name: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in name.casefold()).split()
