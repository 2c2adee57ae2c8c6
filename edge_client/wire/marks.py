"""Marks: what a page says of itself, as a rule may name it; a closed set of kinds, each with a token."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class MarkKind(StrEnum):
    """Where a page says it: in its JSON-LD (schema.org), or in attributes and metas that sites print already.

    `edge_client/web/signals/marks.js` reads them, and docs/formats/rules.md says which is read where.
    """

    TYPE = "type"
    SERVICE = "service"
    AUDIENCE = "audience"
    LIFE_EVENT = "life-event"
    FORMAT = "format"
    CONTENT = "content"


# A kind and a token: no e-mail address, no sentence, no markup and no capital letter is one.
MARK: Final = rf"(?:{'|'.join(MarkKind)}):[a-z0-9][a-z0-9-]{{0,59}}"
