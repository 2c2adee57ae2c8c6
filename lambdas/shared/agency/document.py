"""One document of a draft: its body, what stands for it, and who had a hand in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.rows import Kind, Place, Row, Write

MOST_EDITORS = 200
"""How many people a document remembers: none is ever forgotten, because none of them may approve it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is kept; None for a `body` that was deleted: its row stays, for who deleted it.

    `author` changed it last, `editors` ever; `changed_at` is in Unix seconds.
    """

    name: str
    body: Mapping[str, Json] | None
    author: str
    editors: tuple[str, ...]
    changed_at: int
    revision: int

    @property
    def etag(self) -> str:
        """A strong validator (RFC 9110, section 8.8.3): a hash of the canonical body, in quotes."""
        return etag_of(self.body)

    def changed(self, body: Mapping[str, Json] | None, *, by: str, at: int) -> Document:
        """Return the document as somebody changed it. Raises `Refused` when too many people have."""
        editors = tuple(dict.fromkeys((*self.editors, by)))
        if len(editors) > MOST_EDITORS:
            raise Refused("draft: too many people have edited this document")
        return Document(self.name, body, by, editors, at, self.revision)

    def write_to(self, place: Place) -> Write:
        """Return the write that keeps this version where the one before it was."""
        body = canonical.encode(
            {
                "v": 1,
                "body": None if self.body is None else dict(self.body),
                "author": self.author,
                "editors": list(self.editors),
                "changed_at": self.changed_at,
            }
        )
        return Write(place, self.name, body, after=self.revision)


def none_yet(name: str) -> Document:
    """A document of which there is no row."""
    return Document(name, None, "", (), 0, 0)


def read_document(row: Row) -> Document:
    """Read a row. Raises `Malformed`."""
    fields = Fields(canonical.decode(row.body), "draft")
    fields.whole("v", low=1, high=1)
    body = fields.take("body")
    if body is not None and not isinstance(body, dict):
        raise Malformed("draft: body is not an object")
    editors: list[Any] = fields.rows("editors", max_length=MOST_EDITORS)
    document = Document(
        name=row.name,
        body=body,
        author=fields.text("author"),
        editors=tuple(map(str, editors)),
        changed_at=fields.whole("changed_at"),
        revision=row.revision,
    )
    fields.done()
    return document


def etag_of(body: Mapping[str, Json] | None) -> str:
    """Return the strong validator of a body."""
    return f'"{hashlib.sha256(canonical.encode(body)).hexdigest()[:32]}"'


def place_of(site: str, collection: Collection) -> Place:
    """Where a collection's documents lie."""
    return Place(Kind.DRAFTS, f"{site}#{collection}")
