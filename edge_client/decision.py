"""One decision: which pages to plan for, what to ask the model, and the plan that its answers make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge_client.bundle import Bundle
from edge_client.dice import Dice
from edge_client.events import PageViewed
from edge_client.explanation import Reason, explain, explain_offer
from edge_client.outcomes.gathering import outcomes_by_topic
from edge_client.outcomes.kept import NO_OUTCOMES, Outcomes
from edge_client.outcomes.sway import leans_of
from edge_client.plan import PagePlan, Plan, Suggestion
from edge_client.profile import SESSION_GAP_MS, Profile
from edge_client.ranking import in_all_languages
from edge_client.rules.followed import followed_in
from edge_client.rules.gathering import inputs_of
from edge_client.rules.inputs import Inputs, Moment
from edge_client.rules.pipeline import Filled, Placed, fill, withheld
from edge_client.rules.truths import Truths, settle
from edge_client.scoring import Candidates, History, Question
from edge_client.shown import Shown
from edge_client.signals.signal import Signal
from edge_client.told import Told
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Level, SlotRule


@dataclass(frozen=True, slots=True)
class Asked:
    """One slot of one page at one moment, and what the model is asked for it; None where it has no say.

    `here` are the indexes of the page in all languages.
    """

    page: ItemId
    slot: SlotRule
    moment: Moment
    here: frozenset[int]
    question: Question
    needs_model: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The question behind a plan: what it rests on, and what is asked for each slot of each page."""

    inputs: Inputs
    asked: tuple[Asked, ...]

    @property
    def pages(self) -> tuple[ItemId, ...]:
        """Return the pages that are planned for in this session."""
        return tuple(dict.fromkeys(each.page for each in self.asked if each.moment is self.inputs.now))

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what the model is to answer, in the order of `asked`."""
        return tuple(each.question for each in self.asked if each.needs_model)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, and how each slot of it came out, in the order of the decision's `asked`."""

    plan: Plan
    filled: tuple[Filled, ...]


def prepare(
    view: PageViewed,
    *,
    profile: Profile,
    told: Told,
    shown: Shown,
    bundle: Bundle,
    signals: tuple[Signal, ...] = (),
    outcomes: Outcomes = NO_OUTCOMES,
) -> Decision:
    """Gather what a decision on this page rests on, and what is to be asked."""
    known = inputs_of(view, profile=profile, told=told, shown=shown, bundle=bundle, signals=signals)
    return ask(replace(known, outcomes=outcomes_by_topic(outcomes, bundle, view.at_ms)), bundle)


def ask(inputs: Inputs, bundle: Bundle) -> Decision:
    """Work out what is asked for each slot of each page that the inputs plan for."""
    moments = [inputs.now] if inputs.later is None else [inputs.now, inputs.later]
    return Decision(inputs, tuple(each for moment in moments for each in _asked(moment, inputs, bundle)))


def decide(decision: Decision, answers: Sequence[Candidates], *, bundle: Bundle, hidden: Dice) -> Plan:
    """Turn the model's answers, in the order of `decision.questions`, into a plan."""
    return work_out(decision, answers, bundle=bundle, hidden=hidden).plan


def work_out(decision: Decision, answers: Sequence[Candidates], *, bundle: Bundle, hidden: Dice) -> Outcome:
    """Turn the model's answers into a plan, and say how each slot came out.

    The same decision, answers, bundle and draws give the same outcome, to the last byte.
    """
    inputs, left = decision.inputs, iter(answers)
    truths = {id(each): settle(bundle.rules.definitions, each.leaves) for each in _moments(inputs)}
    # Drawn once for all: a citizen's own outcomes say the same on every page of one plan.
    leans = leans_of(inputs.outcomes, hidden)
    followed = followed_in(inputs, bundle)
    filled = tuple(
        fill(
            each.slot,
            next(left) if each.needs_model else None,
            inputs=inputs,
            truths=truths[id(each.moment)],
            here=each.here,
            bundle=bundle,
            hidden=hidden,
            leans=leans,
            followed=followed,
        )
        for each in decision.asked
    )
    manifest = bundle.manifest
    plan = Plan(
        manifest.version,
        manifest.expires,
        inputs.lang,
        _pages(inputs.now, decision, filled, bundle),
        # What was decided for this session is for no later one: its hour, its interest, its first visit.
        None if inputs.later is None else inputs.at_ms + SESSION_GAP_MS,
        () if inputs.later is None else _pages(inputs.later, decision, filled, bundle),
    )
    return Outcome(plan, filled)


