"""A model is published with its own card and for its own pages only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from lambdas.shared.publishing.learning_task import LearningTerms
from model_export import train_model
from nearside.publishing import gather, read_model
from tests.support import city

CITY = city.catalogue()


def folder_with(folder: Path, *, model: bytes, card: bytes) -> Path:
    """Put a model and a card where `nearside publish` looks for them."""
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "model.json").write_bytes(card)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as `nearside train` makes it, for the city's pages."""
    pages = CITY.pages
    release = Release.of(
        {(pages[at], pages[at + 1]): 40 for at in range(len(pages) - 1)},
        site=city.SITE,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    made = train_model(release, CITY)
    return folder_with(tmp_path_factory.mktemp("model"), model=made.onnx_bytes, card=made.card_bytes)


def gathered(catalogue: Catalogue, model: Path) -> None:
    gather(
        catalogue=catalogue.to_bytes(),
        rules=city.rules(),
        notices=[city.notice_value()],
        model=model,
        terms=LearningTerms(),
    )


def test_what_was_trained_is_published(trained: Path) -> None:
    """The card that training writes is read, and both files go out as they are."""
    read = read_model(trained, CITY)
    assert read.onnx == (trained / "model.onnx").read_bytes()
    assert read.card == (trained / "model.json").read_bytes()


def test_a_model_of_other_pages_is_refused(trained: Path) -> None:
    """Its indexes would mean other pages on every device."""
    with pytest.raises(Untrue, match="another catalogue"):
        gathered(Catalogue(city.SITE, CITY.items[:-1]), trained)


def test_as_many_other_pages_are_other_pages(trained: Path) -> None:
    """The number alone does not tell two page lists apart."""
    other = (*CITY.items[:-1], replace(CITY.items[-1], id=ItemId("/zoo")))
    with pytest.raises(Untrue, match="another catalogue"):
        gathered(Catalogue(city.SITE, other), trained)


@pytest.mark.parametrize("change", [lambda raw: raw + b"\0", lambda raw: raw[:-1] + b"\xff", lambda raw: b""])
def test_a_card_of_another_file_is_refused(
    trained: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    """Length and hash are those of the model beside it."""
    model, card = (trained / "model.onnx").read_bytes(), (trained / "model.json").read_bytes()
    with pytest.raises(Untrue, match=r"not that of model\.onnx"):
        gathered(CITY, folder_with(tmp_path / "changed", model=change(model), card=card))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"{not json",
        b"\xff",
        b'{"v":1}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_card_is_malformed(trained: Path, tmp_path: Path, raw: bytes) -> None:
    """Whatever lies there in its place, it is said in one line."""
    model = (trained / "model.onnx").read_bytes()
    with pytest.raises(Malformed) as caught:
        gathered(CITY, folder_with(tmp_path / "none", model=model, card=raw))
    assert "\n" not in str(caught.value)


def test_every_field_of_a_card_is_needed_and_no_other_is_read(trained: Path, tmp_path: Path) -> None:
    """One field fewer, one more, or one of another kind, and it is no card."""
    model, card = (trained / "model.onnx").read_bytes(), json.loads((trained / "model.json").read_bytes())
    fewer = [{key: value for key, value in card.items() if key != name} for name in card]
    other = [{**card, name: True} for name in card]
    for changed in (*fewer, *other, {**card, "items": 12}):
        folder = folder_with(tmp_path / "changed", model=model, card=canonical.encode(changed))
        with pytest.raises(Malformed, match=r"^model\.json: model card: "):
            gathered(CITY, folder)
