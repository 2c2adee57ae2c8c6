"""Models: what was proposed, what the gate made of it, who decided what, and what devices have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Untrue
from consent_ledger.leaf import ModelLeaf
from consent_ledger.note import VerifierKey
from lambdas.agency_views.on_devices import OnDevices
from lambdas.agency_views.ports import Bundle, Learnt, Log
from lambdas.shared.learning.learning import Learning
from lambdas.shared.learning.proposal import Proposal, Verdict
from lambdas.shared.learning.statement import SignedStatement, Step

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the one site that is learnt for; `approvers` are the keys that may decide now.

    What the log does not hold is not shown: whoever can write to the bucket proposes nothing by that.
    `places` remembers where the log holds a leaf, which never changes.
    """

    site: str
    learnt: Learnt
    log: Log
    approvers: tuple[VerifierKey, ...]
    places: dict[bytes, int] = field(default_factory=dict)

    def all(self, bundle: Bundle) -> tuple[tuple[int, dict[str, Json]], ...]:
        """Return every model with its place in the log, the oldest first.

        Raises `Untrue` as `Learning` and `Bundle` do.
        """
        learning, placed = self._read()
        on_devices = OnDevices.of(bundle)
        shown = [
            (placed(proposal.leaf) or 0, _shown(name, proposal, learning, on_devices))
            for name, proposal in learning.proposals.items()
        ]
        return tuple(sorted(shown, key=lambda each: each[0]))

    def one(self, name: str, bundle: Bundle) -> dict[str, Json] | None:
        """Return a model with its card and the pages that it pushes, or None."""
        learning, placed = self._read()
        proposal = learning.proposals.get(name)
        if proposal is None:
            return None
        pushed: list[Json] = [
            {"page": push.page, "before": push.before, "after": push.after} for push in proposal.pushed
        ]
        card = canonical.decode_object(self.learnt.file(proposal.card.sha256))
        shown = _shown(name, proposal, learning, OnDevices.of(bundle))
        return {**shown, "place": placed(proposal.leaf), "pushed": pushed, "card": dict(card)}

    def _read(self) -> tuple[Learning, Callable[[ModelLeaf], int | None]]:
        proposals, statements = tuple(self.learnt.proposals()), tuple(self.learnt.statements())
        self._find(
            [each.leaf for each in proposals]
            + [each.leaf for each in statements if each.said.proposal is not None]
        )

        def placed(entry: ModelLeaf) -> int | None:
            return self.places.get(_key(entry))

        learning = Learning.of(
            proposals,
            statements,
            is_logged=lambda entry: placed(entry) is not None,
            approvers=self.approvers,
        )
        return learning, placed

    def _find(self, leaves: Iterable[ModelLeaf]) -> None:
        """Ask the log where it holds these, several at a time; what it holds once it holds for ever."""
        missing = [each for each in leaves if _key(each) not in self.places]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for entry, place in zip(missing, pool.map(self.log.place, missing), strict=True):
                if place is not None:
                    self.places[_key(entry)] = place


def _key(entry: ModelLeaf) -> bytes:
    return canonical.encode(entry.fields())


def _shown(name: str, proposal: Proposal, learning: Learning, on_devices: OnDevices) -> dict[str, Json]:
    checks: list[Json] = [
        {"name": check.name, "held": check.held, "figures": dict(check.figures)} for check in proposal.checks
    ]
    return {
        "id": name,
        "model": proposal.model.sha256,
        "bytes": proposal.model.size_bytes,
        "gate": proposal.verdict.value,
        "checks": checks,
        "state": _state(name, proposal, learning),
        "on_devices": on_devices.share_of(name, proposal),
        "replaces": proposal.live.model,
        "trained_on": [*proposal.trained_on],
        "held_out": [*proposal.held_out],
        "asked_by": None if proposal.asked_by is None else proposal.asked_by.name,
        "decisions": [*_decisions(name, proposal, learning)],
    }


def _state(name: str, proposal: Proposal, learning: Learning) -> str:
    """Where it stands by what people decided; what devices have follows when a bundle is brought to it."""
    rollout, judged = learning.rollout, learning.judged.get(name)
    if rollout.trial == name:
        return "on-trial"
    if rollout.live == name:
        return "live"
    if rollout.went(name, Step.ROLLED_BACK):
        return "rolled-back"
    if rollout.went(name, Step.LIVE):
        return "replaced"
    if judged is not None:
        return judged.said.step.value
    return "refused" if proposal.verdict is Verdict.REFUSED else "waiting"


def _decisions(name: str, proposal: Proposal, learning: Learning) -> list[Json]:
    judged = learning.judged.get(name)
    steps = [signed for signed in learning.rollout.steps if signed.said.proposal == name]
    return [
        {
            "step": signed.said.step.value,
            "by": _author(signed, proposal),
            "share_milli": signed.said.share_milli,
            "document": signed.digest.hex(),
        }
        for signed in ([judged] if judged else []) + steps
    ]


def _author(signed: SignedStatement, proposal: Proposal) -> str:
    """The name of the key that signed it; "" for a step that keeps its place and was signed by none."""
    try:
        author, _ = signed.by(proposal.approvers)
    except Untrue:
        return ""
    return author.name
