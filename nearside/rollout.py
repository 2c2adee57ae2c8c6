"""Brings the live bundle to what was decided: a model on trial, a model gone live, or what was before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import CANARY_NAMES, Canary
from edge_client.wire.notice import Notices
from edge_client.wire.task import parse_tasks
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.rollout import Rollout, approvers_of, check_author
from lambdas.shared.learning.statement import SignedStatement, Step
from nearside.publishing import BundleFiles, Shelf


@dataclass(frozen=True, slots=True)
class Learning:
    """All that was proposed and decided for a site, every signature verified; proposals by SHA-256 in hex.

    `set_aside` are the hashes of statements that neither the log nor a key in force vouches for.
    """

    proposals: Mapping[str, Proposal]
    judged: Mapping[str, SignedStatement]
    rollout: Rollout
    set_aside: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        proposals: Iterable[Proposal],
        statements: Iterable[SignedStatement],
        *,
        is_logged: Callable[[ModelLeaf], bool],
        approvers: Iterable[VerifierKey],
    ) -> Learning:
        """Put together what the log holds, and what those who may decide now have said since.

        `is_logged` says whether the log holds a leaf, `approvers` are the deployment's. A statement that
        neither vouches for is set aside: whoever can write to the store alone changes nothing and stops
        nothing. Raises `Untrue` or `Refused` for one that the log holds and that does not hold itself, and
        `Untrue` for two judgements of one proposal.
        """
        known = {proposal.digest.hex(): proposal for proposal in proposals}
        in_force = tuple(approvers)
        held: list[SignedStatement] = []
        aside: list[str] = []
        for signed in statements:
            is_public = signed.said.proposal is not None and is_logged(signed.leaf)
            proposal = known.get(signed.said.proposal or "")
            try:
                _check_statement(signed, proposal, in_force=None if is_public else in_force)
                if proposal is not None and not is_logged(proposal.leaf):
                    raise Untrue("statement: about a proposal that the log does not hold")
            except (Untrue, Refused):
                if is_public:
                    raise
                aside.append(signed.digest.hex())
            else:
                held.append(signed)
        judged: dict[str, SignedStatement] = {}
        for signed in held:
            name = signed.said.proposal or ""
            is_judgement = signed.said.step in {Step.APPROVED, Step.REJECTED}
            if is_judgement and judged.setdefault(name, signed).digest != signed.digest:
                raise Untrue("statement: two judgements of one proposal")
        return cls(known, judged, Rollout.of(held), tuple(aside))

    def named(self, prefix: str) -> Proposal:
        """The one proposal whose SHA-256 begins so. Raises `Refused` for none, or more."""
        found = [proposal for name, proposal in self.proposals.items() if name.startswith(prefix)]
        if len(found) != 1:
            raise Refused("proposal: none is named so" if not found else "proposal: several begin so")
        return found[0]


def _check_statement(
    signed: SignedStatement, proposal: Proposal | None, *, in_force: tuple[VerifierKey, ...] | None
) -> None:
    """Raise `Untrue` or `Refused` unless somebody made it who could; `in_force` is None for whenever."""
    if proposal is None:
        raise Untrue("statement: about a proposal that is not here")
    now = proposal.approvers if in_force is None else in_force
    author, claims = signed.by(approvers_of(proposal, now))
    verify_claims(claims)
    check_author(signed.said, author, proposal=proposal)


def read_files(shelf: Shelf, bundle: PublishedBundle) -> BundleFiles:
    """Read the files of a bundle back. Raises `Untrue` when one is missing or is another."""
    manifest = bundle.manifest
    files = {
        name: _public(shelf, manifest.site, digest=entry.sha256) for name, entry in manifest.files.items()
    }
    return BundleFiles(
        site=manifest.site,
        by_name=files,
        notices=Notices.parse(files["notices.json"]),
        tasks=parse_tasks(files["tasks.json"]),
        canary=manifest.canary,
    )


def wanted(
    live: BundleFiles,
    learning: Learning,
    *,
    shelf: Shelf,
    file: Callable[[str], bytes],
    approvers: Iterable[VerifierKey],
) -> BundleFiles | None:
    """Return the files that the last step asks for, None when they are live; `file` reads a proposed one.

    Nothing but the model and its card changes, and only by the word of one of `approvers`, the deployment's:
    a proposal's own list of keys moves nothing, not even from within the log. Raises `Refused` where
    something else went live since the proposal was made, for a model that was not approved, for a step that
    could not follow those before it, and for one by a key that is out of force.
    """
    last = learning.rollout.last
    if last is None:
        return None
    proposal = learning.proposals[last.proposal or ""]
    if last.step is not Step.ROLLED_BACK:
        # Stopping a model needs no approval of it: whatever else is wrong, this still works.
        judged = learning.judged.get(last.proposal or "")
        if judged is None or judged.said.step is not Step.APPROVED:
            raise Refused("rollout: this model was not approved")
        Rollout(learning.rollout.steps[:-1]).check(last)
    plain = {name: data for name, data in live.by_name.items() if name not in CANARY_NAMES}
    is_taken = _digest(plain["model.onnx"]) == proposal.model.sha256
    if last.step is not Step.ROLLED_BACK:
        _check_compared(plain, proposal, is_taken=is_taken and last.step is Step.LIVE)
        # A model that is stopped is not needed for that, were it missing or another.
        proposed = {"model.json": file(proposal.card.sha256), "model.onnx": file(proposal.model.sha256)}
    else:
        proposed = {}
    after = replace(live, by_name=plain, canary=None)
    if last.share_milli is not None:
        trial = {"canary.json": proposed["model.json"], "canary.onnx": proposed["model.onnx"]}
        canary = Canary(last.share_milli, last.proposal or "")
        after = replace(after, by_name={**plain, **trial}, canary=canary)
    elif last.step is Step.LIVE:
        after = replace(after, by_name={**plain, **proposed})
    elif is_taken:
        before = {
            "model.json": _public(shelf, live.site, digest=proposal.live.card),
            "model.onnx": _public(shelf, live.site, digest=proposal.live.model),
        }
        after = replace(after, by_name={**plain, **before})
    if (after.by_name, after.canary) == (dict(live.by_name), live.canary):
        return None
    try:
        _check_statement(learning.rollout.steps[-1], proposal, in_force=tuple(approvers))
    except Untrue as error:
        raise Refused("rollout: nobody who may decide now took the last step") from error
    return after


def _check_compared(files: Mapping[str, bytes], proposal: Proposal, *, is_taken: bool) -> None:
    """Raise `Refused` unless the model, catalogue and rules that are live are those it was compared under."""
    same = {"catalogue.json": proposal.live.catalogue, "rules.json": proposal.live.rules}
    if not is_taken:
        same |= {"model.onnx": proposal.live.model, "model.json": proposal.live.card}
    changed = [name for name, digest in same.items() if _digest(files[name]) != digest]
    if changed:
        raise Refused(f"rollout: {changed[0]} is not the one that the proposal was made for")


def _public(shelf: Shelf, site: str, *, digest: str) -> bytes:
    data = shelf.read(f"nearside/{site}/files/{digest}")
    if data is None or _digest(data) != digest:
        raise Untrue("bundle: a file that it names is missing or is another")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
