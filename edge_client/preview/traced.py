"""How this page came to show what it shows: the last decision's own trace, for developers' eyes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.bundle import Bundle
from edge_client.decided import KeptDecision
from edge_client.decision import Asked, reason_of
from edge_client.ports import Host
from edge_client.rules.inputs import Inputs
from edge_client.rules.pipeline import Filled, Offer
from edge_client.rules.trace import trace_of
from edge_client.scoring import Candidates
from edge_client.session import SUGGEST, Session

KINDS: Final = ("book", "profile", "told", "signals", "decided", "reporter", "arm", "pins")
MOST_SLOTS: Final = 60


async def traced(session: Session, host: Host) -> bytes:
    """Return, as canonical JSON, the last decision that was kept, made again from its own inputs and seed.

    What does not come out as it did, to the last byte of its plan, is not explained: `slots` is empty then.
    With it come which purposes count and how many bytes each kind of storage has.
    """
    sizes: dict[str, canonical.Json] = {}
    for kind in KINDS:
        raw = await host.load(kind)
        if raw is not None:
            sizes[kind] = len(raw)
    given = sorted(purpose for purpose, status in session.book.choices.items() if status == "given")
    slots: list[canonical.Json] = []
    at_ms = 0
    if session.bundle is not None and session.decided.lines and session.book.allows(SUGGEST):
        line = session.decided.lines[-1]
        at_ms = line.at_ms
        try:
            kept = line.read()
            question = kept.question(session.bundle)
            slots = slots_of(kept, await host.candidates(question.questions), session.bundle)
        except (Malformed, Untrue, Refused):
            slots = []
    bundle = None if session.bundle is None else session.bundle.manifest.version
    return canonical.encode(
        {"v": 1, "at_ms": at_ms, "bundle": bundle, "given": list(given), "kept": sizes, "slots": slots}
    )


def slots_of(kept: KeptDecision, answers: Sequence[Candidates], bundle: Bundle) -> list[canonical.Json]:
    """Say of each slot of this session's pages what was offered, what went out at which step, and what is
    shown with which score, for which reason, about which topic. Raises as `KeptDecision.replay`."""
    question = kept.question(bundle)
    outcome = kept.replay(answers, bundle=bundle)
    left = iter(answers)
    said: list[canonical.Json] = []
    for asked, filled in zip(question.asked, outcome.filled, strict=True):
        answer = next(left) if asked.needs_model else None
        if asked.moment is question.inputs.now and len(said) < MOST_SLOTS:
            said.append(_slot(asked, filled, answer, question.inputs, bundle))
    return said


def _slot(
    asked: Asked, filled: Filled, answer: Candidates | None, inputs: Inputs, bundle: Bundle
) -> dict[str, canonical.Json]:
    steps = trace_of(filled, asked.question, answer, inputs=inputs, here=asked.here)
    items = bundle.catalogue.items
    return {
        "page": asked.page,
        "slot": asked.slot.slot,
        "level": asked.slot.level.value,
        "wanted": asked.slot.count,
        "steps": [
            [step.name, step.came, {why.value: count for why, count in step.went.items()}] for step in steps
        ],
        "offers": [_offer(offer, bundle) for offer in filled.offers],
        "placed": [
            [
                items[placed.item.index].id,
                _milli(placed.item.score),
                "model" if placed.offer is None else _by(placed.offer),
                reason_of(placed, asked, bundle).kind.value,
                items[placed.item.index].topic,
            ]
            for placed in filled.placed
        ],
    }


def _offer(offer: Offer, bundle: Bundle) -> list[canonical.Json]:
    item = None if offer.index is None else bundle.catalogue.items[offer.index].id
    return [_by(offer), item, None if offer.out is None else offer.out.value]


def _by(offer: Offer) -> str:
    return offer.rule.name if offer.rule is not None else "follow" if offer.follows else "pin"


def _milli(score: float) -> int:
    """Return thousandths: canonical JSON has no fractions."""
    return round(score * 1000)
