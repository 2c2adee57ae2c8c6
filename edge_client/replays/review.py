"""The citizen looks at the last decisions, and has one made again: what is asked, and what is answered."""

from __future__ import annotations

from typing import assert_never

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.bundle import Bundle
from edge_client.canary import ModelName
from edge_client.decided import Decided, KeptDecision, Line
from edge_client.effects import AskAgain, Effect, OpenModel, ShowReview
from edge_client.events import DecisionChecked, DecisionsAsked, Reviewed, ScoredAgain
from edge_client.replays.account import account_of, is_from
from edge_client.replays.listing import became, listed
from edge_client.scoring import Candidates


def review(
    event: Reviewed, *, decided: Decided, bundle: Bundle | None, using: ModelName
) -> tuple[ModelName, tuple[Effect, ...]]:
    """Return the model that is open from now on, and what to do; nothing that is kept changes."""
    match event:
        case DecisionsAsked():
            said = {"decisions": listed(decided, bundle), "outcomes": became(decided, bundle)}
            return using, (ShowReview("decisions", canonical.encode(said)),)
        case DecisionChecked(name):
            return _asked_again(name, decided, bundle, using)
        case ScoredAgain(name, answers):
            return using, (_checked(name, answers, decided, bundle),)
        case _:
            assert_never(event)


def _asked_again(
    name: str, decided: Decided, bundle: Bundle | None, using: ModelName
) -> tuple[ModelName, tuple[Effect, ...]]:
    try:
        _, kept, bundle = _found(name, decided, bundle)
        questions = kept.question(bundle).questions
    except (Malformed, Refused):
        return using, (_checked(name, (), decided, bundle),)
    # The model that answered then answers again; the next page's decision opens its own.
    opened = () if kept.model is using else (OpenModel(kept.model),)
    return kept.model, (*opened, AskAgain(name, questions))


def _checked(
    name: str, answers: tuple[Candidates, ...], decided: Decided, bundle: Bundle | None
) -> ShowReview:
    """Say of a decision whether it comes out the same, and then how it came about.

    Its `result` is `same`, `unlike` where it does while a page is listed with it that showed something else,
    `changed`, `bundle` where what it was made from is gone, and `unreadable`.
    """
    said: dict[str, canonical.Json] = {"name": name, "pages": []}
    try:
        line, kept, bundle = _found(name, decided, bundle)
        outcome = kept.replay(answers, bundle)
        seen = tuple(reversed(line.seen))
        pages = account_of(kept.question(bundle), outcome, answers, seen=seen, bundle=bundle)
        is_same = all(is_from(outcome, kept.inputs, each, bundle) for each in seen)
        said["result"] = "same" if is_same else "unlike"
        said |= {"bundle": kept.bundle.hex(), "seal": kept.seal.hex(), "pages": pages}
    except Untrue:
        said["result"] = "changed"
    except Refused:
        said["result"] = "bundle"
    except Malformed:
        said["result"] = "unreadable"
    return ShowReview("checked", canonical.encode(said))


def _found(name: str, decided: Decided, bundle: Bundle | None) -> tuple[Line, KeptDecision, Bundle]:
    """Raises `Refused` where there is no bundle or no such decision, `Malformed` where it cannot be read."""
    line = next((line for line in decided.lines if line.name == name), None)
    if line is None or bundle is None or not line.text:
        raise Refused("decision: what it was made from is gone")
    return line, line.read(), bundle
