"""One decision: which pages to plan for, what to ask the model, and the plan that its answers make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_client.bundle import Bundle
from edge_client.dice import Dice
from edge_client.explanation import explain
from edge_client.plan import PagePlan, Plan, Suggestion
from edge_client.profile import Profile
from edge_client.ranking import history_of, in_all_languages, rank
from edge_client.scoring import Candidates, Question
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import SlotRule

MAX_PAGES = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """One slot of one page, and what the model is asked for it."""

    page: ItemId
    slot: SlotRule
    question: Question


@dataclass(frozen=True, slots=True)
class Decision:
    """The question behind a plan: the pages that it is for, and what is asked for each of their slots."""

    lang: str
    pages: tuple[ItemId, ...]
    asked: tuple[Asked, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what the model is to answer, in the order of `asked`."""
        return tuple(asked.question for asked in self.asked)


def prepare(
    profile: Profile, *, bundle: Bundle, page: ItemId, links: Sequence[ItemId], lang: str
) -> Decision:
    """Choose the likely next pages, as far as they are in the catalogue and not sensitive: this one (it may
    be reloaded), those that a slot is made for (a home page), and those that this one links to."""
    catalogue, rules = bundle.catalogue, bundle.rules
    likely = dict.fromkeys((page, *(ItemId(item) for slot in rules.slots for item in slot.pages), *links))
    pages = tuple(
        item
        for item in likely
        if (known := catalogue.get(item)) and known.lang == lang and not bundle.is_sensitive(item)
    )[:MAX_PAGES]
    unwanted = in_all_languages({visit.item for visit in profile.visits} | profile.dismissed, catalogue)
    asked: list[Asked] = []
    for item in pages:
        history = history_of(profile, page=item, catalogue=catalogue, rules=rules)
        left_out = unwanted | in_all_languages({item}, catalogue)
        for slot in (slot for slot in rules.slots if not slot.pages or item in slot.pages):
            asked.append(Asked(item, slot, Question(history, bundle.eligible(slot, lang), left_out)))
    return Decision(lang, pages, tuple(asked))


def decide(decision: Decision, answers: Sequence[Candidates], *, bundle: Bundle, hidden: Dice) -> Plan:
    """Turn the model's answers, in the order of `decision.asked`, into a plan."""
    catalogue = bundle.catalogue
    slots: dict[ItemId, list[tuple[str, tuple[Suggestion, ...]]]] = {}
    for asked, candidates in zip(decision.asked, answers, strict=True):
        listed = rank(candidates, catalogue=catalogue, slot=asked.slot, hidden=hidden)
        # A slot that cannot be filled keeps the server's own content: never half a list.
        if len(listed) == asked.slot.count:
            page, history = catalogue.index_of(asked.page), asked.question.history
            items = tuple(Suggestion(item, explain(item, history=history, page=page)) for item in listed)
            slots.setdefault(asked.page, []).append((asked.slot.slot, items))
    plans = tuple(PagePlan(page, tuple(filled)) for page, filled in slots.items())
    return Plan(bundle.manifest.version, bundle.manifest.expires, decision.lang, plans)
