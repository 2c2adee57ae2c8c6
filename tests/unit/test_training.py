"""From releases to a model: what is learnt, what the gate ships, and what the card says."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from consent_ledger import canonical
from consent_ledger.errors import Refused
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from model_export import Settings, train_model
from model_export.learning.content import similar_pages
from model_export.learning.evaluate import query
from model_export.learning.samples import moves_of, pages_of
from model_export.shipping.convert import graph_facts, read_table
from model_export.training import Recipe
from nearside.commands.train import train


def released(
    moves: dict[tuple[str, str], int], *, privacy: Privacy | None = None, week: str = "2026-11-07"
) -> Release:
    """A release of these moves, of a week that ended on `week`."""
    return Release.of(
        {(ItemId(a), ItemId(b)): count for (a, b), count in moves.items()},
        site="riverton",
        source=Source.LOG,
        period=Period("2026-11-01", week),
        privacy=privacy or Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )


def item(path: str, title: str, *, lang: str = "en") -> CatalogueItem:
    """A catalogue item with a title."""
    return CatalogueItem(ItemId(path), title, "", "", ItemKind.INFORMATION, lang)


RING = released({(f"/p{n}", f"/p{(n + 1) % 12}"): 50 for n in range(12)})
RING_WALKS = [tuple(ItemId(f"/p{(start + n) % 12}") for n in range(4)) for start in range(12)]


def test_the_moves_are_learnt() -> None:
    """After page n the ring's next page comes first, for every n."""
    model = train_model(RING)
    table, pages = read_table(model.onnx_bytes), model.trained.pages
    for at, page in enumerate(pages):
        best = pages[int(table.scores(*query((at,))).argmax())]
        assert best == f"/p{(int(page[2:]) + 1) % 12}"


def test_releases_add_up() -> None:
    """Two weeks' cells are summed by path, although their indexes differ."""
    first, second = released({("/a", "/b"): 10}), released({("/0", "/b"): 20, ("/a", "/b"): 30})
    pages = pages_of([first, second], None)
    assert pages == ("/0", "/a", "/b")
    assert moves_of([first, second], pages).toarray().tolist() == [[0, 0, 20], [0, 0, 40], [0, 0, 0]]


def test_what_does_not_belong_together_is_refused() -> None:
    """Another site's counts, another site's pages, and the same week twice."""
    elsewhere = replace(RING, site="smallville")
    pages = Catalogue("smallville", (item("/p0", "Fishing"),))
    for releases, catalogue, words in (
        ([RING, elsewhere], None, "more than one site"),
        ([RING], pages, "another site than the catalogue"),
        ([RING, RING], None, "given twice"),
    ):
        with pytest.raises(Refused, match=words):
            train_model(releases, catalogue)


def test_a_page_that_stands_for_many_is_known_but_never_recommended() -> None:
    """It has no address; the moves away from it still teach."""
    model = train_model(
        released({("/a", "/born/:date"): 90, ("/born/:date", "/result"): 40, ("/a", "/b"): 10})
    )
    table, pages = read_table(model.onnx_bytes), model.trained.pages
    many = pages.index(ItemId("/born/:date"))
    assert pages[int(table.scores(*query((many,))).argmax())] == "/result"
    for at in range(len(pages)):
        assert table.scores(*query((at,)))[many] == 0


def test_a_page_without_visits_is_recommended_by_its_words() -> None:
    """The content prior reaches a page that nobody has opened yet, in its own language only."""
    catalogue = Catalogue(
        "riverton",
        (
            item("/ar/permit", "resident parking permit", lang="ar"),
            item("/new", "renew a resident parking permit"),
            item("/parking", "resident parking"),
            item("/swim", "swimming pool"),
        ),
    )
    alike = similar_pages(catalogue.pages, catalogue).toarray()
    assert alike[2, 1] > 0.99
    assert alike[2, 0] == 0
    model = train_model(
        released({("/parking", "/swim"): 12}), catalogue, settings=Settings(kappa=100, tuned=False)
    )
    scores = read_table(model.onnx_bytes).scores(*query((2,)))
    assert scores[1] > scores[3] > scores[0]


def test_pages_outside_the_catalogue_are_dropped() -> None:
    """The catalogue's order is the model's order, whatever the release names."""
    catalogue = Catalogue("riverton", (item("/p0", "a"), item("/p1", "b"), item("/zoo", "c")))
    model = train_model(RING, catalogue)
    assert model.trained.pages == ("/p0", "/p1", "/zoo")
    assert graph_facts(model.onnx_bytes)["pages"] == 3


