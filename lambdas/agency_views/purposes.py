"""Purposes: what people are asked for, in which words, since when, and what rests on it.

What leaves a device under a purpose, and how long it is kept, is the register that its own page is printed
from (`edge_client/wire/register.py`); the words are those of the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.purposes import Purpose, describe
from edge_client.wire.manifest import Manifest
from edge_client.wire.notice import Notice
from edge_client.wire.register import REGISTER
from edge_client.wire.task import MeasurementTask

FURTHEST_BACK: Final = 50
"""How many bundles are looked through for when the words began."""


def register_of(
    notices: Mapping[str, Json], *, rests: Mapping[str, Mapping[str, list[str]]], keep_days: int | None
) -> list[Json]:
    """Return every purpose that the notices ask for, by name; `notices` are by language, `rests` by purpose.

    `keep_days` is what the rules say about how long a device keeps what it suggests by; a description says
    the most. Raises `Malformed` for notices that are none.
    """
    asked: dict[str, dict[str, Any]] = {}
    for lang, value in sorted(notices.items()):
        notice = Notice.from_value(value)
        for entry in (*_rows(value, "purposes"), *_rows(value, "later")):
            name = str(entry["purpose"])
            found = asked.setdefault(name, {"at_once": name in notice.purposes, "words": []})
            found["words"].append(
                {
                    "lang": lang,
                    "version": notice.version,
                    "title": str(entry.get("title", "")),
                    "text": str(entry.get("text", "")),
                    "notice": notice.sha256,
                }
            )
    return [_purpose(name, asked[name], rests.get(name, {}), keep_days) for name in sorted(asked)]


def resting(
    *, rules: Mapping[str, Any], flows: list[str], tasks: tuple[MeasurementTask, ...]
) -> dict[str, dict[str, list[str]]]:
    """Return what rests on each purpose, by kind: names of rules, slots, questions, flows and tasks."""
    found: dict[str, dict[str, list[str]]] = {
        Purpose.SUGGEST.value: {
            "rules": _names(rules, "rules", "name"),
            "slots": _names(rules, "slots", "slot"),
            "questions": _names(rules, "questions", "name"),
        },
        Purpose.REMEMBER.value: {"flows": sorted(flows)},
    }
    for task in tasks:
        found.setdefault(task.purpose, {}).setdefault("tasks", []).append(task.task_id)
    return found


def since(manifest: Manifest, document: Callable[[bytes], bytes | None]) -> int:
    """Return since when devices have these notices, in Unix seconds: the first bundle in a row that has them.

    `document` returns what is served beside the log. At most `FURTHEST_BACK` bundles are looked through, so
    that words which are older still are said to be as old as the last of those.
    """
    words, first = manifest.files["notices.json"].sha256, manifest
    for _ in range(FURTHEST_BACK):
        raw = None if first.previous is None else document(bytes.fromhex(first.previous))
        if raw is None:
            break
        before = Manifest.parse(raw.decode())
        if before.site != manifest.site or before.files["notices.json"].sha256 != words:
            break
        first = before
    return first.not_before


def _purpose(
    name: str, asked: Mapping[str, Any], rests: Mapping[str, list[str]], keep_days: int | None
) -> Json:
    told = describe(Purpose(name))
    collectors: list[Json] = [
        {
            "name": message.name,
            "path": message.path,
            "kept": [{"what": kept.what, "until": kept.lasts} for kept in message.kept],
        }
        for message in REGISTER
        if message.purpose == name
    ]
    return {
        "purpose": name,
        "asked": "at-once" if asked["at_once"] else "where-used",
        "words": [*asked["words"]],
        "leaves_device": told.leaves_device,
        "kept_for": told.duration,
        "keep_days": keep_days if name == Purpose.SUGGEST.value else None,
        "rests": {kind: [*names] for kind, names in sorted(rests.items()) if names},
        "collectors": collectors,
    }


def _rows(value: Json, name: str) -> list[dict[str, Any]]:
    rows = value.get(name, []) if isinstance(value, dict) else []
    if not isinstance(rows, list):
        raise Malformed(f"notice: {name} is not a list")
    return [row for row in rows if isinstance(row, dict)]


def _names(rules: Mapping[str, Any], field: str, by: str) -> list[str]:
    rows = rules.get(field, [])
    return sorted(str(row[by]) for row in rows) if isinstance(rows, list) else []


def names_of(flows: bytes) -> list[str]:
    """Return the names of flows, of their file."""
    rows = canonical.decode_object(flows)["flows"]
    return [str(row["name"]) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
