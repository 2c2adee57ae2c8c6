"""The model and its card on their way: who serves them cannot change a byte, who trains cannot mix them up.

The attacker holds the cache, the mirror or the folder that training wrote to, and no key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Untrue
from edge_client.bundle import Bundle
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import publish
from model_export import Settings, TrainedModel, train_model
from nearside.publishing import gather
from tests.support.city import NOW_S, SITE, City, catalogue, notice_value, rules
from tests.support.pair import Pair


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    """A real model of the city's pages, cut to a budget."""
    pages = catalogue().pages
    moves = Counter({(a, b): 90 for at, a in enumerate(pages) for b in pages[at + 1 : at + 4]})
    release = Release.of(
        moves,
        site=SITE,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    return train_model(release, catalogue(), settings=Settings(budget_bytes=6000, tuned=False))


@pytest.fixture
def city(tmp_path: Path, model: TrainedModel) -> City:
    """A city that has published the model."""
    made = City(tmp_path)
    made.folder.mkdir(parents=True, exist_ok=True)
    (made.folder / "model.onnx").write_bytes(model.onnx_bytes)
    (made.folder / "model.json").write_bytes(model.card_bytes)
    files = gather(
        catalogue=catalogue().to_bytes(),
        rules=rules(),
        notices=[notice_value()],
        model=made.folder,
        terms=LearningTerms(pairs_per_week=4),
    )
    publish(files, shelf=made.shelf, signer=made.agency, log=made.log, keys=made.keys, now=NOW_S)
    return made


def install(city: City) -> Bundle:
    """What a device has after it looked for a bundle."""
    pair = Pair(city)

    async def story() -> Bundle:
        await pair.device.open()
        return await pair.device.install()

    return asyncio.run(story())


def test_the_signed_manifest_names_model_and_card(city: City, model: TrainedModel) -> None:
    """The hash in the manifest is the one in the card, is that of the bytes, and the device has these."""
    bundle = install(city)
    card = json.loads(model.card_bytes)
    entry = bundle.manifest.files["model.onnx"]
    assert (entry.sha256, entry.size_bytes) == (card["file"]["sha256"], card["file"]["bytes"])
    assert entry.sha256 == hashlib.sha256(bundle.model).hexdigest()
    assert bundle.manifest.files["model.json"].sha256 == hashlib.sha256(model.card_bytes).hexdigest()


@pytest.mark.parametrize("name", ["model.onnx", "model.json"])
@pytest.mark.parametrize("place", [0, 0.3, 0.7, -1])
def test_a_changed_byte_is_refused(city: City, name: str, place: float) -> None:
    """Wherever in the model or its card it is: the graph, the table, the accuracy that is claimed."""
    digest = install(city).manifest.files[name].sha256
    (path,) = [path for path in city.shelf.files if path.endswith(f"/files/{digest}")]
    raw = city.shelf.files[path]
    at = int(place * len(raw)) if place >= 0 else len(raw) - 1
    city.shelf.files[path] = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
    with pytest.raises(Untrue, match=f"{name} is not the file that was signed"):
        install(city)


def test_a_card_that_praises_another_model_is_not_published(city: City, model: TrainedModel) -> None:
    """A flattering card beside a model that it is not the card of stops before any key signs."""
    card = json.loads(model.card_bytes)
    card["file"]["sha256"] = "00" * 32
    (city.folder / "model.json").write_bytes(canonical.encode(card))
    with pytest.raises(Untrue, match="the card is not that of"):
        gather(
            catalogue=catalogue().to_bytes(),
            rules=rules(),
            notices=[notice_value()],
            model=city.folder,
            terms=LearningTerms(pairs_per_week=4),
        )
