"""A search on the device, with and without what was looked at before: `python -m benchmarks.search`.

Held-out visits are followed to their last page, which is what is searched for: by one word, or two, of its
name, drawn among those that other pages' names have as well. What finds and orders is what pages run
(`edge_client/web/search/`, under Node); what is near is the model's answer to the visit so far.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.public_data import print_report
from benchmarks.recommend.contest import FEWEST_K, sources_of
from benchmarks.recommend.datasets import GOVUK, MSWEB, Part, Site, load
from benchmarks.recommend.ours import ask, train
from edge_client.scoring import MOST_CANDIDATES
from edge_client.wire.catalogue import Catalogue
from model_export import TrainedModel

# The sway of web/search/order.js was settled on GOV.UK's last two parts, which are left out here.
HELD_OUT = {GOVUK: (0, 1, 2), MSWEB: (0,)}
SWAYS = (0.25, 0.5, 1.0, 2.0)
FIRST = 5
RANKS_APART = 60
SEED = 14
_NODE = Path(__file__).with_name("search_node.mjs")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Search:
    """One search of a visit: what was typed, what is searched for, and what the model holds near, best
    first, each with its share of the best score in thousandths."""

    query: str
    target: str
    near: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """In how many searches, of all, what was searched for is among the first five: by each way to order."""

    searches: int
    hits: dict[str, float]


def names_of(catalogue: Catalogue) -> dict[str, str]:
    """Return what each page is called: its title, or the words of its address where it has none."""
    return {item.id: item.title or " ".join(_WORD.findall(item.id)) for item in catalogue.items}


def searches_of(model: TrainedModel, part: Part, catalogue: Catalogue, *, words: int) -> list[Search]:
    """Return one search for the last page of each held-out visit: `words` of its name that others have as
    well, drawn by a fixed seed; none where it has not so many."""
    names = {page: _WORD.findall(name.casefold()) for page, name in names_of(catalogue).items()}
    pages_with = Counter(word for name in names.values() for word in set(name))
    dice = random.Random(SEED)
    scores = ask(model, part.questions.histories)
    found = []
    for row, at in zip(scores, part.questions.targets, strict=True):
        target = catalogue.pages[int(at)]
        shared = sorted({word for word in names[target] if pages_with[word] > 1})
        if len(shared) >= words:
            best = sorted(
                (i for i in row.argsort()[::-1][:MOST_CANDIDATES] if row[i] > 0), key=lambda i: -row[i]
            )
            near = tuple((catalogue.pages[i], round(1000 * float(row[i] / row[best[0]]))) for i in best)
            found.append(Search(" ".join(dice.sample(shared, words)), target, near))
    return found


def answer(searches: Sequence[Search], catalogue: Catalogue) -> Any:
    """Return what pages would find, and in which order for each of `SWAYS`."""
    pages = [
        {"id": page, "title": name, "summary": "", "topic": "", "words": ""}
        for page, name in names_of(catalogue).items()
    ]
    asked = [{"query": each.query, "near": [[*row, ""] for row in each.near]} for each in searches]
    case = {"index": {"v": 1, "lang": "en", "pages": pages}, "asked": asked, "sways": SWAYS}
    done = subprocess.run(
        ["node", _NODE],
        input=json.dumps(case),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def judge(searches: Sequence[Search], answers: Sequence[Any]) -> Counter[str]:
    """Count the searches in which what was searched for is among the first five, by way to order."""
    hits: Counter[str] = Counter()
    for search, said in zip(searches, answers, strict=True):
        found = [page for page, _ in said["found"]]
        near = [page for page, _ in search.near]
        orders = {"words alone": found, "visit alone": near, "ranks fused": _fused(found, near)}
        orders |= {f"sway {sway:g}": order for sway, order in zip(SWAYS, said["orders"], strict=True)}
        hits.update(name for name, order in orders.items() if search.target in order[:FIRST])
    return hits


def _fused(found: Sequence[str], near: Sequence[str]) -> list[str]:
    """Order by reciprocal ranks of both lists (Cormack, Clarke and Büttcher, 2009), the usual other way."""
    place = {page: at for at, page in enumerate(near, 1)}

    def worth(page: str, at: int) -> float:
        return 1 / (RANKS_APART + at) + (1 / (RANKS_APART + place[page]) if page in place else 0)

    ranked = sorted(enumerate(found, 1), key=lambda row: -worth(row[1], row[0]))
    return [page for _, page in ranked]


def measure(site: Site, parts: Sequence[int], *, words: int, content: bool) -> Outcome:
    """Search in every visit of the held-out parts, each by a model that has not seen it, made of counts and
    of what pages are like (`content`), or of counts alone: co-visitation and nothing else."""
    hits: Counter[str] = Counter()
    count = 0
    asked = replace(site, parts=tuple(site.parts[number] for number in parts))
    for part, source in zip(asked.parts, sources_of(asked), strict=True):
        model = train(source.release(epsilon=None, k=FEWEST_K), site.catalogue, content=content)
        searches = searches_of(model, part, site.catalogue, words=words)
        hits += judge(searches, answer(searches, site.catalogue))
        count += len(searches)
    ways = ("words alone", "visit alone", *(f"sway {sway:g}" for sway in SWAYS), "ranks fused")
    return Outcome(count, {way: hits[way] / count for way in ways})


def report(folder: Path, console: Console) -> None:
    """Print hit@5 on each site, by one word and by two."""
    table = Table(title="what is searched for is among the first five", title_justify="left")
    outcomes = {
        f"{name}, {'a word' if words == 1 else 'two words'}{'' if content else ', counts alone'}": measure(
            load(name, folder), parts, words=words, content=content
        )
        for name, parts in HELD_OUT.items()
        for words in (1, 2)
        for content in (True, False)
    }
    first, *_ = outcomes.values()
    for heading in ("site, query", "searches", *first.hits):
        table.add_column(heading, justify="right")
    for name, outcome in outcomes.items():
        table.add_row(name, f"{outcome.searches:,}", *(f"{share:.3f}" for share in outcome.hits.values()))
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(print_report(report, width=140))
