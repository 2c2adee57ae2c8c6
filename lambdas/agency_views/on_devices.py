"""Which model devices have: the one that is live, or the one that it was made from for other pages."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.errors import Malformed
from lambdas.agency_views.ports import Bundle
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.publishing.trained_model import Card


@dataclass(frozen=True, slots=True)
class OnDevices:
    """What a bundle has of models: the proposal on trial, "" for none, and model and card that all have.

    `source` is what these were made from for other pages, as which they count; all SHA-256 in hex, None where
    there is none.
    """

    trial: str
    live: tuple[str, str] | None
    source: tuple[str, str] | None

    @classmethod
    def of(cls, bundle: Bundle) -> OnDevices:
        """Read it. Raises `Untrue` as `Bundle` does."""
        manifest = bundle.manifest()
        if manifest is None:
            return cls("", None, None)
        card = manifest.files["model.json"].sha256
        try:
            made_from = Card.parse(bundle.file(card)).made_from
        except Malformed:
            made_from = None
        return cls(
            trial="" if manifest.canary is None else manifest.canary.proposal,
            live=(manifest.files["model.onnx"].sha256, card),
            source=None if made_from is None else (made_from.model, made_from.card),
        )

    def share_of(self, name: str, proposal: Proposal) -> str:
        """Say whether all devices have a proposed model, a share of them, or none."""
        if self.trial == name:
            return "some"
        theirs = proposal.model.sha256, proposal.card.sha256
        return "all" if theirs in (self.live, self.source) else "none"
