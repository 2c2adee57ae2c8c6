"""What of a site is near to the pages that this device looked at, for the order of what a search found.

What was typed is no part of it: a page searches by itself, and asks for this whatever the words are.
"""

from __future__ import annotations

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.explanation import ReasonKind, explain
from edge_client.profile import Profile
from edge_client.ranking import Ranked, history_after, in_all_languages, recent_of
from edge_client.scoring import Candidates, Question
from edge_client.told import Told
from edge_client.wire.paths import ItemId

_WHOLE = 1000


def question_of(
    profile: Profile, *, told: Told, bundle: Bundle, here: ItemId, lang: str, at_ms: int
) -> Question | None:
    """Return what the model is asked: every item of a language but what is sensitive, what the citizen called
    not relevant, and what is about a topic that they stopped. None where nothing but the search page, `here`,
    was looked at that says anything."""
    catalogue, rules = bundle.catalogue, bundle.rules
    recent = recent_of(profile, catalogue=catalogue, rules=rules, told=told, at_ms=at_ms)
    known = [
        item
        for item in recent
        if item != here and catalogue.get(item) is not None and not bundle.is_sensitive(item)
    ]
    if not known:
        return None
    eligible = bytes(item.lang == lang and not bundle.is_sensitive(item.id) for item in catalogue.items)
    refused = in_all_languages(profile.dismissed | told.stopped_items(catalogue), catalogue)
    history = history_after(known[1:], page=known[0], catalogue=catalogue, rules=rules)
    return Question(history, eligible, refused)


def near_of(
    question: Question | None, answer: Candidates | None, *, bundle: Bundle, lang: str
) -> canonical.Json:
    """Return what a page orders by: of each item that a page looked at speaks for, its score in thousandths
    of the best one, and that page's title.

    `still` are the items of the language that keep their place whatever was looked at: the sensitive ones.
    """
    items = bundle.catalogue.items
    still: list[canonical.Json] = [
        item.id for item in items if item.lang == lang and bundle.is_sensitive(item.id)
    ]
    near: list[canonical.Json] = []
    if question is not None and answer is not None and answer.scores:
        best = answer.scores[0]
        for nth, index in enumerate(answer.indexes):
            without = tuple(float(scores[nth]) for scores in answer.without)
            reason = explain(
                Ranked(int(index), float(answer.scores[nth]), without=without),
                history=question.history,
                page=None,
            )
            # What many people go to is not moved: why it is would not be something that the citizen did.
            if reason.kind is ReasonKind.LOOKED_AT and reason.because is not None:
                milli = round(_WHOLE * answer.scores[nth] / best)
                near.append([items[index].id, milli, items[reason.because].title])
    return {"lang": lang, "near": near, "still": still}
