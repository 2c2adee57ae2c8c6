"""An agency's file of personas, as people write JSON."""

from __future__ import annotations

import json

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.preview.persona import Persona, read_personas


def parse_personas(raw: bytes) -> dict[str, Persona]:
    """Read a file of personas, by name, however it is laid out. Raises `Malformed`."""
    try:
        value: canonical.Json = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("personas: not JSON") from None
    return read_personas(canonical.encode(value))
