"""Which models were live, by whose decision, and whether each step was allowed (question 10).

Formats: docs/formats/learning.md. The whole of them is read by code that stands above the ledger and is
unknown to it; so these readers take the fields that the question is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.auditing.answers import Evidence, Finding, Row
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import document, read_manifest
from consent_ledger.auditing.timeline import shown
from consent_ledger.claim import ClaimVerifier
from consent_ledger.documents import path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import MODEL_ROLLOUT, MODEL_STOPS, BudgetLeaf, BundleLeaf, ModelLeaf
from consent_ledger.note import Note, VerifierKey, is_by


@dataclass(frozen=True, slots=True)
class ProposalTerms:
    """What a proposal says: whose model, made from what, who may decide on it, and who asked."""

    site: str
    verdict: str
    model: str
    releases: tuple[str, ...]
    approvers: tuple[VerifierKey, ...]
    asked_by: VerifierKey | None

    @classmethod
    def parse(cls, data: bytes) -> ProposalTerms:
        """Read a proposal; raises `Malformed`."""
        match canonical.decode(data):
            case {
                "site": str(site),
                "verdict": str(verdict),
                "model": {"sha256": str(model)},
                "trained_on": list(trained_on),
                "held_out": list(held_out),
                "approvers": list(approvers),
                "asked_by": str() | None as asked_by,
            }:
                keys = tuple(VerifierKey.parse(str(key)) for key in approvers)
                asker = None if asked_by is None else VerifierKey.parse(asked_by)
                releases = tuple(str(each) for each in (*trained_on, *held_out))
                return cls(site, verdict, model, releases, keys, asker)
            case _:
                raise Malformed("proposal: not the fields that an audit reads")


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """What a statement says, and the note that says it."""

    site: str
    step: str
    proposal: str
    after: str | None
    share_milli: int | None
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> StatementTerms:
        """Read a statement; raises `Malformed`."""
        note = Note.from_bytes(data)
        match canonical.decode(note.text.partition("\n")[2].removesuffix("\n").encode()):
            case {
                "site": str(site),
                "step": str(step),
                "proposal": str(proposal),
                "after": str() | None as after,
                "share_milli": int() | None as share_milli,
            }:
                return cls(site, step, proposal, after, share_milli, note)
            case _:
                raise Malformed("statement: not the fields that an audit reads")


def model_findings(study: Study) -> Iterator[Finding]:
    """Steps that nobody entitled to them took, or that follow nothing; and trials that no step began."""
    spent = {leaf.release_hash.hex() for _, leaf in study.facts.leaves(BudgetLeaf)}
    leaves = tuple(study.facts.leaves(ModelLeaf))
    approved: dict[tuple[str, bytes], bytes] = {}
    followed: dict[tuple[str, str | None], int] = {}
    rollouts = {
        (leaf.site, leaf.document_hash.hex()): index for index, leaf in leaves if leaf.step in MODEL_ROLLOUT
    }
    for index, leaf in leaves:
        proposal = _proposal(study, leaf.proposal_hash)
        if leaf.proposal_hash == leaf.document_hash:
            if proposal is not None and not spent >= set(proposal.releases):
                text = f"entry {index}: a model of releases that the log does not hold"
                yield Finding("model-release-not-logged", text, index)
            continue
        said = _statement(study, leaf.document_hash)
        evidence = (Evidence(path_of(leaf.document_hash), _reader(study, leaf.document_hash)),)
        author = None
        if said is not None and proposal is not None:
            author = _author(leaf, said, proposal, verify=study.verify)
        if said is None or author is None:
            is_served = document(study.material.read, leaf.document_hash) is not None
            text = "nobody who may decide on the model said so" if is_served else "who said so is not served"
            yield Finding("model-step-forged", f"entry {index}: {text}", index, evidence if is_served else ())
            continue
        if leaf.step == "approved":
            approved[leaf.site, leaf.proposal_hash] = author.public_key
        if leaf.step not in MODEL_ROLLOUT:
            continue
        # Leaves come in their order in the log: an approval that comes later approved nothing.
        is_stop = leaf.step in MODEL_STOPS
        approver = approved.get((leaf.site, leaf.proposal_hash))
        if not is_stop and approver is None:
            text = f"entry {index}: a model that was not approved"
            yield Finding("model-not-approved", text, index, evidence)
        if not is_stop and approver == author.public_key:
            # Keys are compared, not names: one person might hold the same key under two of them.
            text = f"entry {index}: one key approved a model and brought it to devices"
            yield Finding("model-decided-alone", text, index, evidence)
        before = -1 if said.after is None else rollouts.get((leaf.site, said.after))
        # A stop is not kept waiting for the log, which may put two entries of one moment in either order.
        is_early = before is None or (before > index and not is_stop)
        if followed.setdefault((leaf.site, said.after), index) != index or is_early:
            text = f"entry {index}: it does not follow the step before it"
            yield Finding("model-step-misplaced", text, index, evidence)
    yield from _trials(study, leaves)


def model_rows(study: Study, size: int, live: Mapping[str, tuple[int, BundleLeaf]]) -> Iterator[Row]:
    """What the live bundle of each site says about models, and the step of the log that it rests on."""
    steps = [(at, leaf) for at, leaf in study.facts.leaves(ModelLeaf) if at < size]
    for site, (index, bundle) in live.items():
        names = read_manifest(study.material.read, bundle.manifest_hash)
        if names is None:
            continue
        files = dict(names.files)
        trial = _canary(study, bundle)
        for role, step, file in (("live", "live", "model.onnx"), ("on trial", "canary", "canary.onnx")):
            digest = files.get(file)
            if digest is None:
                continue
            place, proposal = _step_of(study, steps, site, step=step, model=digest)
            said = f"{digest}, {'published by hand' if proposal is None else f'proposal {proposal}'}"
            if role == "on trial" and trial is not None:
                said += f", on {trial[0] / 10:g} % of devices"
            at = index if place is None else place
            yield "model", f"{site}: {role}", at, said, shown(study.timeline.by(at))
            if proposal is not None:
                yield from _approver_rows(study, site, at, bytes.fromhex(proposal))


def _approver_rows(study: Study, site: str, index: int, proposal: bytes) -> Iterator[Row]:
    """Who could decide, by the proposal's own word: the log holds no other list of them."""
    terms = _proposal(study, proposal)
    for key in () if terms is None else terms.approvers:
        said = f"{key}, by the proposal's own word: compare it with the keys that the agency names"
        yield "approver", f"{site}: {key.name}", index, said, shown(study.timeline.by(index))


