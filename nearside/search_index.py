"""The index of a site's search: a file a language, the same for everyone, which pages fetch whole.

A page is in it whatever it is about: rules say what a device may learn from, not what may be found.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue, CatalogueItem

MOST_WORDS = 40
_WORD = re.compile(r"[^\W\d_]{3,30}")


def search_indexes(catalogue: Catalogue, texts: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Return the index of each language of the catalogue (`docs/formats/search.md`), by language.

    `texts` holds what else is written on a page, by its id: of it the `MOST_WORDS` words that tell most are
    kept, by how few pages of the language have them.
    """
    languages = sorted({item.lang for item in catalogue.items})
    return {lang: _index(lang, catalogue, texts or {}) for lang in languages}


def telling_words(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return of each text its words that tell most, in the order of the alphabet: often there, and seldom in
    the others."""
    counts = {name: Counter(_WORD.findall(text.casefold())) for name, text in texts.items()}
    pages = Counter(word for words in counts.values() for word in words)

    def weight(word: str, times: int) -> float:
        return (1 + math.log(times)) * math.log(len(texts) / pages[word])

    def best(words: Counter[str]) -> tuple[str, ...]:
        ranked = sorted(words, key=lambda word: (-weight(word, words[word]), word))
        return tuple(sorted(ranked[:MOST_WORDS]))

    return {name: best(words) for name, words in counts.items()}


def _index(lang: str, catalogue: Catalogue, texts: Mapping[str, str]) -> bytes:
    items = [item for item in catalogue.items if item.lang == lang]
    words = telling_words({item.id: texts.get(item.id, "") for item in items})
    pages: list[canonical.Json] = [_page(item, words[item.id]) for item in items]
    return canonical.encode({"lang": lang, "pages": pages, "v": 1})


def _page(item: CatalogueItem, words: tuple[str, ...]) -> canonical.Json:
    said = set(_WORD.findall(f"{item.title} {item.summary}".casefold()))
    return {
        "id": item.id,
        "summary": item.summary,
        "title": item.title,
        "topic": item.topic.replace("-", " "),
        "words": " ".join(word for word in words if word not in said),
    }
