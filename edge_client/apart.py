"""A device apart: of one tab, for someone else or on a shared computer, which alone keeps what it keeps.

It has no key, sends nothing and records no choice: suggestions are allowed in it for as long as the tab is
open, where its page says so. Of this device's own storage nothing is read and nothing written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent_ledger import canonical
from edge_client.consent import ConsentBook
from edge_client.ports import Host
from edge_client.preview.stage import StagedHost

SUGGEST: Final = "suggest"


@dataclass(frozen=True, slots=True)
class Tab:
    """What a tab kept of the device in it, by kind, and since when it may suggest (Unix milliseconds); None
    where it may not."""

    kept: Mapping[str, str]
    allowed_ms: int | None

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Tab:
        """Read what a page says of its tab."""
        at = value.get("allowed_ms")
        kept = {str(kind): str(text) for kind, text in dict(value["kept"]).items()}
        return cls(kept, None if at is None else int(at))

    def book(self) -> ConsentBook:
        """Return the choices of this tab: no record of them is made, because nothing leaves it."""
        if self.allowed_ms is None:
            return ConsentBook()
        return ConsentBook(choices={SUGGEST: "given"}, chosen_ms=self.allowed_ms)


class TabHost(StagedHost):
    """`edge_client.ports.Host` that hands what is kept to the tab's page, and sends nothing."""

    def __init__(self, host: Host, tab: Tab) -> None:
        super().__init__(host)
        self.kept = {kind: text.encode() for kind, text in tab.kept.items()}
        self.kept["book"] = tab.book().to_bytes()

    async def save(self, kind: str, raw: bytes) -> None:
        """Keep bytes in the tab."""
        await super().save(kind, raw)
        await self._tell(kind, raw.decode())

    async def erase(self, kind: str) -> None:
        """Remove bytes from the tab."""
        await super().erase(kind)
        await self._tell(kind, None)

    async def _tell(self, kind: str, text: str | None) -> None:
        if kind != "book":
            await self.show("kept", canonical.encode({kind: text}))
