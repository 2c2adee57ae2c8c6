"""A second site for the demo, where its data is at hand: real, public GOV.UK journeys, replayed through
real endpoints."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

from demo.devices import Journey
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from model_export.counting.lines import LineFile
from model_export.counting.reading import Choice, Reading
from model_export.counting.sequences import Holdout
from model_export.counting.tables import count_moves, read_sessions
from model_export.counting.visits import Limits

SITE = "govuk-sample"
HOLDOUT = Holdout(0.2, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample: every page of it, and the journeys that are not held out, with how often each occurred."""

    catalogue: Catalogue
    journeys: tuple[tuple[int, Journey], ...]


def read_sample(folder: Path) -> Sample | None:
    """Read `govuk-journeys` below the data folder, or return None where it is not."""
    sessions, moves = folder / "govuk-journeys/sessions.csv", folder / "govuk-journeys/moves.csv"
    if not (sessions.is_file() and moves.is_file()):
        return None
    counted = list(read_sessions(LineFile(sessions), Reading()))
    pages = {page for _, journey in counted for page in journey}
    pages |= {
        page for pair in count_moves(LineFile(moves), Reading(), choice=Choice(Limits(1))) for page in pair
    }
    return Sample(
        Catalogue(SITE, tuple(_item(page) for page in sorted(pages))),
        tuple((count, journey) for count, journey in counted if not HOLDOUT.holds(journey)),
    )


def draw_journeys(sample: Sample, *, count: int, seed: int) -> list[Journey]:
    """Draw journeys as often as they occurred; the dice decide only who replays what."""
    dice = random.Random(seed)  # noqa: S311 - a replay, meant to be repeatable
    weights = [occurrences for occurrences, _ in sample.journeys]
    return [journey for _, journey in dice.choices(sample.journeys, weights, k=count)]


def _item(page: ItemId) -> CatalogueItem:
    """A page of which only the address is known: its words are those of its path."""
    words = re.sub(r"[-/_:.]+", " ", page).strip()
    topic = page.strip("/").split("/")[0] or "home"
    return CatalogueItem(page, words or "Home", "", topic, ItemKind.INFORMATION, "en")
