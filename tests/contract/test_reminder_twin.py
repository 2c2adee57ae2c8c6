"""The reminders' twin in JavaScript says, keeps and prints exactly what the engine in Python does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.reminders.calendar_file import Entry, calendar_file, decision_id
from edge_client.reminders.days import day_of
from edge_client.reminders.due import (
    Kept,
    begin,
    counts_alike,
    done,
    due,
    last_day,
    next_day,
    put_off,
    redeclared,
)  # fmt: skip
from edge_client.reminders.keeping import print_kept, read_kept
from edge_client.wire.reminders import Deadline, Reminder, Reminders, print_reminder, read_reminder
from tests.support.node_twin import Twin, in_javascript
from tests.support.reminders import (
    LANGUAGES,
    SCRIPT,
    ZONES,
    anchors,
    kept_ones,
    reminder_of,
    reminders,
)  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent.parent
REDECLARED = json.loads((ROOT / "tests/vectors/reminders/redeclared.json").read_text("utf-8"))["vectors"]


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    """The engine in JavaScript."""
    with in_javascript(SCRIPT) as run:
        yield run


@st.composite
def moves(draw: st.DrawFn, kept: Kept) -> list[list[str]]:
    """Days near those of the reminder, in order, and what is done on them."""
    first = day_of(kept.reminder, kept.anchor, 0)
    near = st.integers(-40, 40).map(lambda days: first + timedelta(days=days))
    far = st.integers(-400, 4000).map(lambda days: first + timedelta(days=days))
    days = draw(st.lists(near | far, min_size=1, max_size=6).map(sorted))
    acts = st.sampled_from(("look", "later", "done"))
    return [[day.isoformat(), draw(acts)] for day in days]


def in_python(kept: Kept, made: list[list[str]]) -> Any:
    """Run one case here."""
    states = []
    left: Kept | None = kept
    for text, act in made:
        today = date.fromisoformat(text)
        assert left is not None
        said = due(left, today)
        states.append(said and [said.name, said.day.isoformat(), said.again and said.again.isoformat()])
        left = {"look": lambda each, _: each, "later": put_off, "done": done}[act](left, today)
        if left is None:
            return {"states": states, "kept": None}
    assert left is not None
    return {"states": states, "kept": print_kept(left).decode(), "last": last_day(left).isoformat()}


@given(data=st.data(), kept=kept_ones())
def test_both_say_the_same_on_every_day(data: st.DataObject, kept: Kept, twin: Twin) -> None:
    """What is said, what is kept after each answer, and until when, are the same in both."""
    made = data.draw(moves(kept))
    case = {"what": "reckon", "kept": print_kept(kept).decode(), "moves": made}
    assert twin(case) == in_python(kept, made)


@given(kept=kept_ones(), off=st.integers(-100, 30_000))
def test_both_begin_with_the_same_day(kept: Kept, off: int, twin: Twin) -> None:
    """However long ago the day was that somebody names: the first of its days that is not over."""
    today = kept.anchor + timedelta(days=off)
    begun = begin(kept.reminder, kept.zone, kept.anchor, today=today)
    told = twin({"what": "first", "kept": print_kept(kept).decode(), "today": today.isoformat()})
    assert told == (None if begun is None else print_kept(begun).decode())
    if begun is not None:
        late = timedelta(days=kept.reminder.late)
        assert next_day(begun, today) == day_of(kept.reminder, kept.anchor, begun.period)
        assert day_of(kept.reminder, kept.anchor, begun.period) + late >= today
        before = begun.period - 1
        assert before < 0 or day_of(kept.reminder, kept.anchor, before) + late < today


def told_anew(kept: Kept, reminder: Reminder, today: date) -> str | None:
    """What is kept once the site declares another reminder under its name; `ask` where nobody can say."""
    if not counts_alike(kept.reminder.when, reminder.when):
        return "ask"
    left = redeclared(kept, reminder, "UTC", today=today)
    return None if left is None else print_kept(left).decode()


def case_of(kept: Kept, reminder: Reminder, today: date) -> dict[str, Any]:
    """The same question for the twin."""
    return {
        "what": "declared",
        "kept": print_kept(kept).decode(),
        "reminder": print_reminder(reminder),
        "zone": "UTC",
        "today": today.isoformat(),
    }


def with_when(when: Any) -> Reminder:
    """A reminder with these days, as a site declares it."""
    plain = print_reminder(reminder_of(Deadline(date(2027, 1, 31))))
    return read_reminder({**plain, "when": when}, "reminder")


@pytest.mark.parametrize("vector", REDECLARED, ids=lambda vector: vector["why"])
def test_a_reminder_that_is_declared_anew_keeps_its_meaning(vector: dict[str, Any], twin: Twin) -> None:
    """Of other days none was done; what they are counted from is asked for where nobody has said it yet."""
    of = vector["kept"]
    kept = Kept(with_when(of["when"]), "UTC", date.fromisoformat(of["anchor"]), of["period"], put_off=1)
    reminder, today = with_when(vector["declared"]), date.fromisoformat(vector["today"])
    told = told_anew(kept, reminder, today)
    assert twin(case_of(kept, reminder, today)) == told
    if isinstance(vector["then"], str):
        assert told == {"ask": "ask", "over": None}[vector["then"]]
    else:
        assert told is not None
        left = read_kept(told.encode())
        assert (left.anchor, left.period, left.put_off) == (kept.anchor, vector["then"]["period"], 0)
        assert next_day(left, today) == date.fromisoformat(vector["then"]["day"])


@given(kept=kept_ones(), period=st.integers(0, 5), reminder=reminders(), put=st.integers(0, 4), today=anchors)
def test_both_take_over_what_is_declared_anew(
    kept: Kept, period: int, reminder: Reminder, put: int, today: date, twin: Twin
) -> None:
    """Whatever it was before: the same is left in both, or both ask."""
    before = replace(kept, period=period if kept.reminder.repeats else 0, put_off=put)
    assert twin(case_of(before, reminder, today)) == told_anew(before, reminder, today)


def test_nothing_is_counted_from_a_day_that_means_something_else() -> None:
    """Whoever did not ask first is told so."""
    kept = Kept(with_when(REDECLARED[-1]["kept"]["when"]), "UTC", date(2024, 5, 1))
    with pytest.raises(ValueError, match="something else"):
        redeclared(kept, with_when(REDECLARED[-1]["declared"]), "UTC", today=date(2026, 2, 10))


NOTES = ("", "Nearside decision 3f2a; look it up, in your settings.", "قرار Nearside رقم 3f2a\n")


@given(
    kept=kept_ones(), lang=st.sampled_from(LANGUAGES), off=st.integers(-500, 500), note=st.sampled_from(NOTES)
)
def test_both_make_the_same_calendar_file(kept: Kept, lang: str, off: int, note: str, twin: Twin) -> None:
    """Byte for byte, in both languages, from whichever of its days on; and call the decision the same."""
    today = day_of(kept.reminder, kept.anchor, 0) + timedelta(days=off)
    case = {
        "what": "file",
        "kept": print_kept(kept).decode(),
        "today": today.isoformat(),
        "lang": lang,
        "origin": "https://smallville.example",
        "note": note,
    }
    day = next_day(kept, today)
    if day is None:
        assert twin(case) is None
    else:
        period = 0 if day_of(kept.reminder, kept.anchor, 0) == day else 1
        entry = Entry(kept, period, lang, "https://smallville.example", made=today, note=note)
        name = decision_id(kept, "https://smallville.example")
        assert twin(case) == [calendar_file(entry).decode(), name]


@given(
    zone=st.sampled_from(ZONES),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)),  # noqa: DTZ001 - made UTC below
)
def test_a_day_begins_by_the_clock_of_the_site(zone: str, at: datetime, twin: Twin) -> None:
    """Also where clocks change, where half an hour counts, and where a day was left out (Apia, 2011)."""
    moment = at.replace(tzinfo=UTC)
    now = round(moment.timestamp() * 1000)
    told = twin({"what": "day", "zone": zone, "now": now})
    assert told == datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).date().isoformat()


def broken(value: Any, path: tuple[Any, ...], instead: Any) -> Any:
    """The same JSON with one place changed; `...` takes it out."""
    value = copy.deepcopy(value)
    place = value
    for step in path[:-1]:
        place = place[step]
    if instead is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = instead
    return value


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in some JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for step, each in inner:
        found += places(each, (*path, step))
    return found


STRANGE = st.sampled_from(
    (
        ...,
        None,
        True,
        -1,
        0,
        29,
        31,
        10**6,
        "",
        " ",
        "x",
        "en",
        "2026-02-29",
        "//evil.example",
        "/\\evil",
        "/x y",
        [],
        {},
    )
)


@settings(max_examples=300)
@given(data=st.data(), made=st.lists(reminders(), max_size=1), zone=st.sampled_from((*ZONES, "a/b/c/d", "")))
def test_both_refuse_the_same_files(data: st.DataObject, made: list[Any], zone: str, twin: Twin) -> None:
    """A file with one place changed is taken by both, or by neither."""
    value = json.loads(Reminders("UTC", tuple(made)).to_bytes())
    value["zone"] = zone
    where = data.draw(st.sampled_from(places(value)))
    raw = canonical.encode(broken(value, where, data.draw(STRANGE)))
    try:
        Reminders.parse(raw)
        taken = True
    except Malformed:
        taken = False
    assert twin({"what": "accepts", "raw": raw.decode()}) is taken
