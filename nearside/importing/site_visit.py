"""A site as anybody sees it: its sitemaps and the pages that they list, asked for slowly and no further.

One request at a time, with a pause; what `robots.txt` says holds (RFC 9309); no other host is asked,
whatever a sitemap or a redirect names, and no address inside a network that the site's name should not lead
into.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.addresses import read_address
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported, Problem, Weight
from lambdas.shared.importing.limits import (
    LONGEST_FILE_BYTES,
    LONGEST_PAGE_BYTES,
    LONGEST_UNPACKED_BYTES,
    MOST_SITEMAPS,
)
from lambdas.shared.importing.sitemap import parse_sitemap
from lambdas.shared.importing.sitemap_pages import import_sitemap
from nearside.importing.site_client import AGENT, Answer, SiteClient
from nearside.public_log.http import is_loopback

# A small site whole, a large one in parts; asked for twice a second, a quarter of an hour.
MOST_VISITED: Final = 2_000
# Longer than this no site asks a visitor to wait between two pages.
LONGEST_PAUSE_S: Final = 10.0
PAUSE_S: Final = 0.5
LONGEST_VISIT_S: Final = 60 * 60.0
MOST_REDIRECTS: Final = 5
_LONGEST_ROBOTS: Final = 512 * 1024  # RFC 9309, section 2.5
_AGAIN: Final = "import the rest with the pages given as files"


@dataclass(slots=True)
class Visit:
    """A visit to one site; `pause_s` between requests unless `robots.txt` asks for longer."""

    client: SiteClient
    most: int = MOST_VISITED
    pause_s: float = PAUSE_S
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    sitemaps: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    robots: RobotFileParser = field(default_factory=RobotFileParser)
    bytes_read: int = 0

    def imported(self, start: str, asked: Asked) -> Imported:
        """Ask for the sitemap at a URL, or for those of the site at it, and for their pages.

        Raises `Malformed` for no sitemap and `Refused` where the site wants no such visit, is not there, or
        is in a network of its own.
        """
        began = self.now()
        found = self._sitemaps(start)
        addresses = dict.fromkeys(entry for raw in found for entry in self._listed(raw))
        for number, address in enumerate(addresses):
            if number >= self.most or self.now() - began > LONGEST_VISIT_S:
                self._say(
                    "all pages", f"{len(addresses) - number} pages were not asked for: too many for a visit"
                )
                break
            self._page(address)
        made = import_sitemap(self.sitemaps, self.pages.items(), asked, moved=self.moved, told=self.told)
        return Imported(made.items, (*self.problems, *made.problems), made.moved)

    def _sitemaps(self, start: str) -> list[bytes]:
        self._read_robots(start)
        is_file = urlsplit(start).path.endswith((".xml", ".xml.gz"))
        ahead = [start] if is_file else list(self.robots.site_maps() or [urljoin(start, "/sitemap.xml")])
        found: list[bytes] = []
        while ahead and len(self.sitemaps) < MOST_SITEMAPS:
            address = ahead.pop(0)
            if address in self.sitemaps or not self._may(address, "a sitemap"):
                continue
            answer = self._follow(address, LONGEST_FILE_BYTES)
            if answer is None or answer.status != 200:
                self._say(address, "was not answered as a sitemap")
                continue
            try:
                ahead += parse_sitemap(answer.body).sitemaps
            except Malformed as error:
                self._say(address, str(error))
                continue
            self.sitemaps[address] = answer.body
            found.append(answer.body)
        if not found:
            raise Malformed("site: no sitemap is there; give the address of one")
        return found

    def _listed(self, raw: bytes) -> list[str]:
        # What leads elsewhere is said by the importer, which reads every entry again.
        host = self.client.host
        entries = parse_sitemap(raw).pages
        return [each.address for each in entries if read_address(each.address, host=host).id is not None]

    def _page(self, address: str) -> None:
        if not self._may(address, "a page"):
            return
        answer = self._follow(address)
        if answer is None:
            return
        if answer.status != 200 or not answer.is_html:
            self._say(
                address, f"was answered with {answer.status}" if answer.status != 200 else "is no web page"
            )
            return
        self.bytes_read += len(answer.body)
        if self.bytes_read > LONGEST_UNPACKED_BYTES:
            raise Refused("site: its pages are too long together; import part of it")
        if answer.url != address:
            self.moved[address] = answer.url
        self.pages[answer.url] = answer.body

    def _follow(self, address: str, most_bytes: int = LONGEST_PAGE_BYTES) -> Answer | None:
        """What is at an address in the end, of this host; None, and it is said, where it leads elsewhere."""
        url = address
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = self._ask(url, most_bytes)
            except (Malformed, Refused) as error:
                self._say(address, str(error))
                return None
            if answer.leads_to is None:
                return answer
            url = urljoin(url, answer.leads_to)
            if read_address(url, host=self.client.host).id is None:
                self._say(address, "leads on to an address outside the site")
                return None
            if not self._may(url, "a page"):
                return None
        self._say(address, "leads on too often")
        return None

    def _ask(self, url: str, most_bytes: int) -> Answer:
        self.sleep(self.pause_s)
        # Sitemaps go on to write http for years after a site has left it.
        is_old = url.startswith("http://") and not is_loopback(self.client.name)
        return self.client.get(f"https{url[4:]}" if is_old else url, most_bytes=most_bytes)

    def _read_robots(self, start: str) -> None:
        answer = self._ask(urljoin(start, "/robots.txt"), _LONGEST_ROBOTS)
        if answer.status >= 500:
            raise Refused("site: robots.txt cannot be had, so that nothing else may be asked for")
        # A site without one, or with one elsewhere, forbids nothing (RFC 9309, section 2.3.1.3).
        text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
        self.robots.parse(text.splitlines())
        wanted = self.robots.crawl_delay(AGENT)
        if wanted is not None:
            self.pause_s = max(self.pause_s, min(float(wanted), LONGEST_PAUSE_S))

    def _may(self, address: str, noun: str) -> bool:
        if read_address(address, host=self.client.host).id is None:
            self._say(address, f"is {noun} of another host, which is not asked")
            return False
        if self.robots.can_fetch(AGENT, address):
            return True
        self._say(address, f"is {noun} that robots.txt asks visitors to leave alone")
        return False

    def _say(self, place: str, what: str) -> None:
        self.told.add(place)
        self.problems.append(Problem(Weight.LEFT_OUT, place, what, _AGAIN))
