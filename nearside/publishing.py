"""An agency's files as its deployer has them: the model is a folder, the rest is read already."""

from __future__ import annotations

from pathlib import Path

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue
from lambdas.shared.publishing.bundle_files import BundleFiles, check_files
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.trained_model import TrainedModel, check_model, check_trained


def gather(
    *,
    catalogue: bytes,
    rules: bytes,
    notices: list[canonical.Json],
    model: Path,
    terms: LearningTerms,
    candidates: bytes | None = None,
    archetypes: bytes | None = None,
    flows: bytes | None = None,
    reminders: bytes | None = None,
) -> BundleFiles:
    """Read the model in the folder `model`, and check it with every other file of a bundle.

    Raises `OSError` for a file that cannot be read, `Refused` for a model that was paged, and as
    `check_files` does.
    """
    trained = _in_folder(model)
    checked = check_files(
        catalogue=catalogue,
        rules=rules,
        notices=notices,
        model=trained,
        terms=terms,
        candidates=candidates,
        archetypes=archetypes,
        flows=flows,
        reminders=reminders,
    )
    check_trained(trained.card, noun="model")
    return checked


def read_model(folder: Path, catalogue: Catalogue) -> TrainedModel:
    """Read the model in `folder`, which must be one of the catalogue's pages.

    Raises `OSError` for a file that cannot be read, and as `check_model` does.
    """
    return check_model(_in_folder(folder), catalogue)


def _in_folder(folder: Path) -> TrainedModel:
    return TrainedModel((folder / "model.onnx").read_bytes(), (folder / "model.json").read_bytes())
