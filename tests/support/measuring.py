"""A task, its week and its pages; a bundle that announces it, and a shelf for its releases."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock

from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.cost import Limit
from edge_client.wire.paths import ItemId
from edge_client.wire.task import MeasurementTask, TaskKind
from lambdas.make_release.spending import Spending
from lambdas.shared.measurement.ports import RegisteredTask

WEEK = "2026-W47"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
PAGES = tuple(ItemId(page) for page in ("/", "/bins", "/parking"))
TASK = MeasurementTask(
    task_id="city-moves-1",
    kind=TaskKind.PAGE_PAIRS,
    site="city",
    pages_hash=hash_pages(PAGES),
    pages=3,
    pairs_per_week=1,
    k=10,
    epsilon_milli=1000,
    delta_exp=6,
    purpose="learn",
    sentence="Each week this device adds one page pair, or nothing, to a count.",
)


class Bundle:
    """A bundle that announces `TASK`, with public candidates or without."""

    def __init__(self, *tasks: MeasurementTask, public: Candidates | None = None) -> None:
        self.public = public
        self.announced = {task.task_id: RegisteredTask(task, "1" * 64) for task in tasks}

    def tasks(self) -> dict[str, RegisteredTask]:
        return self.announced

    def pages(self, catalogue: str) -> tuple[ItemId, ...]:
        assert catalogue == "1" * 64
        return PAGES

    def candidates(self, pages_hash: str) -> Candidates | None:
        assert pages_hash == hash_pages(PAGES)
        return self.public


class Shelf:
    """Releases in memory, each written once."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def write_once(self, name: str, data: bytes) -> None:
        if name in self.files:
            raise FileExistsError(name)
        self.files[name] = data


class MemorySettled:
    """Which releases were made, in memory; one lock."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def digest(self, task_id: str, period: str) -> bytes | None:
        return self.rows.get((task_id, period))

    def settle(self, task_id: str, period: str, *, digest: bytes) -> bool:
        with self._lock:
            if (task_id, period) in self.rows:
                return False
            self.rows[task_id, period] = digest
            return True


class MemoryBudgets:
    """Budgets in memory, with revisions; one lock."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[bytes, int]] = {}
        self._lock = Lock()

    def read(self, population: str) -> tuple[bytes, int] | None:
        return self.rows.get(population)

    def write(self, population: str, data: bytes, *, after: int) -> bool:
        with self._lock:
            if self.rows.get(population, (b"", 0))[1] != after:
                return False
            self.rows[population] = (data, after + 1)
            return True


def ample(budgets: MemoryBudgets | None = None) -> Spending:
    """What the templates allow by default."""
    return Spending(budgets or MemoryBudgets(), Limit(14_000, 30_000, 91))
