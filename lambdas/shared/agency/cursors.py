"""Where the next page begins, as callers carry it: opaque, and good for the list that it came from alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from consent_ledger.errors import Malformed
from lambdas.shared.agency.rows import AgencyId, Place

_TAG_BYTES: Final = 12
_LONGEST: Final = 400


def print_cursor(agency: AgencyId, place: Place, after: str) -> str:
    """Return the cursor behind a name of a list."""
    raw = _tag(agency, place, after) + after.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(agency: AgencyId, place: Place, cursor: str) -> str:
    """Return the name behind which the page begins. Raises `Malformed` for a cursor of any other list.

    The tag is no secret: it tells a mistake from a cursor. What a cursor leads to is read below the
    caller's own agency whatever it says.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        after = raw[_TAG_BYTES:].decode()
    except (binascii.Error, ValueError) as error:
        raise Malformed("cursor: not one of this list") from error
    if len(cursor) > _LONGEST or not hmac.compare_digest(raw[:_TAG_BYTES], _tag(agency, place, after)):
        raise Malformed("cursor: not one of this list")
    return after


def _tag(agency: AgencyId, place: Place, after: str) -> bytes:
    return hashlib.sha256("\n".join(("cursor", agency, str(place), after)).encode()).digest()[:_TAG_BYTES]
