"""Whoever writes to the bucket of releases, and the process that dies at any point.

One batch has one release, drawn once, and nothing else is ever logged as it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.budget import Budget
from edge_client.wire.candidates import Candidates
from edge_client.wire.contribution import Contribution
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.task import MeasurementTask, print_tasks
from lambdas.add_contribution.service import AddContributionService
from lambdas.make_release.chance import Chance, seeded
from lambdas.make_release.service import MakeReleaseService
from lambdas.shared.live_bundle import LiveBundle
from lambdas.shared.measurement.memory import MemoryBatches
from tests.support.measuring import (
    NOON,
    PAGES,
    TASK,
    WEEK,
    Bundle,
    MemoryBudgets,
    MemorySettled,
    Shelf,
    ample,
)

NAME = f"{TASK.task_id}/{WEEK}.json"
BATCH = (TASK.task_id, WEEK)


class Killed(BaseException):
    """What happens to a process that is not asked."""


@dataclass
class Place:
    """Everything that outlives a process, and what was seen of it: every set of bytes published or logged."""

    shelf: Shelf = field(default_factory=Shelf)
    settled: MemorySettled = field(default_factory=MemorySettled)
    budgets: MemoryBudgets = field(default_factory=MemoryBudgets)
    batches: MemoryBatches = field(default_factory=MemoryBatches)
    bundle: Bundle = field(default_factory=lambda: Bundle(TASK))
    leaves: set[BudgetLeaf] = field(default_factory=set)

    def __post_init__(self) -> None:
        adding = AddContributionService(self.bundle, self.batches, lambda: NOON)
        for _ in range(100):
            adding.add(Contribution(TASK.task_id, WEEK, secrets.token_hex(16), 0, 1))

    def service(self) -> MakeReleaseService:
        """A process of its own, with the noise that is deployed."""
        return MakeReleaseService(
            site=TASK.site,
            bundle=self.bundle,
            batches=self.batches,
            releases=self.shelf,
            settled=self.settled,
            log=lambda entry, data: self.leaves.add(entry),
            spending=ample(self.budgets),
            mechanism=Mechanism.DISCRETE_LAPLACE,
            below=lambda seed: Chance(seeded(seed)).below,
            now=lambda: NOON,
        )

    def charges(self) -> int:
        """How often the site's devices were charged."""
        row = self.budgets.read(TASK.site)
        return 0 if row is None else len(Budget.parse(row[0]).charges)


def foreign(**changes: object) -> bytes:
    """A well-formed release of the task's week that the function did not make, and without noise."""
    made = Release.of(
        {(PAGES[0], PAGES[1]): 900},
        site=TASK.site,
        source=Source.CONTRIBUTIONS,
        period=Period(WEEK, WEEK),
        privacy=Privacy(TASK.k),
        bound=Bound(Unit.DEVICE_WEEK, TASK.pairs_per_week),
        pages=PAGES,
    )
    return replace(made, **changes).to_bytes()  # type: ignore[arg-type]  # fields of a release by name


def test_what_lies_in_a_releases_place_beforehand_is_not_logged() -> None:
    """A release without noise under the right name: no leaf, no charge, and the sums wait."""
    place = Place()
    place.shelf.files[NAME] = foreign()
    with pytest.raises(Untrue, match="something else lies in its place"):
        place.service().release(*BATCH)
    assert (place.leaves, place.charges(), place.settled.rows) == (set(), 0, {})
    del place.shelf.files[NAME]
    assert Release.parse(place.service().release(*BATCH)).noise is not None


def test_a_release_that_was_replaced_gets_no_second_leaf() -> None:
    """The daily run after the replacement says so, and logs nothing."""
    place = Place()
    true = place.service().release(*BATCH)
    place.shelf.files[NAME] = foreign()
    with pytest.raises(Untrue, match="something else lies in its place"):
        place.service().release(*BATCH)
    assert {leaf.release_hash for leaf in place.leaves} == {hashlib.sha256(true).digest()}


def test_a_release_that_is_gone_is_never_drawn_anew() -> None:
    """Deleted after its leaf was logged, its sums destroyed: nothing comes in its place."""
    place = Place()
    place.service().release(*BATCH)
    place.shelf.files.clear()
    for _ in range(3):
        with pytest.raises(Refused, match="cannot be made again"):
            place.service().release(*BATCH)
    assert (place.shelf.files, len(place.leaves), place.charges()) == ({}, 1, 1)


def test_six_runs_under_one_charge_draw_one_noise() -> None:
    """Logging fails and the object is gone, six times: the same bytes each time, not six to average."""
    place = Place()

    def fails(entry: BudgetLeaf, data: bytes) -> None:
        raise ConnectionError

    seen = set()
    for _ in range(6):
        with pytest.raises(ConnectionError):
            replace(place.service(), log=fails).release(*BATCH)
        seen.add(place.shelf.files.pop(NAME))
    assert (len(seen), place.charges()) == (1, 1)
    assert place.service().release(*BATCH) in seen


