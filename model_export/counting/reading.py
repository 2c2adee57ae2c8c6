"""What is read from a file of visits, and what became of its lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from edge_client.wire.paths import ItemId
from model_export.counting.contributions import Limits
from model_export.counting.lines import Line
from model_export.counting.sequences import Holdout

MOST_NAMED_LINES = 10
# Files that are parts of pages, or programs and archives; documents such as PDF count as pages.
_PICTURES = "ai avif bmp eps gif ico jpeg jpg png svg tif tiff webp xbm xpm"
_MEDIA = "aif aiff au avi flv mid mov mp3 mp4 mpeg mpg ogg ra wav webm"
_PARTS = "class css eot js json map mjs otf rss swf ttf wasm woff woff2 xml"
_ARCHIVES = "bz2 dmg exe gz jar msi tar tgz zip"
ASSET_EXTENSIONS = frozenset(f"{_PICTURES} {_MEDIA} {_PARTS} {_ARCHIVES}".split())
_ROBOTS = ItemId("/robots.txt")
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|curl/|wget/|python|java/|libwww|httpclient|headless|monitor|pingdom"
    r"|feedfetcher|scrapy|go-http|facebookexternalhit|lighthouse",
    re.IGNORECASE,
)


class Format(StrEnum):
    """What an input file can be."""

    MOVES = "moves"
    SESSIONS = "sessions"
    NCSA = "ncsa"
    EPA = "epa"


class Standing(StrEnum):
    """What a requested path is to a count of pages; the value says why it is left out."""

    PAGE = "page"
    ROBOTS = "robots.txt"
    ASSET = "assets"
    OUTSIDE = "outside the catalogue"


NO_PAGE_VIEW = "not a successful GET"
MACHINE_AGENT = "agents that are machines"
MACHINE_VISITOR = "visitors that are machines"


@dataclass(slots=True)
class Reading:
    """What became of the lines: numbers and line numbers only, never what they say."""

    lines: int = 0
    used: int = 0
    malformed: int = 0
    first_malformed: tuple[int, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    first_day: str | None = None
    last_day: str | None = None

    def refuse(self, line: Line) -> None:
        """Note a line that could not be read."""
        self.malformed += 1
        self.first_malformed = (*self.first_malformed, line.number)[:MOST_NAMED_LINES]

    def use(self, day: str | None = None) -> None:
        """Note a line that was counted, and its day."""
        self.used += 1
        if day is not None:
            self.first_day = min(day, self.first_day or day)
            self.last_day = max(day, self.last_day or day)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which requests and sessions are counted; `pages` None means all pages."""

    limits: Limits
    excluded_extensions: frozenset[str] = ASSET_EXTENSIONS
    pages: frozenset[ItemId] | None = None
    holdout: Holdout | None = None

    def standing_of(self, page: ItemId) -> Standing:
        """What a page is, whoever asked for it."""
        if page == _ROBOTS:
            return Standing.ROBOTS
        name = page.rpartition("/")[2]
        if "." in name and name.rpartition(".")[2].lower() in self.excluded_extensions:
            return Standing.ASSET
        if self.pages is not None and page not in self.pages:
            return Standing.OUTSIDE
        return Standing.PAGE


def is_machine(agent: str) -> bool:
    """Whether the agent calls itself a robot."""
    return _MACHINE.search(agent) is not None
