"""What is read from a file of visits, and what became of its lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from edge_client.wire.paths import ItemId
from model_export.lines import Line
from model_export.sequences import Holdout
from model_export.visits import Limits

MOST_NAMED_LINES = 10
# Files that are parts of pages, or programs and archives; documents such as PDF count as pages.
_PICTURES = {
    "ai",
    "avif",
    "bmp",
    "eps",
    "gif",
    "ico",
    "jpeg",
    "jpg",
    "png",
    "svg",
    "tif",
    "tiff",
    "webp",
    "xbm",
    "xpm",
}
_MEDIA = {
    "aif",
    "aiff",
    "au",
    "avi",
    "flv",
    "mid",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "ogg",
    "ra",
    "wav",
    "webm",
}
_PARTS = {
    "class",
    "css",
    "eot",
    "js",
    "json",
    "map",
    "mjs",
    "otf",
    "rss",
    "swf",
    "ttf",
    "wasm",
    "woff",
    "woff2",
    "xml",
}
_ARCHIVES = {"bz2", "dmg", "exe", "gz", "jar", "msi", "tar", "tgz", "zip"}
ASSET_EXTENSIONS = frozenset(_PICTURES | _MEDIA | _PARTS | _ARCHIVES)


class Format(StrEnum):
    """What an input file can be."""

    MOVES = "moves"
    SESSIONS = "sessions"
    NCSA = "ncsa"
    EPA = "epa"


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