def test_the_gate_ships_what_predicts_best() -> None:
    """Where visitors walk the ring the moves ship; where the newest release follows words, content does."""
    walked = train_model(RING, sequences=RING_WALKS)
    assert walked.trained.shipped is Recipe.COVISIT
    assert walked.trained.accuracy[Recipe.COVISIT].hit.mean == 1

    words = [f"/{topic}/{n}-page" for topic in ("tax", "swim", "park") for n in range(9)]
    misleading = released({(a, b): 50 for a in words for b in words if a[:3] != b[:3]})
    followed = released(
        {(a, b): 50 for a in words for b in words if a[:3] == b[:3] and a != b}, week="2026-11-14"
    )
    settings = Settings(kappa=1, content_share=0, tuned=False)
    model = train_model([misleading, followed], settings=settings)
    assert model.trained.gated_on == "the newest release"
    assert model.trained.shipped is Recipe.CONTENT
    assert "content alone" in str(model.card)


def test_the_gate_never_sees_what_accuracy_is_told_on() -> None:
    """Sequences change the accuracy that is told, and neither what ships nor what it is."""
    told = train_model(RING, sequences=RING_WALKS)
    backwards = train_model(RING, sequences=[walk[::-1] for walk in RING_WALKS])
    assert told.trained.gate == backwards.trained.gate
    assert told.onnx_bytes == backwards.onnx_bytes
    assert told.trained.accuracy != backwards.trained.accuracy


def test_without_sequences_the_gate_asks_a_share_of_the_counts() -> None:
    """A model is gated even where nobody kept any session; then no accuracy is claimed."""
    model = train_model(RING)
    assert model.trained.gated_on == "a share of the released counts"
    assert model.trained.gate[Recipe.COVISIT].hit.mean > model.trained.gate[Recipe.POPULARITY].hit.mean
    assert "nothing is claimed" in str(model.card)


def test_nothing_to_learn_from_is_refused() -> None:
    """An empty release and no words make no model."""
    with pytest.raises(Refused, match=r"^training: "):
        train_model(released({("/a", "/b"): 3}))


def test_the_card_tells_what_the_model_is_made_of() -> None:
    """Data, privacy, recipe, size, hashes and what the model is not for are in the canonical card."""
    noisy = released({("/a", "/b"): 40}, privacy=Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6))
    model = train_model([RING, noisy], sequences=RING_WALKS)
    card = canonical.decode(model.card_bytes)
    assert isinstance(card, dict)
    assert card["file"] == {
        "bytes": len(model.onnx_bytes), "sha256": hashlib.sha256(model.onnx_bytes).hexdigest(),
    }  # fmt: skip
    assert card["pages_hash"] == hash_pages(model.trained.pages)
    assert [release["epsilon_milli"] for release in card["releases"]] == [None, 1000]  # type: ignore[index, union-attr, call-overload]
    assert card["accuracy"]["co-visits and content"]["hit_at_5"]["mean_milli"] == 1000  # type: ignore[index, call-overload]
    assert any("deciding anything about a person" in use for use in card["not_for"])  # type: ignore[union-attr, operator]
    assert "epsilon 1, delta 1e-6" in str(model.card)


def test_equal_input_makes_equal_bytes() -> None:
    """Training twice gives the same file and the same card."""
    first, second = (train_model(RING, sequences=RING_WALKS) for _ in range(2))
    assert first.onnx_bytes == second.onnx_bytes
    assert first.card_bytes == second.card_bytes
    assert re.search(rb"/root|/home|skl2onnx|20\d\d-", first.onnx_bytes) is None


def test_the_command_writes_model_and_card(tmp_path: Path) -> None:
    """Three files appear, and the table on the terminal names every recipe."""
    (tmp_path / "release").write_bytes(RING.to_bytes())
    sessions = tmp_path / "sessions.csv"
    sessions.write_text(
        "occurrences,page_sequence\n" + "".join(f"3,{'>>'.join(walk)}\n" for walk in RING_WALKS)
    )
    out = tmp_path / "model"
    result = CliRunner().invoke(
        train, [str(tmp_path / "release"), "--out", str(out), "--sessions", str(sessions), "--holdout", "1"]
    )
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {"MODEL_CARD.md", "model.json", "model.onnx"}
    assert (
        json.loads((out / "model.json").read_text())["file"]["bytes"] == (out / "model.onnx").stat().st_size
    )
    assert "36 held-out steps, 36 within reach" in " ".join(result.output.split())
    assert all(name in " ".join(result.output.split()) for name in ("popularity alone", "content alone"))


def test_the_command_refuses_what_is_no_release(tmp_path: Path) -> None:
    """A bad release ends with code 2 and one line."""
    (tmp_path / "release").write_bytes(RING.to_bytes()[:-1])
    result = CliRunner().invoke(train, [str(tmp_path / "release"), "--out", str(tmp_path / "model")])
    assert result.exit_code == 2
    assert "canonical json" in result.stderr
    assert not (tmp_path / "model").exists()


def test_scores_are_finite_and_not_negative() -> None:
    """No history, however long, makes a score that cannot be ranked."""
    table = read_table(train_model(RING).onnx_bytes)
    scores = table.scores(*query(tuple(range(5))))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
