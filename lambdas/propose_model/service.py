"""From logged releases to a proposal: what is trained on, what is held out, what is written when."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from consent_ledger import canonical
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BudgetLeaf, ModelLeaf
from consent_ledger.note import VerifierKey
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.contribution import is_period, is_task_id
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.release import Release, Source
from lambdas.shared.learning.ports import StepLog, Store
from lambdas.shared.learning.proposal import MOST_RELEASES, Check, LiveFiles, Proposal, Push
from lambdas.shared.learning.statement import SignedStatement, Step

_INPUTS: Final = b"nearside/v1/model-inputs\n"


class Bundle(Protocol):
    """What the site has published."""

    def manifest(self) -> Manifest | None:
        """Return what is live, or None before the first bundle."""

    def file(self, sha256: str) -> bytes:
        """Return a file of the bundle, checked against its hash."""


class Releases(Protocol):
    """Where releases lie."""

    def names(self) -> Iterator[tuple[str, str]]:
        """Task and period of each."""

    def read(self, task_id: str, period: str) -> bytes:
        """Return a release's bytes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model, its card, what the gate made of it, and the pages that it pushes."""

    onnx: bytes
    card: bytes
    checks: tuple[Check, ...]
    pushed: tuple[Push, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a learner is given: releases to train on, those to judge by, the pages, and the live model."""

    trained_on: tuple[Release, ...]
    held_out: tuple[Release, ...]
    catalogue: Catalogue
    live: bytes


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of it: a proposal, or why there is none; `is_new` when this call made it."""

    proposal: Proposal | None
    why: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a proposal is made of and under: everything that is known before anything is trained."""

    site: str
    live: LiveFiles
    trained_on: tuple[str, ...]
    held_out: tuple[str, ...]
    approvers: tuple[VerifierKey, ...]

    @classmethod
    def of(cls, proposal: Proposal) -> _Terms:
        return cls(proposal.site, proposal.live, proposal.trained_on, proposal.held_out, proposal.approvers)

    def inputs(self, releases: Iterable[str]) -> str:
        """SHA-256 in hex of all of it, by which the store knows the proposal that comes of it."""
        named: list[canonical.Json] = [*releases]
        deciding: list[canonical.Json] = [str(key) for key in self.approvers]
        live = self.live
        said = canonical.encode(
            {
                "site": self.site,
                "live": [live.model, live.card, live.catalogue, live.rules],
                "releases": named,
                "approvers": deciding,
            }
        )
        return hashlib.sha256(_INPUTS + said).hexdigest()


@dataclass(frozen=True, slots=True)
class ProposeModelService:
    """Proposes for one site; `is_logged` says whether the public log holds a leaf."""

    site: str
    bundle: Bundle
    releases: Releases
    is_logged: Callable[[BudgetLeaf | ModelLeaf], bool]
    store: Store
    log: StepLog
    learn: Callable[[Question], Candidate | None]
    approvers: tuple[VerifierKey, ...]

    def propose(self, request: bytes | None = None) -> Proposed:
        """Train, judge and log, once for the same releases, live files and people who decide.

        `request` is a signed statement of somebody who asks; the schedule brings none. Files come first, the
        one conditional write that counts next, and the log last: stopped anywhere, the next call goes on.
        A proposal that lies in the store but not in the log is believed only if it is what comes out here.
        Raises `Malformed` or `Untrue` for a request, a bundle or a proposal that does not hold, `Refused`
        when there is nothing to learn from.
        """
        manifest = self.bundle.manifest()
        asked_by = None if request is None else self._asker(request, manifest)
        if manifest is None or not self.approvers:
            return Proposed(
                None, "no bundle is live" if manifest is None else "nobody is named who may decide"
            )
        live = LiveFiles(
            *(
                manifest.files[name].sha256
                for name in ("model.onnx", "model.json", "catalogue.json", "rules.json")
            )
        )
        found = self._logged()
        unseen = _unseen_period(found, self.bundle.file(live.card))
        held_out = [digest for digest, release in found.items() if release.period.end == unseen]
        trained_on = [digest for digest, release in found.items() if digest not in held_out]
        if unseen is None or not trained_on:
            return Proposed(None, "no week that the live model has not seen, or none before it")
        terms = _Terms(
            self.site, live, tuple(trained_on), tuple(held_out), tuple(sorted(self.approvers, key=str))
        )
        inputs = terms.inputs(found)
        standing = self.store.proposal_of(inputs)
        if standing is not None and self._stands(standing, terms):
            return Proposed(standing)
        mine = self._learn(terms, found, asked_by=asked_by)
        if mine is None:
            return Proposed(None, "not enough moves in the newest week to judge a model by")
        counts = self.store.propose(inputs, mine)
        if not self._stands(counts, terms):
            self._check_same(counts, mine)
        self.log(counts.leaf, counts.to_bytes())
        return Proposed(counts, is_new=standing is None)

    def _learn(
        self, terms: _Terms, found: Mapping[str, Release], *, asked_by: VerifierKey | None
    ) -> Proposal | None:
        made = self.learn(
            Question(
                tuple(found[digest] for digest in terms.trained_on),
                tuple(found[digest] for digest in terms.held_out),
                Catalogue.parse(self.bundle.file(terms.live.catalogue)),
                self.bundle.file(terms.live.model),
            )
        )
        if made is None:
            return None
        for data in (made.onnx, made.card):
            self.store.keep_file(data)
        return Proposal(
            site=terms.site,
            model=_entry(made.onnx),
            card=_entry(made.card),
            live=terms.live,
            trained_on=terms.trained_on,
            held_out=terms.held_out,
            checks=made.checks,
            pushed=made.pushed,
            approvers=terms.approvers,
            asked_by=asked_by,
        )

    def _stands(self, proposal: Proposal, terms: _Terms) -> bool:
        """Say whether the log holds a proposal: it was worked out here before it was logged.

        Raises `Untrue` for one that was made of something else, whether it is in the log or not.
        """
        if terms != _Terms.of(proposal):
            raise Untrue("proposal: what the store holds for these inputs was made of others")
        return self.is_logged(proposal.leaf)

    def _check_same(self, theirs: Proposal, mine: Proposal) -> None:
        """Raise `Untrue` for a proposal in the store that is not what was worked out here, but for who asked.

        Whoever writes to the store, and not to the log, would otherwise have anything proposed.
        """
        if replace(theirs, asked_by=mine.asked_by) != mine:
            raise Untrue("proposal: what the store holds for these inputs is not what comes of them")
        if theirs.asked_by is not None and theirs.asked_by not in self.approvers:
            raise Untrue("proposal: asked for by somebody who may not ask")

    def _logged(self) -> dict[str, Release]:
        """The newest releases of this site that the public log holds, by SHA-256 in hex, oldest first.

        A release that somebody put into the bucket is not in the log, and is not learnt from.
        """
        found: list[tuple[str, str, str, Release]] = []
        # The newest first, and as many as hold: what else lies there must not take a release's place.
        for task_id, period in sorted(self.releases.names(), key=lambda name: name[::-1], reverse=True):
            if len(found) == MOST_RELEASES:
                break
            if not (is_task_id(task_id) and is_period(period)):
                continue
            try:
                data = self.releases.read(task_id, period)
                release = Release.parse(data)
            except (Malformed, Untrue):
                continue
            digest, spent = hashlib.sha256(data), release.privacy
            entry = BudgetLeaf(task_id, period, spent.epsilon_milli, spent.delta_exp, digest.digest())
            is_ours = (release.site, release.source) == (self.site, Source.CONTRIBUTIONS)
            # Version 1 does not tell whether it keeps its promise, and nobody writes it any longer.
            is_ours = is_ours and release.version > 1
            if is_ours and release.period.end == period and self.is_logged(entry):
                found.append((period, task_id, digest.hexdigest(), release))
        return {digest: release for _, _, digest, release in sorted(found, key=lambda each: each[:3])}

    def _asker(self, request: bytes, manifest: Manifest | None) -> VerifierKey:
        """Who asks. A request names the bundle that is live: with the next one it is void."""
        signed = SignedStatement.from_bytes(request)
        if (signed.said.site, signed.said.step) != (self.site, Step.ASKED):
            raise Refused("statement: not a request for a model of this site")
        live = None if manifest is None else hashlib.sha256(manifest.to_bytes()).hexdigest()
        if signed.said.after != live:
            raise Refused("statement: a request made under another bundle than the live one")
        asker, claims = signed.by(self.approvers)
        verify_claims(claims)
        return asker


def _unseen_period(found: Mapping[str, Release], card: bytes) -> str | None:
    """The newest period of which the live model has seen no release, by what its card says."""
    match canonical.decode(card):
        case {"releases": list(rows)}:
            seen = {row["sha256"] for row in rows if isinstance(row, dict) and "sha256" in row}
        case _:
            seen = set()
    periods = {release.period.end for release in found.values() if release.period.end is not None}
    used = {release.period.end for digest, release in found.items() if digest in seen}
    return max(periods - used, default=None)


def _entry(data: bytes) -> FileEntry:
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data))
