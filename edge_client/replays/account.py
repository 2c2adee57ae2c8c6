"""How one decision came about, step by step, from the decision made again: nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.decision import Asked, Decision, Outcome
from edge_client.plan import PagePlan, Suggestion
from edge_client.replays.listing import page_of
from edge_client.rules.inputs import Inputs, Moment
from edge_client.rules.pipeline import Filled
from edge_client.rules.trace import trace_of
from edge_client.scoring import Candidates
from edge_client.sighting import Sighting
from edge_client.wire.paths import ItemId

Made = tuple[Asked, Candidates | None, Filled]


def account_of(
    decision: Decision,
    outcome: Outcome,
    answers: Sequence[Candidates],
    *,
    seen: Sequence[Sighting],
    bundle: Bundle,
) -> canonical.Json:
    """Return for each page that showed the decision every slot: its items with their reasons, and its steps.

    Where no page has shown it, it is told of the first page that it was made for.
    """
    left = iter(answers)
    made: list[Made] = [
        (asked, next(left) if asked.needs_model else None, filled)
        for asked, filled in zip(decision.asked, outcome.filled, strict=True)
    ]
    return [
        {
            "page": page_of(bundle.catalogue.index_of(ItemId(plan.page)), bundle),
            "at": at_ms,
            "slots": [
                _slot(suggestions, one, decision.inputs, bundle)
                for slot, suggestions in plan.slots
                for one in made
                if one[0].moment is moment and one[0].page == plan.page and one[0].slot.slot == slot
            ],
        }
        for moment, plan, at_ms in _pages(decision.inputs, outcome, seen, bundle)
    ]


def is_from(outcome: Outcome, inputs: Inputs, sighting: Sighting, bundle: Bundle) -> bool:
    """Say whether all that a page showed is in what was decided for it.

    A page tells what it shows, not from which decision: it may still show an earlier one.
    """
    return _shown_at(inputs, outcome, sighting, bundle) is not None


def _pages(
    inputs: Inputs, outcome: Outcome, seen: Sequence[Sighting], bundle: Bundle
) -> Iterator[tuple[Moment, PagePlan, int | None]]:
    found = False
    for sighting in seen:
        shown = _shown_at(inputs, outcome, sighting, bundle)
        if shown is not None:
            found = True
            yield *shown, sighting.at_ms
    if not found and outcome.plan.pages:
        yield inputs.now, outcome.plan.pages[0], None


def _shown_at(
    inputs: Inputs, outcome: Outcome, sighting: Sighting, bundle: Bundle
) -> tuple[Moment, PagePlan] | None:
    plan, items = outcome.plan, bundle.catalogue.items
    is_later = plan.later_ms is not None and sighting.at_ms >= plan.later_ms
    moment = inputs.later if is_later and inputs.later is not None else inputs.now
    for page in plan.later if moment is inputs.later else plan.pages:
        decided = {each.item.index for _, suggestions in page.slots for each in suggestions}
        if sighting.page < len(items) and page.page == items[sighting.page].id:
            return (moment, page) if decided.issuperset(sighting.items) else None
    return None


def _slot(suggestions: Sequence[Suggestion], made: Made, inputs: Inputs, bundle: Bundle) -> canonical.Json:
    asked, candidates, filled = made
    steps = trace_of(filled, asked.question, candidates, inputs=inputs, here=asked.here)
    return {
        "slot": asked.slot.slot,
        "level": asked.slot.level.value,
        "items": [
            [page_of(each.item.index, bundle), each.reason.kind.value, page_of(each.reason.because, bundle)]
            for each in suggestions
        ],
        "steps": [
            [step.name, step.came, step.stayed, [[why.value, many] for why, many in step.went.items()]]
            for step in steps
        ],
    }
