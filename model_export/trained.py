"""From releases to a model to publish: its file and its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.card import ModelCard, card_of
from model_export.choosing.sizing import Progress
from model_export.training import Settings, Trained, train

__all__ = ["Settings", "TrainedModel", "train_model"]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model file, its card, and the training that both came from."""

    onnx_bytes: bytes
    card: ModelCard
    trained: Trained

    @property
    def card_bytes(self) -> bytes:
        """The card as the bundle's `model.json`."""
        return self.card.to_bytes()


def train_model(
    release: Release | Sequence[Release],
    catalogue: Catalogue | None = None,
    *,
    settings: Settings | None = None,
    sequences: Sequence[Sequence[ItemId]] = (),
    renamed: Mapping[ItemId, ItemId] | None = None,
    progress: Progress | None = None,
) -> TrainedModel:
    """Train on one release or several, for the catalogue's pages or else for those that the releases name.

    `sequences` are sessions that no release counted; they only measure.
    `renamed` says which page of a release is which page of today; `progress` is called with a stage, and how
    far it is of how much.
    Raises Refused when there is nothing to learn from, releases and catalogue are of different sites, a
    release is given twice, or the file does not fit its budget.
    """
    releases = (release,) if isinstance(release, Release) else tuple(release)
    trained = train(
        releases,
        catalogue,
        settings=settings or Settings(),
        sequences=sequences,
        renamed=renamed,
        progress=progress,
    )
    card = card_of(trained, releases, from_catalogue=catalogue is not None, renamed=renamed)
    return TrainedModel(trained.onnx_bytes, card, trained)
