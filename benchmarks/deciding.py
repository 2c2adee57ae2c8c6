"""A decision, timed part by part where devices make it: this file's text runs in the worker's Python.

It knows the device's own code and nothing else, as whatever runs there does.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Protocol

from edge_client.bundle import Bundle
from edge_client.decision import decide, prepare
from edge_client.dice import Dice
from edge_client.events import PageViewed
from edge_client.profile import Profile
from edge_client.scoring import Candidates, Question
from edge_client.shown import Shown
from edge_client.told import Told
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules

AT_MS = 1_795_000_000_000
PARTS = ("prepare", "score", "decide")
NOT_COUNTED = 3


class Scorer(Protocol):
    """The part of a host that answers questions."""

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answers."""
        ...


def bundle_of(catalogue: bytes, rules: bytes) -> Bundle:
    """Return a bundle of these files, as if all checks had passed."""
    pages = Catalogue.parse(catalogue)
    manifest = Manifest(pages.site, 1, None, 0, AT_MS // 1000 + 86_400, "0.1.0", "00" * 32, {}, {})
    return Bundle(manifest, pages, Rules.parse(rules), Notices({}), (), b"")


async def measure(
    bundle: Bundle, scorer: Scorer, *, visited: Sequence[str], links: int, runs: int
) -> dict[str, list[float]]:
    """Return milliseconds of each part of a decision on the last of the pages `visited`, which links to
    `links` others; and `slots`, how many questions that is."""
    profile, lang = Profile(), "en"
    for at, item in enumerate(visited):
        profile = profile.visited(ItemId(item), at_ms=AT_MS + at * 60_000, keep_days=90)
    linked = tuple(item.id for item in bundle.catalogue.items if item.lang == lang)[:links]
    view = PageViewed(ItemId(visited[-1]), lang, linked, AT_MS + len(visited) * 60_000)
    told, shown = Told(), Shown()
    found: dict[str, list[float]] = {part: [] for part in PARTS}
    slots = 0
    for run in range(runs + NOT_COUNTED):
        begun = time.perf_counter()
        question = prepare(view, profile=profile, told=told, shown=shown, bundle=bundle)
        asked, slots = time.perf_counter(), len(question.questions)
        answers = await scorer.candidates(question.questions)
        answered = time.perf_counter()
        decide(question, answers, bundle=bundle, hidden=Dice(random.Random(run).randbytes))
        ended = time.perf_counter()
        if run >= NOT_COUNTED:
            for part, spent in zip(PARTS, (asked - begun, answered - asked, ended - answered), strict=True):
                found[part].append(spent * 1000)
    found["slots"] = [float(slots)]
    return found