def test_other_candidates_do_not_draw_another_release_of_the_same_sums() -> None:
    """The bundle changed between the attempt that died and the next: the first draw is the only one."""
    place = Place()

    def fails(entry: BudgetLeaf, data: bytes) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        replace(place.service(), log=fails).release(*BATCH)
    place.shelf.files.clear()
    place.bundle.public = Candidates.of([(0, 1)], pages=PAGES)
    with pytest.raises(Refused, match="cannot be made again"):
        place.service().release(*BATCH)
    assert place.shelf.files == {}


def dying(call: Callable[..., object], *, before: bool) -> Callable[..., object]:
    """The same call, in a process that dies just before or just after it took effect."""

    def dies(*args: object, **named: object) -> object:
        if not before:
            call(*args, **named)
        raise Killed

    return dies


POINTS = [
    ("batches", "close"), ("budgets", "write"), ("batches", "seed"), ("batches", "counts"),
    ("settled", "settle"), ("shelf", "write_once"), ("batches", "discard"),
]  # fmt: skip


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("holder", "method"), POINTS)
@pytest.mark.parametrize("gone", [False, True])
def test_a_death_at_any_point_loses_no_release_and_draws_none_twice(
    monkeypatch: pytest.MonkeyPatch, *, holder: str, method: str, before: bool, gone: bool
) -> None:
    """Killed before or after each write, what was published deleted or not: one charge, one set of bytes.

    Only where the sums were destroyed as well does a deleted release stay away.
    """
    place = Place()
    owner = type(getattr(place, holder))
    bound = getattr(owner, method)
    with monkeypatch.context() as patched:
        patched.setattr(owner, method, dying(bound, before=before))
        with pytest.raises(Killed):
            place.service().release(*BATCH)
    seen = {place.shelf.files[NAME]} if NAME in place.shelf.files else set()
    if gone:
        place.shelf.files.clear()
    if gone and (method, before) == ("discard", False):
        with pytest.raises(Refused, match="cannot be made again"):
            place.service().release(*BATCH)
    else:
        seen.add(place.service().release(*BATCH))
        assert place.batches.counts(*BATCH) == {}
    assert (len(seen), len(place.leaves), place.charges()) == (1, 1, 1)
    assert {leaf.release_hash for leaf in place.leaves} == {hashlib.sha256(each).digest() for each in seen}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"site": "elsewhere"}, "another site"),
        ({"source": Source.LOG}, "another site, source or week"),
        ({"period": Period("2026-W01", "2026-W01")}, "another site, source or week"),
        ({"pages": (*PAGES, "/zoo")}, "other pages"),
        ({"bound": Bound(Unit.VISITOR, 1)}, "another bound"),
        ({}, "less privacy"),
    ],
)
def test_bytes_with_a_written_hash_are_still_held_to_the_task(changes: dict[str, object], why: str) -> None:
    """Whoever writes the table and the bucket cannot have another task's release logged as this one's."""
    place, data = Place(), foreign(**changes)
    place.shelf.files[NAME] = data
    place.settled.rows[BATCH] = hashlib.sha256(data).digest()
    with pytest.raises(Untrue, match=why):
        place.service().release(*BATCH)
    assert place.leaves == set()


def test_a_week_without_a_batch_has_no_release() -> None:
    """Not next week, nor any other that nobody registered the task for: nothing is closed or charged."""
    place = Place()
    for week in ("2026-W48", "2019-W01"):
        with pytest.raises(Refused, match="no batch in that week"):
            place.service().release(TASK.task_id, week)
    assert (place.charges(), place.shelf.files) == (0, {})


def test_another_sites_task_spends_nothing() -> None:
    """A task names its site itself; the budget that is charged is the function's own."""
    place = Place()
    with pytest.raises(Untrue, match="another site's"):
        replace(place.service(), site="elsewhere").release(*BATCH)
    assert place.budgets.rows == {}


def test_sums_are_destroyed_on_schedule_whatever_lies_in_the_releases_place() -> None:
    """Who blocks a release does not keep exact sums alive."""
    place = Place()
    place.shelf.files[NAME] = foreign()
    late = replace(place.service(), now=lambda: NOON + timedelta(days=12))
    with pytest.raises(Refused, match="waited too long"):
        late.release(*BATCH)
    assert place.batches.counts(*BATCH) == {}


class Announcing(LiveBundle):
    """A site's bundle, signed already, that announces one task."""

    def __init__(self, task: MeasurementTask) -> None:
        super().__init__(None, "site", TASK.site, lambda: None)  # type: ignore[arg-type,return-value]  # neither is asked
        object.__setattr__(self, "text", print_tasks((task,)))

    def manifest(self) -> Manifest:
        entries = {name: FileEntry("0" * 64, 1) for name in ("catalogue.json", "tasks.json")}
        return Manifest(TASK.site, 1, None, 0, 1, "0.1.0", "00" * 32, entries, {})

    def file(self, sha256: str) -> bytes:
        return self.text  # type: ignore[attr-defined,no-any-return]  # set above, past the frozen class


def test_a_bundle_that_announces_another_sites_task_announces_nothing() -> None:
    """A task names its site itself: contributions to it would spend what is not this site's."""
    assert set(Announcing(TASK).tasks()) == {TASK.task_id}
    with pytest.raises(Untrue, match="another site's"):
        Announcing(replace(TASK, site="elsewhere")).tasks()
