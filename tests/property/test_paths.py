"""Scrubbing holds for any path, wherever in it and however encoded something was typed."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from edge_client.wire.paths import scrub_path

SEGMENT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="/?#"), max_size=12)
WORDS = st.lists(st.sampled_from(["tax", "y", "age", "apply-for", "Über", "c1"]), max_size=3)
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


def written(day: date) -> list[str]:
    """A date as people write it."""
    name = MONTHS[day.month - 1]
    return [
        day.isoformat(),
        f"{day.day}-{day.month}-{day.year}",
        f"{day.month}.{day.day}.{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year % 100:02}",
        f"{day.year}{day.month:02}{day.day:02}",
        f"{day.day:02}{day.month:02}{day.year}",
        f"{day.day} {name} {day.year}",
        f"{day.day}-{name[:3]}-{day.year}",
        f"{name}-{day.day}-{day.year}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.day}/{day.month:02}/{day.year}",
    ]


DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31)).flatmap(lambda day: st.sampled_from(written(day)))
EMAILS = st.from_regex(r"[a-z][a-z0-9.+_-]{0,10}@[a-z]{1,8}\.(?:org|example|co\.uk)", fullmatch=True)
UK = st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", fullmatch=True)
ZIP = st.from_regex(r"[0-9]{5}(?:-[0-9]{4})?", fullmatch=True)
IDS = st.from_regex(r"[0-9]{5,20}|[0-9a-f]{16,40}|[A-Z]{2}[0-9]{6}[A-D]", fullmatch=True)


def encoded(text: str, times: int) -> str:
    """`text` percent-encoded that many times, slashes too from the first time on."""
    for _ in range(times):
        text = quote(text, safe="")
    return text


def place(before: list[str], typed: str, after: list[str]) -> str:
    """A path with `typed` as one of its segments."""
    return "/" + "/".join([*before, typed, *after])


@given(st.lists(SEGMENT, max_size=5).map("/".join) | st.text(max_size=60))
def test_scrubbing_twice_is_scrubbing_once(raw: str) -> None:
    """Device and server may both scrub: the page stays the same page."""
    once = scrub_path(raw)
    assert once == scrub_path(once)
    assert once.startswith("/")
    assert once.isascii()


@given(st.text(alphabet="%0123456789abcdefABCDEF@-./u :", max_size=40))
def test_scrubbing_twice_is_scrubbing_once_among_escapes(raw: str) -> None:
    """Half and double escapes do not come alive in a second pass."""
    assert scrub_path(raw) == scrub_path(scrub_path(raw))


@given(WORDS, DATES, WORDS, st.integers(0, 3))
def test_no_typed_date_survives(before: list[str], typed: str, after: list[str], times: int) -> None:
    """A date as a segment of its own leaves nothing but the fact that there was one."""
    scrubbed = scrub_path(place(before, encoded(typed, times), after))
    assert ":date" in scrubbed
    assert re.search(r"\d{2}", scrubbed.replace("%C3%9C", "")) is None


@given(WORDS, EMAILS, WORDS, st.integers(0, 3))
def test_no_email_survives(before: list[str], typed: str, after: list[str], times: int) -> None:
    """Neither the address nor its local part is left."""
    scrubbed = scrub_path(place(before, encoded(typed, times), after))
    assert "@" not in scrubbed
    assert scrubbed == scrub_path(place(before, ":email", after))


@given(WORDS, UK | ZIP, WORDS, st.integers(0, 3))
def test_no_postcode_survives(before: list[str], typed: str, after: list[str], times: int) -> None:
    """A postcode of either country becomes the same word."""
    scrubbed = scrub_path(place(before, encoded(typed, times), after))
    assert scrubbed in {scrub_path(place(before, mark, after)) for mark in (":postcode", ":id")}


@given(WORDS, IDS, WORDS, st.integers(0, 3))
def test_no_long_id_survives(before: list[str], typed: str, after: list[str], times: int) -> None:
    """A number of someone's is gone whole, with the letters that belong to it."""
    scrubbed = scrub_path(place(before, encoded(typed, times), after))
    assert scrubbed in {scrub_path(place(before, mark, after)) for mark in (":id", ":postcode", ":date")}


@given(SEGMENT, SEGMENT)
def test_an_iso_date_is_found_inside_a_segment(before: str, after: str) -> None:
    """A date glued into a longer segment is found by its digits."""
    day = "1980-02-29"
    assert day not in scrub_path(f"/{before}-{day}-{after}")