def _trials(study: Study, leaves: tuple[tuple[int, ModelLeaf], ...]) -> Iterator[Finding]:
    begun = set()
    for _, leaf in leaves:
        said = _statement(study, leaf.document_hash) if leaf.step == "canary" else None
        if said is not None:
            begun.add((leaf.site, said.share_milli, said.proposal))
    for index, bundle in study.facts.leaves(BundleLeaf):
        trial = _canary(study, bundle)
        if trial is not None and (bundle.site, *trial) not in begun:
            text = f"entry {index}: a model is on trial, and no step in the log began that"
            yield Finding("trial-not-logged", text, index)


def _author(
    leaf: ModelLeaf, said: StatementTerms, proposal: ProposalTerms, *, verify: ClaimVerifier
) -> VerifierKey | None:
    """Who made the statement, if it is the leaf's and by somebody who could make it."""
    if (said.site, said.step, said.proposal) != (leaf.site, leaf.step, leaf.proposal_hash.hex()):
        return None
    if proposal.site != leaf.site or proposal.verdict != "proposed":
        return None
    asker = None if proposal.asked_by is None else proposal.asked_by.public_key
    able = [key for key in proposal.approvers if said.step in MODEL_STOPS or key.public_key != asker]
    # A statement has one author: with a second signature it would be by two who each could.
    signed = [key for key in able if [is_by(line, key) for line in said.note.signatures] == [True]]
    try:
        verify(said.note.claims(signed))
    except Untrue:
        return None
    return signed[0]


def _step_of(
    study: Study, steps: list[tuple[int, ModelLeaf]], site: str, *, step: str, model: str
) -> tuple[int | None, str | None]:
    for at, leaf in reversed(steps):
        if (leaf.site, leaf.step) == (site, step):
            proposal = _proposal(study, leaf.proposal_hash)
            if proposal is not None and proposal.model == model:
                return at, leaf.proposal_hash.hex()
    return None, None


def _canary(study: Study, bundle: BundleLeaf) -> tuple[int, str] | None:
    """Share and proposal of the model that a bundle puts on trial."""
    raw = document(study.material.read, bundle.manifest_hash)
    if raw is None:
        return None
    try:
        match canonical.decode(raw.partition(b"\n")[2].removesuffix(b"\n")):
            case {"canary": {"share_milli": int(share), "proposal": str(proposal)}}:
                return share, proposal
            case _:
                return None
    except Malformed:
        return None


def _proposal(study: Study, digest: bytes) -> ProposalTerms | None:
    raw = document(study.material.read, digest)
    try:
        return None if raw is None else ProposalTerms.parse(raw)
    except Malformed:
        return None


def _statement(study: Study, digest: bytes) -> StatementTerms | None:
    raw = document(study.material.read, digest)
    try:
        return None if raw is None else StatementTerms.parse(raw)
    except Malformed:
        return None


def _reader(study: Study, digest: bytes) -> Callable[[], bytes]:
    return lambda: document(study.material.read, digest) or b""
