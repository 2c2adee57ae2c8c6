"""What an agency publishes: a task is named after everything that it asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire import candidates as candidates_module
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.learning_task import LearningTerms, learning_task
from model_export.learning.candidates import PER_PAGE
from nearside.publishing import gather
from tests.support import city


def catalogue(*paths: str, summary: str = "What it is") -> Catalogue:
    items = (
        CatalogueItem(ItemId(path), path, summary, "topic", ItemKind.INFORMATION, "en") for path in paths
    )
    return Catalogue("riverton", tuple(items))


CITY = catalogue("/", "/bins")
TERMS = LearningTerms()


def test_the_same_pages_and_terms_are_the_same_task() -> None:
    """A corrected summary is not asked of devices: the task, its id and its budget stay."""
    assert learning_task(CITY, TERMS) == learning_task(catalogue("/", "/bins", summary="Corrected"), TERMS)


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, pairs_per_week=5),
        replace(TERMS, k=11),
        replace(TERMS, epsilon_milli=1001),
        replace(TERMS, delta_exp=7),
    ],
)
def test_new_terms_are_a_new_task(terms: LearningTerms) -> None:
    """Under its old id the functions would refuse it, since a registration stands."""
    assert learning_task(CITY, terms).task_id != learning_task(CITY, TERMS).task_id


def test_new_pages_are_a_new_task() -> None:
    """Indexes of two page lists are never added up."""
    assert learning_task(catalogue("/", "/bins", "/x"), TERMS).task_id != learning_task(CITY, TERMS).task_id


def test_candidates_of_other_pages_are_not_published(tmp_path: Path) -> None:
    """Their indexes would mean other pages; the bundle names the file by its own name."""
    (tmp_path / "model.onnx").write_bytes(b"model")
    (tmp_path / "model.json").write_bytes(city.card(b"model"))

    def gathered(candidates: Candidates) -> BundleFiles:
        return gather(
            catalogue=city.catalogue().to_bytes(),
            rules=city.rules(),
            notices=[city.notice_value()],
            model=tmp_path,
            terms=TERMS,
            candidates=candidates.to_bytes(),
        )

    sound = Candidates.of([(0, 1)], pages=city.catalogue().pages)
    assert gathered(sound).by_name["candidates.json"] == sound.to_bytes()
    with pytest.raises(Untrue, match="other pages"):
        gathered(Candidates.of([(0, 1)], pages=CITY.pages))


def test_a_model_that_was_paged_is_not_handed_in(tmp_path: Path) -> None:
    """Which model it counts as is what its card says; a deployer's folder is believed no more than others."""
    told = {**canonical.decode_object(city.card(b"model")), "v": 3, "paged_from": None}
    (tmp_path / "model.onnx").write_bytes(b"model")
    (tmp_path / "model.json").write_bytes(canonical.encode(told))
    with pytest.raises(Refused, match="not handed in"):
        gather(
            catalogue=city.catalogue().to_bytes(),
            rules=city.rules(),
            notices=[city.notice_value()],
            model=tmp_path,
            terms=TERMS,
        )


def test_more_candidates_than_a_release_takes_are_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One limit for both: what is published is not refused a week later, when the contributions are there."""
    (tmp_path / "model.onnx").write_bytes(b"model")
    (tmp_path / "model.json").write_bytes(city.card(b"model"))
    three = Candidates.of([(0, 1), (0, 2), (1, 0)], pages=city.catalogue().pages).to_bytes()
    assert candidates_module.MOST_PAIRS >= 10_000 * PER_PAGE
    monkeypatch.setattr(candidates_module, "MOST_PAIRS", 2)
    with pytest.raises(Malformed, match=r"candidates\.json: .*too many pairs"):
        gather(
            catalogue=city.catalogue().to_bytes(),
            rules=city.rules(),
            notices=[city.notice_value()],
            model=tmp_path,
            terms=TERMS,
            candidates=three,
        )