def _moments(inputs: Inputs) -> tuple[Moment, ...]:
    return (inputs.now,) if inputs.later is None else (inputs.now, inputs.later)


def _asked(moment: Moment, inputs: Inputs, bundle: Bundle) -> list[Asked]:
    rules, items = bundle.rules, bundle.catalogue.items
    truths = settle(rules.definitions, moment.leaves)
    unwanted = inputs.looked_at | inputs.refused
    asked: list[Asked] = []
    for index, recent in zip(moment.pages, moment.histories, strict=True):
        page = items[index].id
        here = in_all_languages({page}, bundle.catalogue)
        history = History(recent, tuple((rules.decay_milli / 1000) ** age for age in range(len(recent))))
        for slot in rules.slots:
            if (not slot.pages or page in slot.pages) and slot.level is not Level.EDITORIAL:
                left_out = unwanted | here | _withheld(slot, truths, inputs, bundle)
                question = Question(history, bundle.eligible(slot, inputs.lang), left_out)
                asked.append(Asked(page, slot, moment, here, question, slot.level.has_scores))
    return asked


def _withheld(slot: SlotRule, truths: Truths, inputs: Inputs, bundle: Bundle) -> frozenset[int]:
    if not bundle.rules.rules:
        return frozenset()
    return withheld(slot, truths=truths, bundle=bundle, lang=inputs.lang)


def _pages(
    moment: Moment, decision: Decision, filled: tuple[Filled, ...], bundle: Bundle
) -> tuple[PagePlan, ...]:
    """Plan for each page the slots that are full, the most urgent ones where a page may not have so many."""
    pages: dict[ItemId, list[tuple[Asked, Filled]]] = {}
    for asked, slot in zip(decision.asked, filled, strict=True):
        if asked.moment is moment and _is_ready(asked, slot):
            pages.setdefault(asked.page, []).append((asked, slot))
    plans: list[PagePlan] = []
    for page, slots in pages.items():
        urgent = sorted(range(len(slots)), key=lambda at: (slots[at][1].step, at))
        kept = sorted(urgent[: bundle.rules.slots_a_page])
        plans.append(PagePlan(page, tuple(_slot(*slots[at], bundle) for at in kept)))
    return tuple(plans)


def _is_ready(asked: Asked, slot: Filled) -> bool:
    """Say whether a slot is planned for: never half a list. One that cannot be filled keeps the server's own
    content; where the model has the rest to say and is not asked, that stays behind what rules place."""
    needs_rest = asked.slot.level is not Level.MODEL or asked.needs_model
    return len(slot.placed) >= (asked.slot.count if needs_rest else 1)


def _slot(asked: Asked, filled: Filled, bundle: Bundle) -> tuple[str, tuple[Suggestion, ...]]:
    return asked.slot.slot, tuple(
        Suggestion(placed.item, reason_of(placed, asked, bundle)) for placed in filled.placed
    )


def reason_of(placed: Placed, asked: Asked, bundle: Bundle) -> Reason:
    """Say why an item is where it is: because of a rule's audience, or of the page that mattered most."""
    if placed.offer is not None:
        return explain_offer(placed.offer, asked.moment, bundle.rules)
    page = bundle.catalogue.index_of(asked.page)
    return explain(placed.item, history=asked.question.history, page=page)
