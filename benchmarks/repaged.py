"""How well a model that was paged names the next page, beside one trained anew, on two public data sets.

A share of the pages is taken for new: a model is trained without them, and paged to all of them. Beside it
stand the same with new pages left empty, a model of words alone, and one that was trained on the counts of
all pages, which nobody has on the day that a page appears. Counts are without noise: it is the same for all.
`python -m benchmarks.repaged` prints the table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.public_data import print_report
from benchmarks.recommend.datasets import GOVUK, MSWEB, Site, load
from benchmarks.recommend.ours import Source as Counted
from edge_client.wire.catalogue import Catalogue
from model_export import Settings, train_model
from model_export.learning.evaluate import Figure, Step, evaluate
from model_export.paged import Source, page_model, words_alone
from model_export.shipping.convert import read_table
from model_export.shipping.paging import Places, page_table
from model_export.shipping.quantise import QuantisedTable

DATA = (GOVUK, MSWEB)
SHARES = (0.01, 0.05, 0.2)


def contenders(site: Site, share: float) -> Iterator[tuple[str, QuantisedTable, frozenset[int]]]:
    """Each model's name and table, and the indexes of the pages that were taken for new."""
    whole = site.catalogue
    new = frozenset(Random(0).sample(range(len(whole.items)), round(share * len(whole.items))))
    known = Catalogue(whole.site, tuple(item for at, item in enumerate(whole.items) if at not in new))
    releases = Counted.of(site.parts[0].rows, whole).release(epsilon=None)
    yield "words alone", read_table(words_alone(whole).onnx_bytes), new
    before = train_model(releases, known, settings=Settings())
    source = Source(before.onnx_bytes, before.card_bytes, known.to_bytes())
    empty = page_table(read_table(before.onnx_bytes), Places.of(known.pages, whole.pages, {}))
    yield "paged, new pages empty", empty, new
    yield "paged", read_table(page_model(source, whole).onnx_bytes), new
    yield "trained anew", read_table(train_model(releases, whole, settings=Settings()).onnx_bytes), new


def steps(site: Site) -> tuple[Step, ...]:
    """What the visits that nothing was counted of ask: their last page, by the five before it."""
    asked = site.parts[0].questions
    return tuple(
        Step(at, tuple(reversed(history[-5:])), frozenset(history), int(target))
        for at, (history, target) in enumerate(zip(asked.histories, asked.targets, strict=True))
    )


def report(folder: Path, console: Console) -> None:
    """Print hit@5 of each model on all steps, on those to a new page, and on all others, with intervals."""
    table = Table("data", "new pages", "model", "hit@5", "to new pages", "to others")
    for name in DATA:
        site = load(name, folder)
        asked = steps(site)
        for share in SHARES:
            for model, made, new in contenders(site, share):
                parts = (
                    asked,
                    [step for step in asked if step.target in new],
                    [step for step in asked if step.target not in new],
                )
                hits = (evaluate(made.scores, part, pages=site.pages).hit for part in parts)
                table.add_row(name, f"{share:.0%}", model, *map(printed, hits))
    console.print(table)


def printed(figure: Figure) -> str:
    """A share and its interval, in thousandths."""
    return f"{figure.mean:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def main() -> int:
    """Print the table; 1 where the data are missing."""
    return print_report(report, width=120)


if __name__ == "__main__":
    sys.exit(main())
