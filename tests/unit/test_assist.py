"""What a page is told on the spot: a topic to help with, and what is near to the pages looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from consent_ledger import canonical
from edge_client.assist.topic import LEAST_PAGES, help_of
from edge_client.effects import AskNear, Effect, ShowAssist
from edge_client.events import HelpAsked, NearScored, OrderAsked
from edge_client.page_messages import event_of
from edge_client.profile import SESSION_GAP_MS, Profile, Visit
from edge_client.scoring import History, candidates_of
from edge_client.session import Session
from edge_client.told import Stance, Told
from edge_client.wire.paths import ItemId
from tests.support.bundles import EXPIRES_S, bundle_of
from tests.support.city import NOW_MS
from tests.support.sessions import BUNDLE, GRIEF, MINUTE_MS, session_of

BINS = tuple(ItemId(f"/bins/{page}") for page in ("collection-day", "missed", "new"))
PERMIT, PARKING, HOME = ItemId("/parking/permit"), ItemId("/parking/rules"), ItemId("/")
TOPICS = ("bins", "parking", "bereavement")
HERE = ItemId("/help/contact")


def visited(*pages: str, session: int = 1) -> Profile:
    """A profile of one visit, a page a minute, the last one now."""
    first = NOW_MS - MINUTE_MS * (len(pages) - 1)
    return Profile(
        tuple(Visit(ItemId(page), first + MINUTE_MS * at, session) for at, page in enumerate(pages))
    )


def helped(profile: Profile, told: Told | None = None, *, at_ms: int = NOW_MS) -> dict[str, Any]:
    """What a page with contacts for three topics is told."""
    found = help_of(profile, told=told or Told(), bundle=BUNDLE, here=HERE, topics=TOPICS, at_ms=at_ms)
    assert isinstance(found, dict)
    return found


def shown(effects: tuple[Effect, ...]) -> dict[str, Any]:
    """What the one effect hands to the page."""
    (effect,) = effects
    assert isinstance(effect, ShowAssist)
    return canonical.decode_object(effect.text)


@pytest.mark.parametrize(
    ("pages", "topic"),
    [
        ((), None),
        ((PERMIT,), None),
        ((PERMIT, PERMIT), None),
        ((PERMIT, PARKING), "parking"),
        ((BINS[0], PERMIT, BINS[1], PARKING), "parking"),
        ((PERMIT, BINS[0], PARKING, BINS[1]), "bins"),
        ((*BINS, PERMIT, PARKING), "bins"),
        ((f"{PERMIT}/apply", PARKING), "parking"),
        (("/business/start", "/business/food-licence"), None),
    ],
)
def test_help_is_about_what_most_pages_of_the_visit_are_about(
    pages: tuple[str, ...], topic: str | None
) -> None:
    """Two pages at least; of two topics with as many, the last one; and only one that the page has."""
    assert LEAST_PAGES == 2
    assert helped(visited(*pages))["topic"] == topic


def test_pages_are_those_of_this_visit_by_title_and_no_earlier_ones() -> None:
    """A form counts as its page, the help page itself is left out, and a visit that is over says nothing."""
    earlier = visited(*BINS).visits[0]
    now = visited(f"{PERMIT}/apply", PARKING, HERE, HOME, session=2)
    profile = replace(now, visits=(replace(earlier, at_ms=NOW_MS - 9 * SESSION_GAP_MS), *now.visits))
    assert helped(profile)["pages"] == [
        ["/parking/permit", "Apply for a parking permit", "en"],
        ["/parking/rules", "Where you can park", "en"],
        ["/", "Home", "en"],
    ]
    assert helped(profile, at_ms=NOW_MS + SESSION_GAP_MS + 1) == {"here": HERE, "pages": [], "topic": None}


def test_sensitive_pages_of_an_older_profile_are_neither_listed_nor_helped_with() -> None:
    """A profile from before the rules called a topic sensitive says nothing of it, nor of its forms."""
    assert helped(visited(GRIEF, f"{GRIEF}/apply", "/grief")) == {"here": HERE, "pages": [], "topic": None}


def test_a_topic_that_was_stopped_is_not_put_first_though_its_pages_were_looked_at() -> None:
    """The list is of what was looked at; what the citizen wants no more of is not put before them."""
    told = Told().about("parking", Stance.STOP, catalogue=BUNDLE.catalogue)
    found = helped(visited(PERMIT, PARKING), told)
    assert (found["topic"], len(found["pages"])) == (None, 2)


@pytest.mark.parametrize("event", [HelpAsked(HERE, "en", TOPICS, NOW_MS), OrderAsked(HERE, "en", NOW_MS)])
def test_nothing_is_said_without_consent_or_by_what_is_out_of_date(event: HelpAsked | OrderAsked) -> None:
    """No yes, a yes to learning alone, no bundle, or an expired one: no effect, and nothing changes."""
    profile = visited(PERMIT, PARKING)
    expired = replace(session_of("suggest"), bundle=bundle_of(expires=NOW_MS // 1000))
    for session in (session_of(), session_of("learn"), replace(session_of("suggest"), bundle=None), expired):
        known = replace(session, profile=profile)
        assert known.receive(event) == (known, ())
    assert EXPIRES_S * 1000 > NOW_MS
    known = replace(session_of("suggest"), profile=profile)
    after, effects = known.receive(event)
    assert after == known
    assert len(effects) == 1


def answered(session: Session, asked: HelpAsked | OrderAsked) -> dict[str, Any]:
    """What a page is told by a model for which each page speaks for its neighbours in the catalogue."""

    def score(history: History) -> list[float]:
        found = [0.1] * len(BUNDLE.catalogue.items)
        for page, weight in zip(history.recent, history.weights, strict=True):
            for near in (page - 1, page, page + 1):
                if 0 <= near < len(found):
                    found[near] += weight
        return found

    after, effects = session.receive(asked)
    if effects and isinstance(effects[0], AskNear):
        question = effects[0].question
        after, effects = after.receive(NearScored(asked, question, candidates_of(question, score)))
    assert after == session
    return shown(effects)


def ordered(session: Session, *, lang: str = "en") -> dict[str, Any]:
    """The order for what a search found."""
    return answered(session, OrderAsked(HERE, lang, NOW_MS))


def test_an_order_names_the_page_that_speaks_for_an_item_and_says_what_stays_where_it_is() -> None:
    """What only many people go to is not in it; nor what is sensitive, which keeps its place."""
    found = ordered(replace(session_of("suggest"), profile=visited(HERE, PERMIT)))
    assert found == {
        "lang": "en",
        "near": [
            ["/moving/checklist", 1000, "Apply for a parking permit"],
            ["/parking/permit", 1000, "Apply for a parking permit"],
            ["/parking/rules", 1000, "Apply for a parking permit"],
        ],
        "still": ["/grief/first-days"],
    }


def test_what_was_refused_or_stopped_is_brought_no_nearer() -> None:
    """Not relevant is so to the next search, too; nothing is brought nearer by a stopped topic."""
    known = replace(session_of("suggest"), profile=visited(PERMIT).dismiss(ItemId("/moving/checklist")))
    assert [row[0] for row in ordered(known)["near"]] == ["/parking/permit", "/parking/rules"]
    stopped = Told().about("parking", Stance.STOP, catalogue=BUNDLE.catalogue)
    assert ordered(replace(known, told=stopped))["near"] == []


def test_no_order_without_a_page_looked_at_and_none_by_sensitive_ones() -> None:
    """The model is not even asked; another language has its own items."""
    for profile in (Profile(), visited(HERE), visited(GRIEF)):
        session = replace(session_of("suggest"), profile=profile)
        assert ordered(session) == {"lang": "en", "near": [], "still": ["/grief/first-days"]}
    assert ordered(replace(session_of("suggest"), profile=visited(PERMIT)), lang="ar")["near"] == []


def test_pages_ask_by_a_path_and_name_no_word() -> None:
    """What else a page says is not read: a search has nowhere to put what was typed."""
    message = {"item": "/search?q=grief#x", "lang": "en", "topics": ["bins", 7], "query": "grief"}
    assert event_of("near", message, at_ms=7) == OrderAsked(ItemId("/search"), "en", 7)
    assert event_of("help", message, at_ms=7) == HelpAsked(ItemId("/search"), "en", ("bins", "7"), 7)


def goals(session: Session, *, lang: str = "en") -> list[str]:
    """What a help page says that this visit may be after."""
    return [item for item, *_ in answered(session, HelpAsked(HERE, lang, TOPICS, NOW_MS))["goals"]]


def test_help_names_what_a_visit_may_be_after() -> None:
    """What can be done and was not looked at in this visit, by the model's scores; in the page's language."""
    known = replace(session_of("suggest"), profile=visited(PARKING, HOME))
    assert goals(known) == ["/parking/permit", "/bins/missed", "/bins/new"]
    assert PERMIT not in goals(replace(known, profile=visited(PERMIT, PARKING)))
    assert not {"/parking/permit", "/bins/missed", "/bins/new"} & set(goals(known, lang="ar"))


def test_help_guesses_nothing_from_another_visit_a_sensitive_page_or_what_was_refused() -> None:
    """Nor from no page at all: the model is not asked."""
    known = session_of("suggest")
    later = SESSION_GAP_MS + MINUTE_MS
    past = visited(PARKING, HOME)
    past = replace(past, visits=tuple(replace(each, at_ms=each.at_ms - later) for each in past.visits))
    for profile in (Profile(), visited(HERE), visited(GRIEF), past):
        _, effects = replace(known, profile=profile).receive(HelpAsked(HERE, "en", TOPICS, NOW_MS))
        assert shown(effects)["goals"] == []
    refused = replace(known, profile=visited(PARKING, HOME).dismiss(PERMIT))
    assert PERMIT not in goals(refused)
    stopped = Told().about("parking", Stance.STOP, catalogue=BUNDLE.catalogue)
    assert PERMIT not in goals(replace(known, profile=visited(PARKING, HOME), told=stopped))
