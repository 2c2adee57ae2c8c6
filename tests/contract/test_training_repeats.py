"""The same releases and catalogue make the same bytes, in whatever process and on however many threads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from model_export import Settings, train_model

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = tuple(
    ItemId(f"/{section}/{number:02}-page") for section in ("park", "swim", "tax") for number in range(60)
)
WORDS = ("apply", "renew", "pay", "find", "report", "resident", "permit", "fine", "bin", "council")
PROGRAM = """
import sys
from pathlib import Path
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import Release
from model_export import Settings, train_model
release, catalogue, out = sys.argv[1:]
release, catalogue = Release.parse(Path(release).read_bytes()), Catalogue.parse(Path(catalogue).read_bytes())
# The second has room for factors, the one part that is made by products repeated.
for settings in Settings(), Settings(budget_bytes=9000, tuned=False):
    made = train_model(release, catalogue, settings=settings)
    with Path(out).open("ab") as written:
        written.write(made.onnx_bytes + made.card_bytes + str(made.card).encode())
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of 120 pages and a catalogue of as many, with words to compare."""
    folder = tmp_path_factory.mktemp("given")
    rng = np.random.default_rng(7)
    moves = Counter(
        {
            (PAGES[a], PAGES[b]): int(10 + 20 * rng.pareto(1))
            for a, b in rng.integers(0, len(PAGES), size=(2500, 2))
            if a != b
        }
    )
    release = Release.of(
        moves,
        site="riverton",
        source=Source.LOG,
        period=Period("2026-11-01", "2026-11-07"),
        privacy=Privacy(10),
        bound=Bound(Unit.VISITOR, 4),
    )
    items = tuple(
        CatalogueItem(page, " ".join(rng.choice(WORDS, size=4)), "", "", ItemKind.INFORMATION, "en")
        for page in PAGES
    )
    (folder / "release.json").write_bytes(release.to_bytes())
    (folder / "catalogue.json").write_bytes(Catalogue("riverton", items).to_bytes())
    return folder


def made(given: Path, out: Path, *, hash_seed: str, threads: int) -> str:
    """The hash of the models, cards and pages that a process of its own makes."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, **dict.fromkeys(THREADS, str(threads))}
    subprocess.run(
        [sys.executable, "-c", PROGRAM, given / "release.json", given / "catalogue.json", out],
        check=True, cwd=ROOT, env=environment, timeout=120,
    )  # fmt: skip
    return hashlib.sha256(out.read_bytes()).hexdigest()


def test_processes_hash_seeds_and_threads_make_no_difference(given: Path, tmp_path: Path) -> None:
    """With a budget and without, model, card and page are the same bytes from both processes."""
    hashes = {
        made(given, tmp_path / str(threads), hash_seed=hash_seed, threads=threads)
        for hash_seed, threads in (("0", 1), ("random", 4))
    }
    assert len(hashes) == 1


def test_another_release_makes_other_bytes(given: Path) -> None:
    """The comparison above can fail: one busier move is another model."""
    release = Release.parse((given / "release.json").read_bytes())
    (a, b, count), *rest = release.cells
    busier = replace(release, cells=((a, b, count + 5000), *rest))
    settings = Settings(tuned=False)
    assert (
        train_model(release, settings=settings).onnx_bytes
        != train_model(busier, settings=settings).onnx_bytes
    )
