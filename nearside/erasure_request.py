"""Asking an agency over HTTP to destroy its copy of records, at the word of whoever holds the receipts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Final

import httpx

from consent_ledger import canonical
from consent_ledger.erasure import MAX_ENTRIES, EraseRecords, ReceiptAuthority
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.receipt import Receipt
from edge_client.wire.erasure import RecordsErased
from nearside.public_log.http import TRIES, client_for, safe_url

PATH: Final = "/consent/erasures"
_MAX_ANSWER_BYTES: Final = 4096
_WAIT_S: Final = 0.5
_PLAIN: Final = re.compile(r"[a-z0-9 ,;:'-]{1,200}")


def requests_for(receipts: Mapping[bytes, bytes]) -> Iterator[EraseRecords]:
    """Requests that show the receipts' salts; `receipts` gives the salt of each entry, both 32 bytes."""
    entries = sorted(receipts)
    for start in range(0, len(entries), MAX_ENTRIES):
        part = tuple(entries[start : start + MAX_ENTRIES])
        yield EraseRecords(part, ReceiptAuthority(tuple(receipts[entry] for entry in part)))


def salt_in(receipt: Receipt) -> tuple[bytes, bytes]:
    """The entry that a receipt is about, and its salt; raises `Untrue` when it opens another entry."""
    if receipt.opening.leaf() != receipt.leaf:
        raise Untrue("receipt: its record is not the one that the log's entry commits to")
    return receipt.opening.entry(), receipt.opening.salt


def ask(url: str, request: EraseRecords) -> RecordsErased:
    """Send one request to the site at `url`, and return what the agency says that it did.

    Sent again when no answer comes: the same request gets the same answer. Raises `Refused` when the agency
    refuses, `Malformed` and `Untrue` when the answer is none to this request.
    """
    site = safe_url(url)
    with client_for(site) as client:
        for turn in range(TRIES):
            if turn:
                time.sleep(_WAIT_S * 2 ** (turn - 1))
            try:
                status, body = _post(client, site + PATH, request.to_bytes())
            except httpx.TransportError:
                continue
            if status == 202:
                return _checked(RecordsErased.from_bytes(body), request)
            if status < 500 and status != 429:
                raise Refused(_reason(status, body))
    raise Refused("erasure: the agency does not answer; nothing is known of what it did")


def _post(client: httpx.Client, url: str, body: bytes) -> tuple[int, bytes]:
    headers = {"content-type": "application/json"}
    with client.stream("POST", url, content=body, headers=headers) as answer:
        data = bytearray()
        for piece in answer.iter_raw():
            data += piece
            if len(data) > _MAX_ANSWER_BYTES:
                raise Malformed("erasure answer: too long")
        return answer.status_code, bytes(data)


def _checked(answer: RecordsErased, request: EraseRecords) -> RecordsErased:
    if answer.entry != answer.erasure.entry(request.nonce()):
        raise Untrue("erasure answer: names another entry of the log than this erasure's")
    if answer.erasure.count > len(request.entries):
        raise Untrue("erasure answer: more records than were named")
    return answer


def _reason(status: int, body: bytes) -> str:
    """The agency's own words if they are plain ones."""
    try:
        detail = canonical.decode_object(body).get("detail")
    except Malformed:
        detail = None
    if isinstance(detail, str) and _PLAIN.fullmatch(detail):
        return f"the agency refuses: {detail}"
    return f"the agency answered {status}"
