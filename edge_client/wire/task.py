"""A measurement task: everything that a device is asked to contribute, on one public page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.contribution import NOTHING, is_task_id

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SITE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PURPOSES: Final = frozenset({"learn", "measure"})
_FIELDS: Final = {
    "v", "id", "kind", "site", "pages_hash", "pages", "pairs_per_week", "k", "epsilon_milli", "delta_exp",
    "purpose", "sentence",
}  # fmt: skip


class TaskKind(StrEnum):
    """What a contribution to the task holds."""

    PAGE_PAIRS = "page-pairs"


@dataclass(frozen=True, slots=True)
class MeasurementTask:
    """The whole configuration of a task, as published in a bundle and logged in the ledger.

    `pages` counts the pages of the list whose canonical JSON hashes to `pages_hash`; a device sends
    `pairs_per_week` contributions a week, real or empty; a release drops cells under `k`, carries
    noise of `epsilon_milli` / 1000 and 10^-`delta_exp`; `sentence` is what the citizen reads.
    """

    task_id: str
    kind: TaskKind
    site: str
    pages_hash: str
    pages: int
    pairs_per_week: int
    k: int
    epsilon_milli: int
    delta_exp: int
    purpose: str
    sentence: str

    def __post_init__(self) -> None:
        """Refuse a task that cannot be meant. Raises `Malformed`."""
        if not is_task_id(self.task_id) or not _SITE.fullmatch(self.site):
            raise Malformed("task: id or site is not lower case letters, digits and hyphens")
        if not _HASH.fullmatch(self.pages_hash):
            raise Malformed("task: pages_hash is not a SHA-256 hash")
        if not 1 <= self.pages < NOTHING:
            raise Malformed("task: page count out of range")
        if not 1 <= self.pairs_per_week <= 64:
            raise Malformed("task: pairs_per_week out of range")
        if not 2 <= self.k <= 1_000_000:
            raise Malformed("task: k out of range")
        if not 1 <= self.epsilon_milli <= 100_000 or not 1 <= self.delta_exp <= 30:
            raise Malformed("task: privacy parameters out of range")
        if self.purpose not in _PURPOSES:
            raise Malformed("task: unknown purpose")
        if not 1 <= len(self.sentence) <= 500:
            raise Malformed("task: sentence is empty or too long")

    def to_value(self) -> dict[str, object]:
        """Print the task as a JSON value, an element of `tasks.json`."""
        return {
            "v": 1,
            "id": self.task_id,
            "kind": self.kind.value,
            "site": self.site,
            "pages_hash": self.pages_hash,
            "pages": self.pages,
            "pairs_per_week": self.pairs_per_week,
            "k": self.k,
            "epsilon_milli": self.epsilon_milli,
            "delta_exp": self.delta_exp,
            "purpose": self.purpose,
            "sentence": self.sentence,
        }

    def to_bytes(self) -> bytes:
        """Print the task as canonical JSON; its SHA-256 is what a `task` leaf logs."""
        return canonical.encode(self.to_value())

    @classmethod
    def from_value(cls, value: object) -> Self:
        """Read a task from a JSON value. Raises `Malformed`."""
        if not isinstance(value, dict) or set(value) != _FIELDS:
            raise Malformed("task: not the fields of version 1")
        if value["v"] != 1 or isinstance(value["v"], bool):
            raise Malformed("task: unknown version")
        if value["kind"] not in {kind.value for kind in TaskKind}:
            raise Malformed("task: unknown kind")
        return cls(
            task_id=_text(value, "id"),
            kind=TaskKind(_text(value, "kind")),
            site=_text(value, "site"),
            pages_hash=_text(value, "pages_hash"),
            pages=_count(value, "pages"),
            pairs_per_week=_count(value, "pairs_per_week"),
            k=_count(value, "k"),
            epsilon_milli=_count(value, "epsilon_milli"),
            delta_exp=_count(value, "delta_exp"),
            purpose=_text(value, "purpose"),
            sentence=_text(value, "sentence"),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Parse canonical JSON. Raises `Malformed` unless it prints back byte for byte."""
        return cls.from_value(canonical.decode(data))


def parse_tasks(data: bytes) -> tuple[MeasurementTask, ...]:
    """Parse `tasks.json`: `{"v":1,"tasks":[...]}` with ids sorted and unique. Raises `Malformed`."""
    value = canonical.decode(data)
    if not isinstance(value, dict) or set(value) != {"v", "tasks"} or value["v"] != 1:
        raise Malformed("tasks: not version 1")
    if isinstance(value["v"], bool) or not isinstance(value["tasks"], list):
        raise Malformed("tasks: a field has the wrong type")
    tasks = tuple(MeasurementTask.from_value(item) for item in value["tasks"])
    ids = [task.task_id for task in tasks]
    if ids != sorted(set(ids)):
        raise Malformed("tasks: ids are not sorted and unique")
    return tasks


def print_tasks(tasks: tuple[MeasurementTask, ...]) -> bytes:
    """Print `tasks.json`, sorted by id."""
    ordered = sorted(tasks, key=lambda task: task.task_id)
    return canonical.encode({"v": 1, "tasks": [task.to_value() for task in ordered]})


def _text(value: dict[str, object], name: str) -> str:
    field = value[name]
    if not isinstance(field, str):
        raise Malformed(f"task: {name} is not text")
    return field


def _count(value: dict[str, object], name: str) -> int:
    field = value[name]
    if not isinstance(field, int) or isinstance(field, bool):
        raise Malformed(f"task: {name} is not an integer")
    return field
