"""What a file of everything brings from another device: read as if a stranger had written it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_client.flows.answers import Answers, give
from edge_client.flows.saving import save
from edge_client.flows.tables import compile_flow
from edge_client.reminders.due import Kept
from edge_client.reminders.keeping import print_kept, read_kept
from edge_client.wire.condition import Unit
from edge_client.wire.flow_reading import read_flow
from edge_client.wire.reminders import After, Reminder, Since
from tests.support import node_twin

ROOT = Path(__file__).resolve().parent.parent.parent
TODAY = date(2026, 11, 22)
NOW_MS = int(datetime(2026, 11, 22, 18, tzinfo=UTC).timestamp() * 1000)
FLOWS = json.loads((ROOT / "demo/agency/flows.json").read_text(encoding="utf-8"))["flows"]
(WRITTEN,) = (each for each in FLOWS if each["name"] == "business-licences")
FLOW = read_flow(WRITTEN, "flow")
NAME = "nearside.flow.business-licences"
DRAFT = "nearside.draft.business-licences"
PERMIT = "nearside.reminder.permit"
Row = dict[str, Any]


def saved(days: int = 30, *, shop: bool = False) -> Any:
    """Saved answers, as JSON, and so many days left."""
    tables = compile_flow(FLOW, today=TODAY)
    answers = give(tables, Answers(), "trade", ("children",))
    if shop:
        answers = give(tables, answers, "place", "shop")
    return json.loads(save(FLOW, answers, until=TODAY + timedelta(days=days)).to_bytes())


def reminder(*, anchor: date = TODAY) -> Any:
    """A kept reminder, as JSON."""
    permit = Reminder(
        "permit",
        ("en",),
        {"en": "Renew your permit"},
        {"en": "/parking/permit"},
        After(1, Unit.YEARS, Since.NAMED, {"en": "When did it start?"}, repeats=False),
        leads=(30, 7, 0),
        late=14,
    )
    return json.loads(print_kept(Kept(permit, "America/Chicago", anchor=anchor)))


def local(key: str, value: Any) -> Row:
    return {"where": "local", "key": key, "json": value}


def file(*rows: Any, **more: Any) -> str:
    """The file, with these values."""
    return json.dumps({"v": 1, "kind": "nearside-download", "site": "riverton", "kept": list(rows), **more})


def read(*files: str, kept: dict[str, str] | None = None) -> list[Any]:
    """What arrives of each file on a device that keeps something; nothing is ever polluted by it."""
    return answered([[text, kept or {}] for text in files])


def taken_in(text: str, kept: dict[str, str], *, room: int) -> Any:
    """Whether each value of a file is kept, and what is, where so many characters have room."""
    (told,) = answered([[text, kept, room]])
    return told


def answered(files: list[list[Any]]) -> list[Any]:
    """What pages answer of each file."""
    case = {"today": TODAY.toordinal(), "now": NOW_MS, "files": files}
    found = node_twin.played("arriving.mjs", case)
    assert not found["polluted"]
    told: list[Any] = found["told"]
    return told


def keys(told: Any) -> list[str]:
    return [each["key"] for each in told["arriving"]]


def test_saved_answers_and_reminders_arrive_byte_for_byte() -> None:
    """With their last days, and whether something is there already; what is there alike arrives no more."""
    text = file(local(NAME, saved()), local(PERMIT, reminder()))
    (first,) = read(text)
    assert keys(first) == [NAME, PERMIT]
    answers, permit = first["arriving"]
    assert json.loads(answers["text"]) == saved()
    assert answers["text"].encode() == json.dumps(saved(), separators=(",", ":"), sort_keys=True).encode()
    assert print_kept(read_kept(permit["text"].encode())).decode() == permit["text"]
    assert (answers["until"], answers["replaces"]) == ((TODAY + timedelta(days=30)).toordinal(), False)
    assert permit["title"] == {"en": "Renew your permit"}
    (again,) = read(text, kept={NAME: answers["text"], PERMIT: "another"})
    assert [(each["key"], each["replaces"]) for each in again["arriving"]] == [(PERMIT, True)]


def test_what_was_kept_as_it_was_given_is_newer() -> None:
    """Of both the draft arrives, as answers taken in by a press are kept; a draft here is replaced too."""
    (told,) = read(file(local(DRAFT, saved(shop=True)), local(NAME, saved())), kept={DRAFT: "older"})
    (answers,) = told["arriving"]
    assert (answers["key"], answers["replaces"]) == (NAME, True)
    assert json.loads(answers["text"]) == saved(shop=True)


def test_what_finds_no_room_destroys_nothing() -> None:
    """What would be replaced stays to the byte, answers and draft and reminder; with room all of it goes."""
    (saved_text, kept_text) = (
        each["text"] for each in read(file(local(NAME, saved()), local(PERMIT, reminder())))[0]["arriving"]
    )
    old = {NAME: "old answers", DRAFT: "old draft", PERMIT: "old reminder"}
    text = file(local(NAME, saved()), local(PERMIT, reminder()))
    refused = taken_in(text, dict(old), room=60)
    assert (refused["put"], refused["kept"]) == ([False, False], old)
    taken = taken_in(text, dict(old), room=100_000)
    assert (taken["put"], taken["kept"][PERMIT]) == ([True, True], kept_text)
    # Answers lie there sealed, and say what they said.
    assert (set(taken["kept"]), taken["texts"]) == ({NAME, PERMIT}, {NAME: saved_text})
    assert "children" not in taken["kept"][NAME]


def test_nothing_else_of_the_file_is_taken() -> None:
    """No choice, no visit, no place, nothing that lies elsewhere, and no name that only begins so."""
    others = ("choice", "place", "plan", "vault", "untold", "flow", "reminder")
    rows = [local(f"nearside.{name}", saved()) for name in others]
    rows += [{**local(NAME, saved()), "where": where} for where in ("session", "database", "cache", None)]
    (told,) = read(file(*rows, local("other.flow.x", saved()), None, 7, "text", []))
    assert told == {"arriving": [], "refused": 0}


BAD = {
    "over": local(NAME, saved(-1)),
    "kept for longer than any": local(NAME, saved(31)),
    "of another name": local("nearside.flow.other", saved()),
    "a name with a path": local("nearside.flow.../x", {**saved(), "flow": "../x"}),
    "a field more": local(NAME, {**saved(), "more": 1}),
    "a field less": local(NAME, {name: value for name, value in saved().items() if name != "skipped"}),
    "a digest that is none": local(NAME, {**saved(), "answers": [["trade", "<b>", ["children"]]]}),
    "no rows": local(NAME, {**saved(), "answers": 7}),
    "a number with a point": local(NAME, {**saved(), "answers": [["trade", "0" * 16, 1.5]]}),
    "no object": local(NAME, []),
    "text": {"where": "local", "key": NAME, "text": "x"},
    "a day that is none": local(NAME, {**saved(), "until": "2026-13-01"}),
    "a reminder that is over": local(PERMIT, reminder(anchor=date(2020, 1, 1))),
    "a reminder of another name": local("nearside.reminder.other", reminder()),
    "a reminder elsewhere": local(
        PERMIT,
        {**reminder(), "reminder": {**reminder()["reminder"], "page": {"en": "https://elsewhere.example/"}}},
    ),
    "a reminder of two slashes": local(
        PERMIT, {**reminder(), "reminder": {**reminder()["reminder"], "page": {"en": "//elsewhere.example/"}}}
    ),
    "a reminder with another end": local(PERMIT, {**reminder(), "until": "2999-01-01"}),
}


@pytest.mark.parametrize("row", BAD.values(), ids=BAD)
def test_a_value_that_is_not_of_its_format_is_refused(row: Row) -> None:
    """It alone: what stands beside it arrives."""
    good = local(PERMIT, reminder()) if NAME in str(row["key"]) else local(NAME, saved())
    (told,) = read(file(row, good))
    assert (keys(told), told["refused"]) == ([good["key"]], 1)


def test_what_is_no_such_file_is_refused_whole() -> None:
    """Of another site, kind or version, of no JSON, or too large; and its names reach no object's own."""
    good = local(NAME, saved())
    told = read(
        file(good, site="smallville"),
        file(good, kind="other"),
        file(good, v=2),
        file(good, kept={"length": 1}),
        "{",
        "null",
        "[]",
        file(*[good] * 5_001),
        " " * (4 * 1024 * 1024) + file(good),
        file(good).replace("{", '{"__proto__": {"polluted": 1}, ', 1),
    )
    assert told[:-1] == ["Malformed"] * 9
    assert keys(told[-1]) == [NAME]
