"""A page as a made-up citizen sees it: the preview that an editor opens, waited for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from playwright.sync_api import Page

from consent_ledger.errors import Refused
from consent_ledger.note import Signer
from edge_client.preview.persona import Persona
from edge_client.preview.token import Preview, sorted_codes

PATIENCE_MS: Final = 60_000
_LOOKS_EVERY_MS: Final = 50
_OPENS_FOR_S: Final = 60 * 60
_OPENS_NONE: Final = "nearside: the link to a preview opens none"
_DECIDED: Final = "performance.getEntriesByName('nearside:previewed').length > 0"


def as_persona(
    page: Page,
    address: str,
    persona: Persona,
    *,
    site: str,
    signer: Signer,
    at: str | None = None,
    place: Iterable[str] = (),
    patience_ms: int = PATIENCE_MS,
) -> None:
    """Open `address` as this persona sees it, and wait until the device has decided what it shows.

    `signer` signs the link: the key that `nearside preview --new-key` made, or the agency's. `at` is a minute
    on the reader's clock, None for now; `place` are codes of areas. Raises `Refused` where the page opened no
    preview, with what its console says; `TimeoutError` where nothing was decided in time.
    """
    link = Preview(site, int(time.time()) + _OPENS_FOR_S, persona, at=at, codes=sorted_codes(place))
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    if page.url.partition("#")[0] == address:
        page.goto("about:blank")  # the same page with another fragment would not be opened anew
    page.goto(address + link.signed(signer))
    for _ in range(patience_ms // _LOOKS_EVERY_MS):
        if page.evaluate(_DECIDED):
            return
        if refused := [line for line in said if line.startswith(_OPENS_NONE)]:
            raise Refused(f"persona: {refused[0]}")
        page.wait_for_timeout(_LOOKS_EVERY_MS)
    raise TimeoutError("persona: nothing was decided in time")
