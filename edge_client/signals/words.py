"""What may be kept of a search: the words that the site's own titles use, and nothing that was typed beside.

`edge_client/web/signals/words.js` does the same on the page, before a word reaches the worker; both are held
to `tests/vectors/search_words.json`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId

SHORTEST = 3
LONGEST = 30
LONGEST_QUERY = 200
_ARTICLE = "ال"
_SPACE = re.compile("[\\s\ufeff]+")  # what a browser takes for space, too


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a text, each in one form, in their order.

    What has a digit or an `@` in it is no word: neither it nor any part of it is returned.
    """
    found: dict[str, None] = {}
    for piece in _SPACE.split(text[:LONGEST_QUERY].lower()):
        if "@" in piece or any(letter.isdecimal() for letter in piece):
            continue
        for run in "".join(letter if letter.isalpha() else " " for letter in piece).split():
            word = _one_form(run)
            if SHORTEST <= len(word) <= LONGEST:
                found[word] = None
    return tuple(found)


def scrub_query(query: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a query that are known, sorted: everything else is gone."""
    return tuple(sorted(set(words_of(query)) & set(known)))


def lexicon_of(catalogue: Catalogue, is_sensitive: Callable[[ItemId], bool]) -> Mapping[str, str]:
    """Return the topic that each word speaks for: it is in the topic's name or in two titles of the topic,
    and more than two thirds of all titles with it are of the topic.

    Words that speak for no topic, or for a sensitive one, are not in it.
    """
    pages: dict[str, Counter[str]] = {}
    for item in catalogue.items:
        topic = "" if is_sensitive(item.id) else item.topic
        for word in {*words_of(item.title), *words_of(item.topic)}:
            pages.setdefault(word, Counter())[topic] += 1
    return {
        word: topic
        for word, counted in pages.items()
        for topic, count in counted.most_common(1)
        if topic and 3 * count > 2 * counted.total() and (count > 1 or word in words_of(topic))
    }


def _one_form(run: str) -> str:
    """A plural and an Arabic article make no other word."""
    if run.startswith(_ARTICLE) and len(run) >= len(_ARTICLE) + SHORTEST:
        return run[len(_ARTICLE) :]
    return run[:-1] if len(run) > SHORTEST and run.endswith("s") and not run.endswith("ss") else run
