"""Asks one host for files: no other, no redirect by itself, nothing inside a network, and never too much."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from consent_ledger.errors import Malformed, Refused
from nearside.public_log.http import is_loopback, safe_url

AGENT: Final = "nearside-catalogue"
_HEADERS: Final = {
    "accept": "text/html, application/xml, text/xml",
    "accept-encoding": "identity",
    "user-agent": AGENT,
}
_TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)
_TRIES: Final = 3
_PASSING: Final = (429, 502, 503, 504)
_LONGEST_WAIT_S: Final = 30.0
# A server that sends a byte now and then is never late for the next one.
_LONGEST_ANSWER_S: Final = 60.0

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, section 2.1

Resolve = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a URL answered; `leads_to` where it sends elsewhere."""

    url: str
    status: int
    body: bytes
    is_html: bool
    leads_to: str | None = None


def addresses_of(host: str) -> tuple[str, ...]:
    """The addresses that a host's name leads to; raises `Refused` for none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise Refused("site: its name leads nowhere") from None
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class SiteClient:
    """A client for one host; a context manager that closes its connections."""

    host: str
    client: httpx.Client
    resolve: Resolve = addresses_of
    now: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, url: str, *, backoff_s: float = 0.5, resolve: Resolve = addresses_of) -> Self:
        """The client for a site at a URL; raises `Malformed` for no plain one, `Refused` for http beyond
        this machine."""
        safe_url(url)
        # Without the environment's proxies: whom they may reach is not known here.
        transport = RetryTransport(
            httpx.HTTPTransport(trust_env=False),
            Retry(
                total=_TRIES,
                backoff_factor=backoff_s,
                status_forcelist=_PASSING,
                max_backoff_wait=_LONGEST_WAIT_S,
            ),
        )
        client = httpx.Client(
            headers=_HEADERS, timeout=_TIMEOUT, follow_redirects=False, trust_env=False, transport=transport
        )
        return cls(urlsplit(url).netloc.lower(), client, resolve)

    @property
    def name(self) -> str:
        """The host without its port."""
        return urlsplit(f"//{self.host}").hostname or ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, url: str, *, most_bytes: int) -> Answer:
        """What is at a URL of the host. Raises `Refused` for another host, for one that leads into a
        network of its own and for one that does not answer, `Malformed` for an answer that is too long."""
        parts = urlsplit(url)
        if parts.netloc.lower() != self.host or parts.scheme not in ("http", "https"):
            raise Refused("site: an address of another host")
        name = parts.hostname or ""
        if parts.scheme == "http" and not is_loopback(name):
            raise Refused("site: http is for this machine alone; use https")
        for address in self.resolve(name):
            self._check(name, address)
        try:
            return self._get(url, name, most_bytes)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refused("site: the server does not answer") from None

    def _get(self, url: str, name: str, most_bytes: int) -> Answer:
        with self.client.stream("GET", url) as answer:
            stream = answer.extensions.get("network_stream")
            peer = stream.get_extra_info("server_addr") if stream is not None else None
            if peer is not None:
                # A name may lead elsewhere than it did a moment ago: nothing of such an answer is read.
                self._check(name, str(peer[0]))
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise Refused("site: the server answers in an encoding that was not asked for")
            body, began = bytearray(), self.now()
            for piece in answer.iter_raw():
                body += piece
                if self.now() - began > _LONGEST_ANSWER_S:
                    raise Refused("site: an answer that takes too long")
                if len(body) > most_bytes:
                    raise Malformed("site: an answer that is too long")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(
                url=url,
                status=answer.status_code,
                body=bytes(body),
                is_html=kind in ("text/html", "application/xhtml+xml"),
                leads_to=answer.headers.get("location") if answer.is_redirect else None,
            )

    def _check(self, name: str, address: str) -> None:
        """Refuse an address inside some network, unless the host is this machine by its own name."""
        found = _embedded(ipaddress.ip_address(address.partition("%")[0]))
        if is_loopback(name):
            if not found.is_loopback:
                raise Refused("site: this machine's name leads elsewhere")
            return
        if not found.is_global or found.is_multicast:
            raise Refused("site: its name leads into a network of its own")


def _embedded(address: _Address) -> _Address:
    """The address of version 4 that one of version 6 stands for, by any of the ways to write one in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    teredo = address.teredo[1] if address.teredo else None
    translated = ipaddress.IPv4Address(address.packed[12:]) if address in _TRANSLATED else None
    return address.ipv4_mapped or address.sixtofour or teredo or translated or address
