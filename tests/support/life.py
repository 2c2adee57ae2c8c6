"""One device's life: visits, clocks that jump, closed browsers, lost answers, choices and deletions.

The citizen chooses and deletes under a clock that has not been set back; between two choices it jumps freely.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from consent_ledger.record import Gpc
from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.effects import (
    Effect,
    EraseProfile,
    EraseReporter,
    SaveProfile,
    SaveReporter,
    SendReport,
)
from edge_client.events import ChoiceMade, Event, ItemDismissed, PageViewed, ProfileCleared, ReportSettled
from edge_client.profile import SESSION_GAP_MS, Profile
from edge_client.reporting import Reporter
from edge_client.session import Session
from edge_client.wire.contribution import Contribution
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, NOW_MS, catalogue, notice
from tests.support.pages import chance

BOUND = 2
BUNDLE = bundle_of(expires=NOW_MS, pairs_per_week=BOUND)  # in seconds: far later than any clock below
PAGES = catalogue().pages
HOUR_MS = 60 * 60 * 1000


@dataclass(frozen=True)
class Look:
    """A page is looked at, some time after the last thing that happened."""

    page: int
    gap_ms: int
    answered: bool


@dataclass(frozen=True)
class Jump:
    """The clock is set forward or back."""

    hours: int


@dataclass(frozen=True)
class Choose:
    """The citizen chooses."""

    given: frozenset[str]


@dataclass(frozen=True)
class Simple:
    """Something without details: close, clear, dismiss."""

    kind: str


Act = Look | Jump | Choose | Simple


@dataclass
class Life:
    """One device, whose network is a list; what it keeps goes through bytes, as in a browser."""

    seed: int
    at_ms: int = NOW_MS
    latest_ms: int = 0
    chosen_ms: int = NOW_MS - 1
    sent: list[Contribution] = field(default_factory=list)
    # What an onlooker would have noted: pages since the last yes and the last clearing, session by session.
    noted: list[list[int]] = field(default_factory=lambda: [[]])
    allowed: bool = False
    _last_ms: int = 0

    def __post_init__(self) -> None:
        terms = ConsentTerms(CONTROLLER, bytes(32))
        self.session = Session(terms, chance(visible=self.seed, hidden=self.seed + 1), bundle=BUNDLE)
        self.kept: dict[str, bytes] = {}

    def feed(self, event: Event, *, answered: bool = True) -> None:
        """Let the session take one event in, and do what it asks for."""
        self.session, effects = self.session.receive(event)
        self.session = replace(self.session, book=replace(self.session.book, unsigned=(), pending=()))
        for effect in effects:
            self.perform(effect, answered=answered)

    def perform(self, effect: Effect, *, answered: bool) -> None:
        """Do one effect; a report that is answered is settled."""
        match effect:
            case SaveProfile(profile):
                self.kept["profile"] = profile.to_bytes()
            case SaveReporter(reporter):
                self.kept["reporter"] = reporter.to_bytes()
            case EraseProfile():
                self.kept.pop("profile", None)
            case EraseReporter():
                self.kept.pop("reporter", None)
            case SendReport(contribution):
                self.sent.append(contribution)
                if answered:
                    self.feed(ReportSettled(contribution.report_id))
            case _:
                pass

    def do(self, act: Act) -> None:
        """Let one thing happen."""
        self.latest_ms = max(self.at_ms, self.latest_ms)
        match act:
            case Look(page, gap_ms, answered):
                self.at_ms += gap_ms
                self.note(page)
                self.feed(PageViewed(PAGES[page], "en", (), self.at_ms), answered=answered)
            case Jump(hours):
                self.at_ms += hours * HOUR_MS
            case Choose(given):
                self.at_ms = self.latest_ms
                self.choose(given)
            case Simple("close"):
                self.close()
            case Simple("clear"):
                self.at_ms = self.latest_ms
                self.feed(ProfileCleared(self.at_ms))
                self.noted.append([])
            case Simple(_):
                self.feed(ItemDismissed(PAGES[3], self.at_ms))

    def choose(self, given: frozenset[str]) -> None:
        """Choose, as a page tells the worker."""
        self.chosen_ms = max(self.at_ms, self.chosen_ms + 1)  # as pages number their choices
        self.feed(ChoiceMade(given, notice(), Gpc.ABSENT, self.chosen_ms))
        if ("learn" in given) != self.allowed:
            self.noted.append([])
        self.allowed = "learn" in given

    def note(self, page: int) -> None:
        """Note a page as an onlooker would."""
        if self.at_ms - self._last_ms > SESSION_GAP_MS:
            self.noted.append([])
        self._last_ms = max(self.at_ms, self._last_ms)
        if self.allowed and not BUNDLE.is_sensitive(PAGES[page]):
            self.noted[-1].append(page)

    def close(self) -> None:
        """Close the browser and open it again: only what was saved is left."""
        profile, reporter = self.kept.get("profile"), self.kept.get("reporter")
        self.session = replace(
            self.session,
            book=ConsentBook.from_bytes(self.session.book.to_bytes()),
            profile=Profile.from_bytes(profile) if profile else Profile(),
            reporter=Reporter.from_bytes(reporter) if reporter else None,
            view=None,
            question=None,
        )
