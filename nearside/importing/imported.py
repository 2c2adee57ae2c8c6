"""What an importer of flows returns: the flow, and what its author should look at."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

from edge_client.wire.flow import Flow

_BREAKS = re.compile(r"</(?:p|li|div|h[1-6]|ul|ol)>|<br\s*/?>", re.IGNORECASE)
_TAGS = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the source that says less, or something else, than its author may have meant."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportedFlow:
    """A flow made of another format; each note names a place in the source."""

    flow: Flow
    notes: tuple[Note, ...]


@dataclass(slots=True)
class Ids:
    """Gives each name an id of its own, in ASCII; the same name again gets another."""

    taken: set[str] = field(default_factory=set)

    def of(self, name: str) -> str:
        """Return the id of a name."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "x"
        found, again = stem, 1
        while found in self.taken:
            again += 1
            found = f"{stem}-{again}"
        self.taken.add(found)
        return found


def plain_text(markup: str) -> str:
    """Return the text of some HTML, one paragraph a line."""
    text = html.unescape(_TAGS.sub("", _BREAKS.sub("\n", markup))).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
