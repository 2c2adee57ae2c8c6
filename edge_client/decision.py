"""One decision: which pages to plan for, what to ask the model, and the plan that its answers make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_client.bundle import Bundle
from edge_client.dice import Dice
from edge_client.explanation import explain
from edge_client.plan import PagePlan, Plan, Suggestion
from edge_client.profile import Profile
from edge_client.ranking import History, history_of, rank, suppressed
from edge_client.wire.paths import ItemId

MAX_PAGES = 24


@dataclass(frozen=True, slots=True)
class Decision:
    """The question behind a plan: for each page its history, and that history with each entry left out."""

    lang: str
    pages: tuple[ItemId, ...]
    histories: tuple[History, ...]

    @property
    def asked(self) -> tuple[History, ...]:
        """Return every history to be scored: for each page the whole one, then one without each entry."""
        return tuple(
            asked
            for history in self.histories
            for asked in (history, *(history.without(place) for place in range(len(history.recent))))
        )


def prepare(
    profile: Profile, *, bundle: Bundle, page: ItemId, links: Sequence[ItemId], lang: str
) -> Decision:
    """Choose the likely next pages, as far as they are in the catalogue and not sensitive: this one (it may
    be reloaded), those that a slot is made for (a home page), and those that this one links to."""
    likely = dict.fromkeys(
        (page, *(ItemId(item) for slot in bundle.rules.slots for item in slot.pages), *links)
    )
    pages = tuple(
        item
        for item in likely
        if (known := bundle.catalogue.get(item)) and known.lang == lang and not bundle.is_sensitive(item)
    )[:MAX_PAGES]
    return Decision(
        lang,
        pages,
        tuple(
            history_of(profile, page=item, catalogue=bundle.catalogue, rules=bundle.rules) for item in pages
        ),
    )


def decide(
    decision: Decision, answers: Sequence[Sequence[float]], *, profile: Profile, bundle: Bundle, hidden: Dice
) -> Plan:
    """Turn the model's answers, in the order of `decision.asked`, into a plan."""
    catalogue, rules = bundle.catalogue, bundle.rules
    plans: list[PagePlan] = []
    at = 0
    for page, history in zip(decision.pages, decision.histories, strict=True):
        scores, without = answers[at], answers[at + 1 : at + 1 + len(history.recent)]
        at += 1 + len(history.recent)
        page_index = catalogue.index_of(page)
        slots: list[tuple[str, tuple[Suggestion, ...]]] = []
        left_out = suppressed(catalogue, profile=profile, page=page)
        for slot in (slot for slot in rules.slots if not slot.pages or page in slot.pages):
            ranked = rank(
                scores,
                eligible=bundle.eligible(slot, decision.lang),
                suppressed=left_out,
                catalogue=catalogue,
                slot=slot,
                hidden=hidden,
            )
            # A slot that cannot be filled keeps the server's own content: never half a list.
            if history.recent and len(ranked) == slot.count:
                slots.append(
                    (
                        slot.slot,
                        tuple(
                            Suggestion(item, explain(item, history=history, page=page_index, without=without))
                            for item in ranked
                        ),
                    )
                )
        if slots:
            plans.append(PagePlan(page, tuple(slots)))
    return Plan(bundle.manifest.version, bundle.manifest.expires, decision.lang, tuple(plans))
