"""The attacker who can write to the bucket of releases, and would have models learn otherwise, or never."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from consent_ledger import canonical, leaf
from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.propose_model.service import Candidate, ProposeModelService, Question
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.proposal import MOST_RELEASES, Check
from tests.support import proposing
from tests.support.city import catalogue, rules
from tests.support.learning import PEOPLE, SITE

TASK = "smallville-moves"
PAGES = catalogue().pages
WEEKS = ("2026-W09", "2026-W10", "2026-W11")
FILES = {
    "model.onnx": b"live",
    "model.json": canonical.encode({"releases": []}),
    "catalogue.json": catalogue().to_bytes(),
    "rules.json": rules(),
}


def release_of(week: str) -> bytes:
    """A week's release of the city."""
    return Release.of(
        {(PAGES[0], PAGES[1]): 900, (PAGES[0], PAGES[2]): 300},
        site=SITE,
        source=Source.CONTRIBUTIONS,
        period=Period(week, week),
        privacy=Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6),
        bound=Bound(Unit.DEVICE_WEEK, 4),
        pages=PAGES,
    ).to_bytes()


@dataclass
class Bucket:
    """Three weeks' releases that the log holds, and whatever else an attacker puts beside them."""

    found: dict[tuple[str, str], bytes] = field(
        default_factory=lambda: {(TASK, week): release_of(week) for week in WEEKS}
    )
    logged: frozenset[bytes] = frozenset(
        leaf.hash_of(BudgetLeaf(TASK, week, 1000, 6, hashlib.sha256(release_of(week)).digest()))
        for week in WEEKS
    )

    def names(self) -> Iterator[tuple[str, str]]:
        return iter(self.found)

    def read(self, task_id: str, period: str) -> bytes:
        return self.found[task_id, period]

    def manifest(self) -> Manifest:
        entries = {name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in FILES.items()}
        return Manifest(SITE, 1, None, 0, 1, "0.1.0", "00" * 32, entries, {})

    def file(self, sha256: str) -> bytes:
        return next(raw for raw in FILES.values() if hashlib.sha256(raw).hexdigest() == sha256)

    @staticmethod
    def learn(question: Question) -> Candidate:
        return Candidate(b"candidate", b"card", (Check("beats-live", held=True, figures={"low": 1}),))

    def learnt_from(self) -> set[str]:
        """The hashes of all releases that a proposal came of."""
        made = ProposeModelService(
            site=SITE,
            bundle=self,
            releases=self,
            is_logged=lambda entry: leaf.hash_of(entry) in self.logged,
            store=MemoryStore(),
            log=lambda entry, document: None,
            learn=self.learn,
            approvers=tuple(each.key for each in PEOPLE),
        ).propose()
        assert made.proposal is not None
        return {*made.proposal.trained_on, *made.proposal.held_out}


LOGGED = {hashlib.sha256(release_of(week)).hexdigest() for week in WEEKS}


@pytest.mark.parametrize(
    "name",
    [
        ("BAD NAME", WEEKS[0]),
        ("x" * 300, WEEKS[0]),
        (TASK, "2026-W99"),
        (TASK, "soon"),
        ("another", WEEKS[2]),
    ],
)
def test_a_release_under_a_name_that_the_log_does_not_know_is_passed_over(name: tuple[str, str]) -> None:
    """A copy of a true release under a name that nothing has stops nobody from learning."""
    bucket = Bucket()
    bucket.found[name] = release_of(WEEKS[0])
    assert bucket.learnt_from() == LOGGED


def test_a_crowd_of_false_releases_does_not_crowd_the_true_ones_out() -> None:
    """More of them than are ever learnt from, all newer than what the log holds."""
    bucket = Bucket()
    for number in range(MOST_RELEASES + 1):
        week = f"20{30 + number // 50}-W{1 + number % 50:02d}"
        bucket.found[TASK, week] = release_of(week)
    assert bucket.learnt_from() == LOGGED


def test_a_release_whose_promise_cannot_be_checked_is_not_learnt_from() -> None:
    """Version 1 does not say what its cells had to reach; logged or not, it teaches nothing."""
    site = proposing.Site()
    good = {site.add("2026-W09"), site.add("2026-W10")}
    fields = canonical.decode(proposing.release_of("2026-W11"))
    assert isinstance(fields, dict)
    first = {
        name: fields[name]
        for name in fields
        if name not in {"parts", "threshold", "candidates", "scale_milli"}
    }
    data = canonical.encode({**first, "v": 1})
    assert Release.parse(data).version == 1
    site.add("2026-W11", data=data)
    made = site.service.propose().proposal
    assert made is not None
    assert {*made.trained_on, *made.held_out} == good
