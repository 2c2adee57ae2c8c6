"""A log's public part behind a URL.

Follows no redirect, sends no cookie, takes no content encoding (a small body could unpack into a very large
one), and stops reading at the limit of what was asked for.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from consent_ledger.errors import Malformed, Refused
from nearside.public_log.ahead import CONNECTIONS
from nearside.public_log.layout import most_bytes

TRIES: Final = 4
_TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)
_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "nearside-ledger"}
_ERROR_PAGE_BYTES: Final = 64 * 1024
_MISSING: Final = {404, 410}
_PASSING: Final = {429, 500, 502, 503, 504}


def safe_url(text: str) -> str:
    """The URL without a slash at its end; raises `Malformed` unless it is a plain one, `Refused` for http
    beyond this machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        raise Malformed("url: not a url") from None
    if parts.scheme not in ("https", "http") or not host:
        raise Malformed("url: neither https nor http")
    if parts.query or parts.fragment or parts.username is not None or parts.password is not None:
        raise Malformed("url: with a query, a fragment or a name and password")
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused("url: http is for this machine alone; use https")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def client_for(url: str) -> httpx.Client:
    """A client for one server: proxies as the environment has them, except on this machine."""
    return httpx.Client(
        headers=_HEADERS,
        timeout=_TIMEOUT,
        follow_redirects=False,
        trust_env=not is_loopback(urlsplit(url).hostname or ""),
        limits=httpx.Limits(max_connections=CONNECTIONS),
    )


@dataclass(frozen=True, slots=True)
class HttpLog:
    """A `PublicLog` at `url`, the log's prefix; a context manager that closes its connections.

    Answers that may pass by (429 and 5xx, a connection that breaks) are asked for again, `TRIES` times in
    all, after waits that double from `wait_s`.
    """

    url: str
    client: httpx.Client
    wait_s: float = 0.25

    @classmethod
    def at(cls, url: str) -> Self:
        """The log at a URL; raises as `safe_url` does."""
        plain = safe_url(url)
        return cls(plain, client_for(plain))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def read(self, path: str) -> bytes | None:
        """See `PublicLog.read`."""
        limit = most_bytes(path)
        for turn in range(TRIES):
            if turn:
                time.sleep(self.wait_s * 2 ** (turn - 1))
            try:
                status, data = self._get(path, limit)
            except httpx.TransportError:
                continue
            if status == 200:
                return data
            if status in _MISSING:
                return None
            if status not in _PASSING:
                raise Refused(_said(status))
        raise Refused("log: the server does not answer")

    def superseded_sizes(self) -> tuple[int, ...] | None:
        """See `PublicLog.superseded_sizes`: a static server lists nothing."""
        return None

    def _get(self, path: str, limit: int) -> tuple[int, bytes]:
        with self.client.stream("GET", f"{self.url}/{path}") as answer:
            if answer.status_code != 200:
                # An error's page is read if it is short: then the connection can be used again.
                for _ in answer.iter_raw():
                    if answer.num_bytes_downloaded > _ERROR_PAGE_BYTES:
                        break
                return answer.status_code, b""
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise Refused("log: the server answers in an encoding that was not asked for")
            data = bytearray()
            for piece in answer.iter_raw():
                data += piece
                if len(data) > limit:
                    raise Malformed("log file: too long")
            return 200, bytes(data)


def _said(status: int) -> str:
    if 300 <= status < 400:
        return "log: the server sends us elsewhere; name that address instead"
    return f"log: the server answered {status}"
