"""Compresses what CloudFront would compress: by type, between 1,000 and 10,000,000 bytes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import brotli  # type: ignore[import-untyped]  # it has no types

from nearside.local.messages import HttpRequest, HttpResponse

_SMALLEST: Final = 1_000
_LARGEST: Final = 10_000_000
_KEPT: Final = 256
_TYPES: Final = frozenset(
    {
        "application/javascript", "application/json", "application/manifest+json", "application/wasm",
        "application/xml", "font/otf", "font/ttf", "image/svg+xml", "text/css", "text/csv", "text/html",
        "text/javascript", "text/plain", "text/xml",
    }
)  # fmt: skip


@dataclass(slots=True)
class Compressor:
    """Compresses each object once, by its entity tag, and keeps the last `_KEPT` results."""

    _results: OrderedDict[tuple[str, str], bytes] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return the response in the best encoding that the visitor takes, or as it is."""
        headers = response.headers
        kind = headers.get("content-type", "").partition(";")[0]
        if (
            response.status != 200
            or kind not in _TYPES
            or "content-encoding" in headers
            or not _SMALLEST <= len(response.body) <= _LARGEST
        ):
            return response
        encoding = _best(request.headers.get("accept-encoding", ""))
        varied = {**headers, "vary": "accept-encoding"}
        if encoding is None:
            return HttpResponse(200, varied, response.body)
        body = self._compressed(headers.get("etag", ""), encoding, response.body)
        if "etag" in headers:
            # Other bytes than the origin's: the tag may only be compared weakly.
            varied["etag"] = f"W/{headers['etag'].removeprefix('W/')}"
        return HttpResponse(200, {**varied, "content-encoding": encoding}, body)

    def _compressed(self, etag: str, encoding: str, body: bytes) -> bytes:
        with self._lock:
            if etag and (etag, encoding) in self._results:
                self._results.move_to_end((etag, encoding))
                return self._results[etag, encoding]
        compressed = brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6, mtime=0)
        with self._lock:
            if etag:
                self._results[etag, encoding] = compressed
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
        return compressed


def _best(accepted: str) -> str | None:
    offers = [offer.strip() for offer in accepted.lower().split(",")]
    taken = {
        name.strip()
        for name, _, weight in (offer.partition(";") for offer in offers)
        if weight.strip() != "q=0"
    }
    return next((encoding for encoding in ("br", "gzip") if encoding in taken), None)
