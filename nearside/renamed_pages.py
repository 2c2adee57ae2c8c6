"""Which page of a release is which page of today, as an agency writes it: a JSON object, old path to new."""

from __future__ import annotations

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.paths import ItemId, scrub_path
from model_export.learning.drift import resolve


def parse_renamed(data: bytes) -> dict[ItemId, ItemId]:
    """Read such a file, and follow every page to where it ended up.

    Raises Malformed when it is no such object, Untrue for what is no scrubbed path and for a page that was
    renamed to itself in the end.
    """
    value = canonical.decode(data.strip())
    if not isinstance(value, dict):
        raise Malformed("renamed pages: not an object of old paths and new ones")
    renamed = {}
    for old, new in value.items():
        if not isinstance(new, str):
            raise Malformed("renamed pages: a new path is not text")
        if scrub_path(old) != old or scrub_path(new) != new:
            raise Untrue("renamed pages: a path is not one that a release could name")
        renamed[ItemId(old)] = ItemId(new)
    try:
        return resolve(renamed)
    except ValueError as error:
        raise Untrue("renamed pages: a page was renamed to itself") from error
