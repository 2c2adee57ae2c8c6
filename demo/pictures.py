"""The pictures of the demo site's topics: parts of one file, each with words for what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from consent_ledger.errors import Malformed
from demo.content import LANGUAGES, Page
from edge_client.wire.catalogue import Picture


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the picture of each topic shows, by topic and language; a picture is called as its topic is."""

    words: Mapping[str, Mapping[str, str]]

    def of(self, page: Page) -> Picture | None:
        """Return the picture of a page; None where its topic has none."""
        words = self.words.get(page.topic)
        return None if words is None else Picture(page.topic, words[page.lang])


def load_pictures(path: Path) -> Pictures:
    """Read the words for pictures from YAML; raises Malformed where a language has none for one of them."""
    words = yaml.safe_load(path.read_text("utf-8"))
    for topic, said in words.items():
        if set(said) != set(LANGUAGES) or not all(text.strip() for text in said.values()):
            raise Malformed(f"pictures: {topic} is not described in {' and '.join(LANGUAGES)} alone")
    return Pictures(words)
