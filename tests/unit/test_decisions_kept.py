"""What a device keeps of its decisions goes with what they rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge_client.choosing import ConsentTerms
from edge_client.consent import ConsentBook
from edge_client.effects import AskScores
from edge_client.events import Event, PageViewed, QuestionAnswered, Scored
from edge_client.profile import DAY_MS
from edge_client.scoring import candidates_of
from edge_client.session import Session
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, NeighbourModel, catalogue
from tests.support.deciding import BINS, ITEMS, PERMIT
from tests.support.pages import chance
from tests.support.ruled import only, rule

MODEL = NeighbourModel(len(ITEMS))


def session(*rules: dict[str, Any], **changes: Any) -> Session:
    """A device that may suggest, under these rules."""
    book = ConsentBook(choices={"suggest": "given", "learn": "refused"}, chosen_ms=NOW_MS - 1, last="ab" * 32)
    terms = ConsentTerms("riverton", bytes(32))
    begun = Session(terms, chance(visible=1, hidden=2), bundle=bundle_of(rules_=only(*rules, **changes)))
    return replace(begun, book=book)


def fed(device: Session, *events: Event) -> Session:
    """The session after these events, each question to the model answered."""
    for event in events:
        device, effects = device.receive(event)
        for effect in effects:
            if isinstance(effect, AskScores):
                answers = tuple(candidates_of(question, MODEL.score) for question in effect.questions)
                device, _ = device.receive(Scored(answers))
    return device


def test_a_decision_goes_when_a_visit_that_it_rests_on_does() -> None:
    """A page is kept for a day: three weeks later no decision remembers it."""
    permit = catalogue().index_of(PERMIT)
    device = fed(session(rule("tip"), keep_days=1), PageViewed(PERMIT, "en", (), NOW_MS))
    assert any(permit in line.read().inputs.looked_at for line in device.decided.lines)
    device = fed(device, PageViewed(BINS, "en", (), NOW_MS + 20 * DAY_MS))
    assert device.decided.lines
    assert not any(permit in line.read().inputs.looked_at for line in device.decided.lines)


def test_a_decision_goes_when_an_answer_is_taken_back() -> None:
    """What was said in confidence is in nothing that is kept once it is taken back."""
    device = fed(
        session(rule("mourn", when="grieves", items=["/housing/repairs"])),
        PageViewed(BINS, "en", (), NOW_MS),
        QuestionAnswered("loss", "yes", NOW_MS + 1000, in_flow=True),
    )
    assert b'"grieves":true' in device.decided.to_bytes()
    device = fed(device, QuestionAnswered("loss", None, NOW_MS + 2000))
    assert b'"grieves":true' not in device.decided.to_bytes()
