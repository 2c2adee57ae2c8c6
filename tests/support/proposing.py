"""A site in memory that proposes: its bundle, its releases, its log, and a learner that counts its calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from consent_ledger import canonical
from consent_ledger.leaf import BudgetLeaf, ModelLeaf
from consent_ledger.note import Signer
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.propose_model.service import Candidate, ProposeModelService, Question
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.proposal import Check
from lambdas.shared.learning.statement import SignedStatement, Statement, Step, sign_statement
from tests.support.city import catalogue, rules
from tests.support.learning import PEOPLE, SITE

PAGES = catalogue().pages
TASK = "smallville-moves"
GOOD = (Check("beats-live", held=True, figures={"low": 1}),)


def release_of(week: str, **changes: object) -> bytes:
    """A week's release of the city."""
    fields = {
        "site": SITE,
        "source": Source.CONTRIBUTIONS,
        "period": Period(week, week),
        "privacy": Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6),
        "bound": Bound(Unit.DEVICE_WEEK, 4),
        "pages": PAGES,
        **changes,
    }
    counts = {(PAGES[0], PAGES[1]): 900, (PAGES[0], PAGES[2]): 300}
    return Release.of(counts, **fields).to_bytes()  # type: ignore[arg-type]  # fields of a release by name


@dataclass
class Site:
    """A site in memory: its bundle, its releases, its log, and a learner that counts its calls."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "model.onnx": b"live",
            "model.json": canonical.encode({"releases": []}),
            "catalogue.json": catalogue().to_bytes(),
            "rules.json": rules(),
        }
    )
    found: dict[tuple[str, str], bytes] = field(default_factory=dict)
    paid: set[bytes] = field(default_factory=set)
    store: MemoryStore = field(default_factory=MemoryStore)
    logged: list[ModelLeaf] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    checks: tuple[Check, ...] = GOOD
    is_published: bool = True

    def add(self, week: str, *, is_logged: bool = True, task: str = TASK, data: bytes | None = None) -> str:
        """Put a week's release where releases lie, and its cost into the log; return its hash."""
        raw = release_of(week) if data is None else data
        self.found[task, week] = raw
        if is_logged:
            self.paid.add(hashlib.sha256(raw).digest())
        return hashlib.sha256(raw).hexdigest()

    def manifest(self) -> Manifest | None:
        entries = {
            name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in self.files.items()
        }
        whole = Manifest(SITE, 1, None, 0, 1, "0.1.0", "00" * 32, entries, {})
        return whole if self.is_published else None

    def file(self, sha256: str) -> bytes:
        return next(raw for raw in self.files.values() if hashlib.sha256(raw).hexdigest() == sha256)

    def names(self) -> Iterator[tuple[str, str]]:
        return iter(self.found)

    def read(self, task_id: str, period: str) -> bytes:
        return self.found[task_id, period]

    def learn(self, question: Question) -> Candidate:
        self.asked.append(question)
        return Candidate(b"candidate", b"card", self.checks)

    def holds(self, entry: BudgetLeaf | ModelLeaf) -> bool:
        if isinstance(entry, ModelLeaf):
            return entry in self.logged
        return entry.release_hash in self.paid and (entry.epsilon_milli, entry.delta_exp) == (1000, 6)

    def request(self, by: Signer) -> SignedStatement:
        """Somebody's request under what is live."""
        manifest = self.manifest()
        live = None if manifest is None else hashlib.sha256(manifest.to_bytes()).hexdigest()
        return sign_statement(Statement(SITE, Step.ASKED, after=live), by)

    @property
    def service(self) -> ProposeModelService:
        return ProposeModelService(
            site=SITE,
            bundle=self,
            releases=self,
            is_logged=self.holds,
            store=self.store,
            log=lambda entry, document: self.logged.append(entry),
            learn=self.learn,
            approvers=tuple(each.key for each in PEOPLE),
        )
