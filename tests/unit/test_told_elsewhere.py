"""Another tool that asks for consent: its no counts here, its yes never does."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.node_twin import played

SUGGEST = ["suggest"]
FLAG = "nearside.elsewhere"
ALL_YES = {"essential": True, "settings": True, "usage": True, "campaigns": True}
ALL_NO = {"essential": True, "settings": False, "usage": False, "campaigns": False}


def after(
    *steps: object, given: list[str] | None = None, kept: dict[str, str] | None = None
) -> list[list[Any]]:
    """What is given, how often the banner was asked for, and what is kept, after each step."""
    case = {"cookies": [], "told": [], "steps": steps, "kept": kept or {}, "given": given}
    rows: list[list[Any]] = played("told_elsewhere.mjs", case)["after"]
    return rows


def policy(allowed: object, *, chosen: str = "true", more: str = "") -> str:
    """The cookies of a service of GOV.UK."""
    return f"{more}cookies_policy={quote(json.dumps(allowed))}; cookies_preferences_set={chosen}"


def test_a_yes_elsewhere_gives_nothing() -> None:
    """Whatever another tool was told, and however often: our own question is all that follows."""
    rows = after("yes", "yes", None, "yes", "no", "yes")
    assert [row[0] for row in rows] == [None] * 6
    assert [row[1] for row in rows] == [1, 1, 1, 1, 1, 2]


def test_a_no_elsewhere_ends_a_yes_here_and_is_never_asked_over() -> None:
    """What was given before goes; nobody is asked, on this page or on the next."""
    assert after("no", "no", given=SUGGEST) == [[[], 0, {}], [[], 0, {}]]
    assert after("no", None) == [[None, 0, {}], [None, 0, {}]]


def test_a_yes_that_is_said_here_beside_a_standing_no_counts() -> None:
    """It is later and in our own words; the next pages go by it. Another no, after the first was taken back,
    ends it."""
    (_, (given, asked, kept)) = after("no", SUGGEST)
    assert (given, asked, list(kept)) == (SUGGEST, 0, [FLAG])
    assert after("no", given=SUGGEST, kept={FLAG: "1"}) == [[SUGGEST, 0, {FLAG: "1"}]]
    rows = after("yes", "no", given=SUGGEST, kept={FLAG: "1"})
    assert rows == [[SUGGEST, 1, {}], [[], 1, {}]]


def test_what_is_kept_of_it_goes_with_the_yes_and_counts_for_no_earlier_one() -> None:
    """A choice that is older than what is kept was made before the no."""
    rows = after("no", SUGGEST, [], given=None)
    assert rows[-1] == [[], 0, {}]
    assert after("no", given=SUGGEST, kept={FLAG: "900"})[0][0] == []


@pytest.mark.parametrize(
    ("text", "counting", "said"),
    [
        (policy(ALL_YES), [], "yes"),
        (policy(ALL_NO), [], "no"),
        (policy({**ALL_YES, "campaigns": False}), [], "no"),
        (policy({**ALL_YES, "campaigns": False}), ["usage", "settings"], "yes"),
        (policy({**ALL_YES, "usage": False}), ["usage", "settings"], "no"),
        (policy(ALL_YES, chosen="false"), [], None),
        (f"cookies_policy={quote(json.dumps(ALL_NO))}", [], None),  # what a page sets before anybody chose
        ("cookies_preferences_set=true", [], None),
        (policy(ALL_NO, more="a=b=c; "), [], "no"),
        ("cookies_policy=%E0%A4%A; cookies_preferences_set=true", [], None),
        (policy("no"), [], None),
        (policy([False]), [], None),
        (policy({"essential": False}), ["essential"], None),
        ("", [], None),
    ],
)
def test_the_cookies_of_govuk_are_read_as_its_services_write_them(
    text: str, counting: list[str], said: str | None
) -> None:
    """A no is one that somebody chose; what cannot be read was not said."""
    case = {"cookies": [[text, counting]], "told": [], "steps": [], "kept": {}, "given": None}
    assert played("told_elsewhere.mjs", case)["cookies"] == [said]


def test_what_an_event_tells_is_a_no_where_anything_of_it_is() -> None:
    """Its detail names purposes, or says one thing of all; of anything else nothing is taken."""
    told = [[False, []], [True, []], [{"ads": True, "usage": False}, []], [{"ads": False}, ["usage"]]]
    told += [[{"usage": "false"}, []], [None, []], [[False], []], ["no", []], [{"necessary": False}, []]]
    case = {"cookies": [], "told": told, "steps": [], "kept": {}, "given": None}
    assert played("told_elsewhere.mjs", case)["told"] == [
        "no",
        "yes",
        "no",
        None,
        None,
        None,
        None,
        None,
        None,
    ]
