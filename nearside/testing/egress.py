"""What pages of a browser's context ask for, and that none of it says what must stay on the device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from playwright.sync_api import BrowserContext, Error, Request

_OF_THE_BROWSER: Final = ("data", "blob", "about")
# Requests of a shared worker cannot be seen from its page: without it the loader takes a worker of its own.
OWN_WORKER: Final = "delete window.SharedWorker;"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: `opened` where it is for a page in the tab itself, not in a frame, and not for what a form
    posts.

    Whoever follows a link, sends a form by GET or runs a script that goes elsewhere opens a page, too: no
    browser tells these from an address that was typed. `Egress.pages` are what a test looks at for that.
    """

    method: str
    address: str
    body: str
    opened: bool

    @property
    def origin(self) -> str:
        """Where it went, as scheme and host."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def says(self, word: str) -> bool:
        """Whether the address or the body has this word, in whatever case, also percent-encoded."""
        return word.lower() in unquote_plus(f"{self.address}\n{self.body}").lower()


@dataclass(slots=True)
class Egress:
    """Every request of a context's pages and workers, from now on."""

    context: BrowserContext
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(OWN_WORKER)
        self.context.on("request", lambda request: self._note(request))  # Playwright marks what it is given

    def elsewhere(self, origin: str) -> list[Sent]:
        """Return the requests that went to any other origin."""
        return [each for each in self.sent if each.origin != origin]

    def saying(self, words: Iterable[str]) -> list[Sent]:
        """Return the requests that say one of these words, but for pages that were opened."""
        wanted = tuple(words)
        return [each for each in self.sent if not each.opened and any(each.says(word) for word in wanted)]

    def pages(self) -> list[Sent]:
        """Return the pages that were opened, by whatever: `saying` does not look at these."""
        return [each for each in self.sent if each.opened]

    def posts(self) -> list[Sent]:
        """Return the requests that are not for a file."""
        return [each for each in self.sent if each.method not in ("GET", "HEAD")]

    def _note(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in _OF_THE_BROWSER:
            body = request.post_data_buffer or b""
            text = body.decode("utf-8", "replace")
            self.sent.append(Sent(request.method, request.url, text, _is_opened(request)))


def _is_opened(request: Request) -> bool:
    return request.is_navigation_request() and request.method == "GET" and _is_of_a_tab(request)


def _is_of_a_tab(request: Request) -> bool:
    try:
        return request.frame.parent_frame is None
    except Error:
        return True  # Playwright has no frame yet: of a tab that is only opening
