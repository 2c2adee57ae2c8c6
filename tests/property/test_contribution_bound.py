"""The bound of a week, through everything that can happen to a device: visits, clocks that jump, closed
browsers, lost answers, choices taken back and made again, lists deleted.

The citizen chooses and deletes under a clock that has not been set back; between two choices it jumps freely.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

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

LOOKS = st.builds(
    Look,
    page=st.integers(0, len(PAGES) - 1),
    gap_ms=st.sampled_from([60_000, SESSION_GAP_MS, SESSION_GAP_MS + 1, 20 * HOUR_MS, 70 * HOUR_MS]),
    answered=st.booleans(),
)
ACTS = st.lists(
    st.one_of(
        LOOKS,
        LOOKS,
        LOOKS,
        st.builds(Jump, hours=st.sampled_from([-400, -170, -30, -1, 1, 30, 170, 400])),
        st.builds(
            Choose,
            given=st.sampled_from(
                [frozenset(), frozenset({"learn"}), frozenset({"suggest"}), frozenset({"learn", "suggest"})]
            ),
        ),
        st.sampled_from([Simple("close"), Simple("clear"), Simple("dismiss")]),
    ),
    max_size=60,
)


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
        self.session, effects = self.session.receive(event)
        self.session = replace(self.session, book=replace(self.session.book, unsigned=(), pending=()))
        for effect in effects:
            self.perform(effect, answered=answered)

    def perform(self, effect: Effect, *, answered: bool) -> None:
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
        self.chosen_ms = max(self.at_ms, self.chosen_ms + 1)  # as pages number their choices
        self.feed(ChoiceMade(given, notice(), Gpc.ABSENT, self.chosen_ms))
        if ("learn" in given) != self.allowed:
            self.noted.append([])
        self.allowed = "learn" in given

    def note(self, page: int) -> None:
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


def lived(acts: list[Act], seed: int) -> Life:
    life = Life(seed)
    for act in [Choose(frozenset({"learn", "suggest"})), *acts]:
        life.do(act)
    return life


@settings(max_examples=400)
@given(acts=ACTS, seed=st.integers(0, 1000))
def test_no_week_ever_gets_more_than_the_bound(acts: list[Act], seed: int) -> None:
    """Reports are told apart by their ids; no more than the bound name one week."""
    weeks: dict[str, set[str]] = defaultdict(set)
    for report in lived(acts, seed).sent:
        weeks[report.period].add(report.report_id)
    assert all(len(ids) <= BOUND for ids in weeks.values())


@settings(max_examples=400)
@given(acts=ACTS, seed=st.integers(0, 1000))
def test_every_pair_was_looked_at_in_that_order_in_one_session_since_the_yes(
    acts: list[Act], seed: int
) -> None:
    """Nothing from before the yes or a clearing, from two sessions, or of a sensitive page is told."""
    life = lived(acts, seed)
    for report in life.sent:
        assert report.is_nothing or any(
            before < after
            for pages in life.noted
            for before, source in enumerate(pages)
            for after, target in enumerate(pages)
            if (source, target) == (report.source, report.target)
        )


@given(acts=ACTS, seed=st.integers(0, 1000))
def test_a_report_keeps_its_week_its_length_and_is_gone_once_answered(acts: list[Act], seed: int) -> None:
    """A retry names the same week; every body has the same number of bytes."""
    sent = lived(acts, seed).sent
    weeks: dict[str, set[str]] = defaultdict(set)
    for report in sent:
        weeks[report.report_id].add(report.period)
    assert all(len(named) == 1 for named in weeks.values())
    assert len({len(report.to_bytes()) for report in sent}) <= 1


def test_lives_like_these_do_send_reports_with_pairs() -> None:
    """The properties above speak of something: a plain life fills each week but the last up."""
    acts: list[Act] = [Look(place % 6, 60_000 if place % 3 else 20 * HOUR_MS, True) for place in range(100)]
    sent = lived(acts, 1).sent
    weeks = [sum(report.period == period for report in sent) for period in sorted({r.period for r in sent})]
    assert weeks[:-1] == [BOUND] * (len(weeks) - 1)
    assert len(weeks) >= 3
    assert not any(report.is_nothing for report in sent)
