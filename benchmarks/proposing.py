"""What the function that trains takes for so many pages: seconds of a processor, and the most memory it held.

Each size is measured in a process of its own, on made-up releases of two weeks with thirty-two moves a page.
`python -m benchmarks.proposing` prints the table for 1,000, 5,000 and 20,000 pages, or for those named.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from time import process_time

import numpy as np

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.propose_model.learner import learn
from lambdas.propose_model.service import Question
from model_export import train_model

SIZES = (1_000, 5_000, 20_000)
MOVES_A_PAGE = 32
WORDS = ("permit", "tax", "school", "waste", "health", "housing", "road", "licence", "vote", "park")


def catalogue_of(count: int) -> Catalogue:
    """Pages with three words of a small vocabulary each."""
    rng = np.random.default_rng(0)
    items = []
    for at in range(count):
        first, second, third = (WORDS[int(word)] for word in rng.integers(0, len(WORDS), 3))
        # In letters: a run of five digits in an address would be taken for somebody's number.
        name = f"{at:05}".translate(str.maketrans("0123456789", "abcdefghij"))
        path = ItemId(f"/{first}/{second}-{name}")
        title = f"{first} {second} {third}"
        items.append(CatalogueItem(path, title, f"About {title}.", first, ItemKind.INFORMATION, "en"))
    return Catalogue("benchmark", tuple(sorted(items, key=lambda item: item.id)))


def release_of(catalogue: Catalogue, period: str) -> Release:
    """A week's release: each page leads to some others, few of them often."""
    pages, rng = catalogue.pages, np.random.default_rng(1)
    counts: dict[tuple[ItemId, ItemId], int] = {}
    for at, page in enumerate(pages):
        for place, target in enumerate(rng.integers(0, len(pages), MOVES_A_PAGE)):
            if int(target) != at:
                counts[page, pages[int(target)]] = 20 + 200 // (place + 1)
    return Release.of(
        counts,
        site="benchmark",
        source=Source.CONTRIBUTIONS,
        period=Period(period, period),
        privacy=Privacy(10, Mechanism.DISCRETE_LAPLACE, 1000, 6),
        bound=Bound(Unit.DEVICE_WEEK, 1),
        pages=pages,
    )


def measure(count: int) -> str:
    """Train, judge, and say what it took."""
    catalogue = catalogue_of(count)
    first, second = release_of(catalogue, "2026-W01"), release_of(catalogue, "2026-W02")
    live = train_model(first, catalogue).onnx_bytes
    began = process_time()
    made = learn(Question((first,), (second,), catalogue, live))
    seconds = process_time() - began
    if made is None:
        raise RuntimeError("proposing: too few moves to judge by")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{count:>7,} {seconds:>9.1f} {megabytes:>9.0f} {len(made.onnx):>12,}"


def main(sizes: tuple[int, ...]) -> None:
    """Print the table."""
    print(f"{'pages':>7} {'seconds':>9} {'MB':>9} {'model bytes':>12}")
    for size in sizes:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.proposing", "--one", str(size)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(done.stdout, end="", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--one", count]:
            print(measure(int(count)))
        case asked:
            main(tuple(int(count) for count in asked) or SIZES)
