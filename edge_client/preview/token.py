"""What a link to a preview says: a signed note that travels in the address's fragment, which no server is
sent (docs/formats/preview.md)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from consent_ledger.note import Note, Signer, sign_note
from edge_client.canary import ModelName
from edge_client.preview.persona import Persona
from edge_client.wire.alerts import read_codes

FRAGMENT: Final = "#nearside-preview="
MAX_TOKEN_CHARS: Final = 16 * 1024
# The clock on the screen that the preview is looked at on: "at nine" is nine wherever that is.
_MINUTE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Preview:
    """Who sees a page of a site, when and where.

    `expires` is in Unix seconds: after it the link opens nothing. `at` is a minute of the clock on the wall,
    None for that of the clock itself; `codes` are the area codes of a place, sorted, none for nowhere;
    `variant` is the model to use where one is on trial, None for the live one.
    """

    site: str
    expires: int
    persona: Persona
    at: str | None = None
    codes: tuple[str, ...] = ()
    variant: ModelName | None = None

    def __str__(self) -> str:
        return f"nearside preview {self.site}\n{canonical.encode(self._value()).decode()}\n"

    def _value(self) -> canonical.Json:
        return {
            "v": 1,
            "site": self.site,
            "expires": self.expires,
            "at": self.at,
            "codes": list(self.codes),
            "variant": None if self.variant is None else self.variant.value,
            "persona": self.persona.to_value(),
        }

    @classmethod
    def parse(cls, text: str) -> Preview:
        """Read a note's text. Raises `Malformed` for anything but what `str` prints."""
        _, _, rest = text.partition("\n")
        fields = Fields(canonical.decode(rest.removesuffix("\n").encode("utf-8", "surrogatepass")), "preview")
        fields.whole("v", low=1, high=1)
        parsed = cls(
            site=fields.text("site", pattern=NAME),
            expires=fields.whole("expires"),
            at=_minute(fields.take("at")),
            codes=read_codes(fields, "codes", noun="preview"),
            variant=_variant(fields.take("variant")),
            persona=Persona.from_value(fields.take("persona")),
        )
        fields.done()
        if str(parsed) != text:
            raise Malformed("preview: not in canonical form")
        return parsed

    def signed(self, signer: Signer) -> str:
        """Return the fragment of a link, signed. Raises `Malformed` where it is too long for an address."""
        token = base64.urlsafe_b64encode(sign_note(str(self), signer).to_bytes()).rstrip(b"=").decode()
        if len(token) > MAX_TOKEN_CHARS:
            raise Malformed("preview: too long for an address")
        return FRAGMENT + token


def note_of(fragment: str) -> Note:
    """Return the signed note of a fragment, its signatures still to be verified. Raises `Malformed`."""
    token = fragment.removeprefix(FRAGMENT)
    if token == fragment or len(token) > MAX_TOKEN_CHARS or re.fullmatch(r"[A-Za-z0-9_-]+", token) is None:
        raise Malformed("preview: not the fragment of a link to one")
    return Note.from_bytes(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def sorted_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return area codes as a token has them: each once, in order."""
    return tuple(sorted(set(codes)))


def _minute(value: canonical.Json) -> str | None:
    if value is None or (isinstance(value, str) and re.fullmatch(_MINUTE, value) is not None):
        return value
    raise Malformed("preview: at is not a minute of a day")


def _variant(value: canonical.Json) -> ModelName | None:
    if value is None or (isinstance(value, str) and value in list(ModelName)):
        return None if value is None else ModelName(value)
    raise Malformed("preview: no such variant")
