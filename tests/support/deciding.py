"""Decisions under rules of version 2: a profile of some pages, the city's model, and what comes out."""

from __future__ import annotations

from edge_client.decision import Outcome, prepare, work_out
from edge_client.events import PageViewed
from edge_client.explanation import ReasonKind
from edge_client.profile import Profile
from edge_client.rules.facts import Context
from edge_client.rules.pipeline import Filled, Why
from edge_client.scoring import candidates_of
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, NeighbourModel, catalogue
from tests.support.pages import dice

ITEMS = catalogue().items
HOME, PERMIT, BINS = ItemId("/"), ItemId("/parking/permit"), ItemId("/bins/new")
HOUR_MS = 60 * 60 * 1000


def looked(*items: str, gap_ms: int = 60_000) -> Profile:
    """A profile of these pages, the last one just now; with a gap of an hour each is a session."""
    profile = Profile()
    for number, item in enumerate(items, start=1):
        at_ms = NOW_MS - (len(items) - number) * gap_ms
        profile = profile.met(at_ms, None).visited(ItemId(item), at_ms=at_ms, keep_days=90)
    return profile


def out_of(
    rules: Rules,
    profile: Profile,
    *,
    page: ItemId = BINS,
    told: Told | None = None,
    shown: Shown | None = None,
    context: Context | None = None,
    seed: int = 0,
) -> Outcome:
    """Decide on a page view, with the model of the city."""
    bundle = bundle_of(rules_=rules)
    view = PageViewed(page, "en", (), NOW_MS, (), context or Context())
    decision = prepare(view, profile=profile, told=told or Told(), shown=shown or Shown(), bundle=bundle)
    model = NeighbourModel(len(ITEMS))
    answers = tuple(candidates_of(each, model.score) for each in decision.questions)
    return work_out(decision, answers, bundle=bundle, hidden=dice(seed))


def at_home(outcome: Outcome, *, later: bool = False) -> list[str]:
    """The paths that the home page's own slot shows."""
    pages = outcome.plan.later if later else outcome.plan.pages
    return [
        ITEMS[each.item.index].id
        for page in pages
        if page.page == HOME
        for name, items in page.slots
        if name == "home"
        for each in items
    ]


def reasons(outcome: Outcome) -> dict[str, tuple[ReasonKind, str | None]]:
    """Why each item of the home page's slot is there, and the page that is named."""
    return {
        ITEMS[each.item.index].id: (
            each.reason.kind,
            None if each.reason.because is None else ITEMS[each.reason.because].id,
        )
        for page in outcome.plan.pages
        if page.page == HOME
        for name, items in page.slots
        if name == "home"
        for each in items
    }


def home_slot(outcome: Outcome) -> Filled:
    """The home page's slot as it came out, also where it is not shown."""
    return next(each for each in outcome.filled if each.slot.slot == "home")


def went(outcome: Outcome) -> dict[str, Why | None]:
    """What became of each item that rules offer on the home page."""
    offers = home_slot(outcome).offers
    return {ITEMS[each.index].id: each.out for each in offers if each.index is not None}
