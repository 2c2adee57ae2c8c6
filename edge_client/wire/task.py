"""A measurement task: everything that a device is asked to contribute, on one public page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.contribution import NOTHING, is_task_id

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SITE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PURPOSES: Final = frozenset({"learn", "measure"})

MOST_TASKS: Final = 64
"""The longest list of tasks that a bundle may hold."""


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
    def from_value(cls, value: Json) -> Self:
        """Read a task from a JSON value. Raises `Malformed`."""
        fields = Fields(value, "task")
        fields.whole("v", low=1, high=1)
        task = cls(
            task_id=fields.text("id"),
            kind=TaskKind(fields.text("kind", pattern="|".join(TaskKind))),
            site=fields.text("site"),
            pages_hash=fields.text("pages_hash"),
            pages=fields.whole("pages"),
            pairs_per_week=fields.whole("pairs_per_week"),
            k=fields.whole("k"),
            epsilon_milli=fields.whole("epsilon_milli"),
            delta_exp=fields.whole("delta_exp"),
            purpose=fields.text("purpose"),
            sentence=fields.text("sentence"),
        )
        fields.done()
        return task

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Parse canonical JSON. Raises `Malformed` unless it prints back byte for byte."""
        return cls.from_value(canonical.decode(data))


def parse_tasks(data: bytes) -> tuple[MeasurementTask, ...]:
    """Parse `tasks.json`: `{"v":1,"tasks":[...]}` with ids sorted and unique. Raises `Malformed`."""
    fields = Fields(canonical.decode(data), "tasks")
    fields.whole("v", low=1, high=1)
    tasks = tuple(MeasurementTask.from_value(item) for item in fields.rows("tasks", max_length=MOST_TASKS))
    fields.done()
    ids = [task.task_id for task in tasks]
    if ids != sorted(set(ids)):
        raise Malformed("tasks: ids are not sorted and unique")
    return tasks


def print_tasks(tasks: tuple[MeasurementTask, ...]) -> bytes:
    """Print `tasks.json`, sorted by id."""
    ordered = sorted(tasks, key=lambda task: task.task_id)
    return canonical.encode({"v": 1, "tasks": [task.to_value() for task in ordered]})
