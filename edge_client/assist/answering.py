"""What is answered to a page that asks for help or for an order, while suggestions are allowed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import assert_never

from consent_ledger import canonical
from edge_client.assist.order import near_of, question_of
from edge_client.assist.topic import help_of, pages_of_visit
from edge_client.bundle import Bundle
from edge_client.effects import AskNear, Effect, ShowAssist
from edge_client.events import Assisted, HelpAsked, NearScored, OrderAsked
from edge_client.intent import Intent, goals_of, intents_of
from edge_client.ranking import in_all_languages
from edge_client.saving import Known
from edge_client.scoring import Candidates, Question


def assist(event: Assisted, known: Known, bundle: Bundle) -> tuple[Effect, ...]:
    """Return what to do; nothing that is kept changes."""
    match event:
        case HelpAsked() | OrderAsked() if bundle.is_expired(event.at_ms):
            return ()
        case HelpAsked():
            goals = goals_question(event, known, bundle)
            return (_help(event, (), known, bundle) if goals is None else AskNear(event, goals),)
        case OrderAsked(here, lang, at_ms):
            question = question_of(
                known.profile, told=known.told, bundle=bundle, here=here, lang=lang, at_ms=at_ms
            )
            return (_near(event, None, None, bundle) if question is None else AskNear(event, question),)
        case NearScored(asked, question, answer):
            if isinstance(asked, HelpAsked):
                return (_help(asked, intents_of(answer), known, bundle),)
            return (_near(asked, question, answer, bundle),)
        case _:
            assert_never(event)


def goals_question(asked: HelpAsked, known: Known, bundle: Bundle) -> Question | None:
    """Return what the model is asked for the goals of a visit: those in the page's language that were not
    looked at in it. None where the visit has no page that may be spoken of."""
    seen = pages_of_visit(known.profile, bundle=bundle, at_ms=asked.at_ms)
    question = question_of(
        known.profile, told=known.told, bundle=bundle, here=asked.here, lang=asked.lang, at_ms=asked.at_ms
    )
    if question is None or not any(item.id != asked.here for item in seen):
        return None
    looked_at = in_all_languages((asked.here, *(item.id for item in seen)), bundle.catalogue)
    goals = goals_of(bundle, lang=asked.lang)
    return replace(question, eligible=goals, suppressed=question.suppressed | looked_at)


def _help(asked: HelpAsked, intents: Collection[Intent], known: Known, bundle: Bundle) -> ShowAssist:
    found = help_of(
        known.profile,
        told=known.told,
        bundle=bundle,
        here=asked.here,
        topics=asked.topics,
        at_ms=asked.at_ms,
    )
    goals = (bundle.catalogue.items[intent.goal] for intent in intents)
    listed: list[canonical.Json] = [[item.id, item.title, item.lang] for item in goals]
    return ShowAssist("help", canonical.encode({**found, "goals": listed}))


def _near(
    asked: OrderAsked, question: Question | None, answer: Candidates | None, bundle: Bundle
) -> ShowAssist:
    return ShowAssist("near", canonical.encode(near_of(question, answer, bundle=bundle, lang=asked.lang)))
