"""The register of what leaves the device is true: of the messages' types, of the session's effects, and of
what the functions keep."""

from __future__ import annotations

import ast
import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.erasure import BODY_BYTES as ERASURE_BYTES
from consent_ledger.erasure import MAX_ENTRIES, EraseRecords, SubjectAuthority
from consent_ledger.purposes import Purpose, describe
from consent_ledger.record import ConsentRecord, Gpc, LegalBasis, Status
from edge_client import effects
from edge_client.events import ErasureAsked
from edge_client.wire.consent import BODY_BYTES, RecordConsent
from edge_client.wire.contribution import MAX_BODY_BYTES, NOTHING, Contribution
from edge_client.wire.register import (
    ALERTS,
    CONSENT_RECORD,
    DEVICE_PAGE,
    ERASURE,
    LOADER,
    LOG_DAYS,
    REGISTER,
    REGISTERS,
    REPORT,
    REPORT_ID_DAYS,
    RUNTIME,
    SUM_DAYS,
    THEME,
    Outgoing,
)
from lambdas.shared.measurement.periods import first_day, kept_until, sums_kept_until
from nearside.local.template import load, walk
from tests.support.city import SITE, City
from tests.support.pair import Pair
from tests.support.registered import matching

ROOT = Path(__file__).resolve().parent.parent.parent
HOUR_MS = 60 * 60 * 1000

digests = st.binary(min_size=32, max_size=32)
records = st.builds(
    ConsentRecord,
    record_id=st.uuids(version=4).map(str),
    subject_key=digests,
    controller=st.from_regex(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?", fullmatch=True),
    purpose=st.sampled_from(Purpose),
    status=st.sampled_from([Status.GIVEN, Status.REFUSED]),
    gpc=st.sampled_from([Gpc.ABSENT, Gpc.PRESENT]),
    legal_basis=st.sampled_from(LegalBasis),
    notice_hash=digests,
    notice_version=st.integers(1, 2**53 - 1),
    notice_language=st.from_regex(r"[a-z]{2}", fullmatch=True),
    event_at=st.integers(0, 253402300799),
    previous=st.none() | digests,
)
pairs = st.tuples(st.integers(0, NOTHING - 1), st.integers(0, NOTHING - 1)).filter(
    lambda pair: pair[0] != pair[1]
)
tasks = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True)
report_ids = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)


def names(message: Outgoing) -> list[str]:
    return sorted(field.name for field in message.fields)


@given(record=records, salt=digests, signature=st.binary(min_size=64, max_size=64))
def test_a_consent_record_is_what_the_register_says(
    record: ConsentRecord, salt: bytes, signature: bytes
) -> None:
    """Any choice about any purpose has the registered fields, and the registered number of bytes."""
    body = RecordConsent(record, salt, signature).to_bytes()
    assert len(body) == CONSENT_RECORD.size.of() == BODY_BYTES
    value: dict[str, Any] = json.loads(body)
    inner = [f"record/{name}" for name in value.pop("record")]
    assert names(CONSENT_RECORD) == sorted([*value, *inner])


@given(task=tasks, report_id=report_ids, pair=pairs)
def test_a_report_is_what_the_register_says(task: str, report_id: str, pair: tuple[int, int]) -> None:
    """Any report has the registered fields and the registered number of bytes, and so does one that says
    nothing."""
    some = Contribution(task, "2026-W47", report_id, *pair)
    nothing = Contribution.nothing(task, period="2026-W47", report_id=report_id)
    for body in (some.to_bytes(), nothing.to_bytes()):
        assert len(body) == REPORT.size.of(task) <= MAX_BODY_BYTES
        assert names(REPORT) == sorted(json.loads(body))


@given(
    entries=st.sets(digests, min_size=1, max_size=MAX_ENTRIES),
    key=digests,
    signature=st.binary(min_size=64, max_size=64),
)
def test_a_request_for_erasure_is_what_the_register_says(
    entries: set[bytes], key: bytes, signature: bytes
) -> None:
    """However many entries a device names: the registered fields, and the registered number of bytes."""
    body = EraseRecords(tuple(sorted(entries)), SubjectAuthority(key, signature)).to_bytes()
    assert len(body) == ERASURE.size.of() == ERASURE_BYTES
    assert names(ERASURE) == sorted(json.loads(body))


