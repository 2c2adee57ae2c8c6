"""A device's storage in the memory of one process: for a device that lasts no longer, and leaves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class InMemory:
    """What `edge_client.ports.Host` stores, for hosts to inherit; `kept` is everything by its kind."""

    kept: dict[str, bytes] = field(default_factory=dict, kw_only=True, repr=False)

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold nothing: nobody else has this memory."""
        yield

    async def load(self, kind: str) -> bytes | None:
        """Return what was saved, or None."""
        return self.kept.get(kind)

    async def save(self, kind: str, raw: bytes) -> None:
        """Keep bytes; this memory is never full."""
        self.kept[kind] = raw

    async def erase(self, kind: str) -> None:
        """Forget bytes; those that are not there already are."""
        self.kept.pop(kind, None)
