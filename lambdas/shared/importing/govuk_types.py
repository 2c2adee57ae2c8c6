"""Which document types of GOV.UK let something be done, and which are no page to suggest."""

from __future__ import annotations

from typing import Final

from edge_client.wire.catalogue import ItemKind

_TRANSACTIONS: Final = frozenset(
    {
        "licence",
        "licence-transaction",
        "local-transaction",
        "simple-smart-answer",
        "smart-answer",
        "transaction",
    }
)
NO_PAGES: Final = frozenset(
    {"external-content", "gone", "redirect", "special-route", "unpublishing", "vanish"}
)


def kind_of(document_type: str) -> ItemKind:
    """The kind of a document type, written with hyphens or underscores."""
    name = document_type.replace("_", "-")
    return ItemKind.TRANSACTION if name in _TRANSACTIONS else ItemKind.INFORMATION