def test_every_request_of_a_device_is_in_the_register(tmp_path: Path) -> None:
    """A device that says yes, reads, reports, says no again and has its records erased sends nothing that is
    not registered, and everything that is, except what pages and worker fetch before Python runs."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def live() -> None:
        await pair.open()
        await pair.choose("suggest", "learn")
        await pair.view("/bins/new", "/parking/permit", "/parking/rules")
        pair.host.at_ms += 8 * 24 * HOUR_MS
        await pair.view(*["/", "/bins/missed"] * 10, gap_ms=8 * HOUR_MS)
        await pair.choose()
        await pair.device.feed(ErasureAsked())

    asyncio.run(live())
    found = [(request, matching(request)) for request in pair.host.wire]
    assert [request.path for request, entries in found if len(entries) != 1] == []
    task = city.files().tasks[0].task_id
    assert all(len(request.body) == entry.size.of(task) for request, (entry,) in found)
    assert {entry.name for _, (entry,) in found} == {
        message.name
        for message in REGISTER
        if message not in (LOADER, THEME, DEVICE_PAGE, REGISTERS, RUNTIME, ALERTS)
    }
    assert SITE in task


def test_without_the_purpose_its_message_is_not_sent(tmp_path: Path) -> None:
    """Each message that needs consent stays away when every other purpose is allowed and its own is not."""
    for message in REGISTER:
        if message.purpose is None:
            continue
        city = City(tmp_path)
        city.publish()
        pair = Pair(city)

        async def live(pair: Pair = pair, without: str = message.purpose) -> None:
            await pair.open()
            await pair.choose(*({"suggest", "learn"} - {without}))
            pair.host.at_ms += 8 * 24 * HOUR_MS
            await pair.view(*["/", "/bins/missed"] * 10, gap_ms=8 * HOUR_MS)

        asyncio.run(live())
        assert not any(message in matching(request) for request in pair.host.wire)
        assert describe(Purpose(message.purpose)).leaves_device


def test_the_effects_that_leave_are_the_registers() -> None:
    """Following every effect of `Device._perform` to the host finds that exactly the registered ones send;
    what is for this device's own storage is handed to a module that can do nothing else."""
    registered = {message.effect for message in REGISTER} - {None}
    tree = ast.parse((ROOT / "edge_client/device.py").read_text(encoding="utf-8"))
    (device,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Device")
    methods = {
        node.name: node for node in device.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    def reaches_network(node: ast.AST, seen: frozenset[str]) -> bool:
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Attribute)):
            if call.attr in {"post", "fetch_proof", "fetch_public"}:
                return True
            follow = call.attr in methods and call.attr not in seen | {"feed", "_perform"}
            if follow and reaches_network(methods[call.attr], seen | {call.attr}):
                return True
        return False

    (match,) = (node for node in ast.walk(methods["_perform"]) if isinstance(node, ast.Match))
    cases = {
        case.pattern.cls.id: any(reaches_network(part, frozenset()) for part in case.body)
        for case in match.cases
        if isinstance(case.pattern, ast.MatchClass) and isinstance(case.pattern.cls, ast.Name)
    }
    storing = {effect.__name__ for effect in get_args(effects.Storing)}
    assert storing.isdisjoint(registered)
    assert set(cases) | storing == {effect.__name__ for effect in get_args(effects.Effect)}
    keeping = ast.parse((ROOT / "edge_client/keeping.py").read_text(encoding="utf-8"))
    functions = (node for node in keeping.body if isinstance(node, ast.AsyncFunctionDef))
    (store,) = (node for node in functions if node.name == "store")
    asked = {call.attr for call in ast.walk(store) if isinstance(call, ast.Attribute)} - {"to_bytes"}
    assert asked == {"save", "erase"}
    assert {name for name, leaves in cases.items() if leaves} == registered
    documented = {
        effect.__name__
        for effect in get_args(effects.Effect)
        if "leaves the device" in (effect.__doc__ or "")
    }
    assert documented == registered


def test_reports_are_kept_as_long_as_the_register_says() -> None:
    """The server forgets a report's id, and its sums, the registered number of days after its week."""
    week_ends_at = datetime.combine(first_day("2026-W48"), datetime.min.time(), UTC)
    assert kept_until("2026-W47") == int((week_ends_at + timedelta(days=REPORT_ID_DAYS)).timestamp())
    assert sums_kept_until("2026-W47") == int((week_ends_at + timedelta(days=SUM_DAYS)).timestamp())


def test_logs_are_kept_as_long_as_the_register_says() -> None:
    """The template's retention of function logs is the registered one."""
    assert load(ROOT / "template.yaml").parameters["LogRetentionDays"]["Default"] == LOG_DAYS


def test_the_api_takes_what_is_registered() -> None:
    """Every registered message that is not a public file has a route, and the one other that asks for no
    token says nothing."""
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for resource in walk(load(ROOT / "template.yaml"))
        for event in resource.properties.get("Events", {}).values()
        if event["Type"] == "HttpApi" and not event["Properties"].get("Auth", {}).get("AuthorizationScopes")
    }
    registered = {(message.method, message.path) for message in REGISTER}
    assert {route for route in registered if not route[1].startswith("/nearside/")} < routes
    assert routes - registered == {("GET", "/health")}


@pytest.mark.parametrize("message", REGISTER, ids=lambda message: message.name)
def test_no_entry_is_left_blank(message: Outgoing) -> None:
    """Every message says when it is sent and what is learnt, and whatever has a body names its fields."""
    assert message.sent.endswith(".")
    assert message.learnt.endswith(".")
    assert bool(message.size.fixed) == (message.method == "POST")
    assert message.method == "GET" or message.fields
    assert message.effect is None or message.kept
    assert len({field.name for field in message.fields}) == len(message.fields)
