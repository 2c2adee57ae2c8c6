"""Requests, and the entries of the register that they could be."""

from __future__ import annotations

import re

from edge_client.wire.register import REGISTER, Outgoing
from tests.support.pair import Request

NAMES = {
    "site": r"[a-z0-9-]+",
    "version": r"[0-9a-f]{16}",
    "sha256": r"[0-9a-f]{64}",
    "ending": r"(?:html|js)",
    "entry": r"[0-9a-f]{64}",
    "file": r"[A-Za-z0-9._/-]+",
}


def matching(request: Request) -> list[Outgoing]:
    """Every entry of the register that a request could be."""

    def pattern(path: str) -> str:
        parts = re.split(r"\{(\w+)\}", path)
        return "".join(NAMES[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))

    return [
        message
        for message in REGISTER
        if message.method == request.method and re.fullmatch(pattern(message.path), request.path)
    ]
