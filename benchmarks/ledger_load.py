"""What the ledger bears: `python -m benchmarks.ledger_load`.

First a storm: writers and sequencers that die at every step, on the MiniStack of `nearside up`, judged by
reading the whole log back. Then calm: how many entries a second are accepted from 1 to 16 writers, beside a
design that moves the head with every request; and what MiniStack's journal costs. Every writer is a process
with clients of its own.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final

from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from consent_ledger import leaf, log
from consent_ledger.leaf import ConsentLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.storage.ports import Storage
from lambdas.shared.ledger_storage import DynamoS3Storage
from nearside.local.ministack import ministack
from nearside.settings import Settings
from tests.support.ledger_faults import Fate, MortalClient
from tests.support.ledger_storm import Published, Storm, Verdict, judge, rage, settle_down
from tests.support.ministack import MiniStack, running_ministack

WRITERS: Final = (1, 2, 4, 8, 16)
ROUNDS: Final = 3
_HEAD: Final = {"pk": {"S": "head"}, "sk": {"S": "head"}}

Accept = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log lies: the address of its MiniStack, its table and its bucket."""

    url: str
    table: str
    bucket: str

    @classmethod
    def new(cls, stack: MiniStack) -> Place:
        """Make an empty table and an empty bucket."""
        return cls(stack.url, stack.table("pk", "sk"), stack.bucket())

    def open(self) -> Storage:
        """Open the log with this process's own clients."""
        return DynamoS3Storage(
            self.table,
            self.bucket,
            dynamodb_client=own_client(self.url, "dynamodb"),
            s3_client=own_client(self.url, "s3"),
        )

    def open_mortal(self, fate: Fate, published: Published) -> Storage:
        """Open it for somebody who may die at any request, with clients of nobody else's."""
        stack = MiniStack(self.url)
        clients: list[Any] = [
            MortalClient(stack.client(name), fate, published) for name in ("dynamodb", "s3")
        ]
        return DynamoS3Storage(self.table, self.bucket, dynamodb_client=clients[0], s3_client=clients[1])


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast entries were accepted: how many a second, and how long each took (milliseconds)."""

    per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, seconds: float, spans: Sequence[float]) -> Rate:
        """Sum up what all writers together measured."""
        cuts = quantiles(spans, n=100)
        return cls(len(spans) / seconds, 1000 * cuts[49], 1000 * cuts[98])


@cache
def own_client(url: str, service: str) -> Any:
    """The client that this process has for a service: to make one takes longer than many requests."""
    return MiniStack(url).client(service)


def ours(place: Place) -> Accept:
    """Accept as the ledger does: order comes later."""
    storage = place.open()
    return lambda data: _drop(log.accept(storage, data))


def naive(place: Place) -> Accept:
    """Give each entry its place at once, by a compare-and-swap of the head that others make as well."""
    client = own_client(place.url, "dynamodb")

    def accept(data: bytes) -> None:
        while True:
            row = client.get_item(TableName=place.table, Key=_HEAD, ConsistentRead=True).get("Item")
            size = int(row["size"]["N"]) if row else 0
            entry = {
                "pk": {"S": f"entry#{size:012d}"},
                "sk": {"S": "entry"},
                "hash": {"S": leaf_hash(data).hex()},
                "leaf": {"B": data},
            }
            head = {
                "TableName": place.table,
                "Item": {**_HEAD, "size": {"N": str(size + 1)}},
                "ConditionExpression": "#size = :size" if row else "attribute_not_exists(pk)",
                **({"ExpressionAttributeNames": {"#size": "size"}} if row else {}),
                **({"ExpressionAttributeValues": {":size": {"N": str(size)}}} if row else {}),
            }
            try:
                client.transact_write_items(
                    TransactItems=[{"Put": head}, {"Put": {"TableName": place.table, "Item": entry}}]
                )
                return
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise

    return accept


DESIGNS: Final[dict[str, Callable[[Place], Accept]]] = {"ours": ours, "naive": naive}


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes when it is told to."""

    process: SpawnProcess
    pipe: Connection

    @classmethod
    def start(cls) -> Writer:
        """Start one; it ends with us."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=write_when_told, args=(theirs,), daemon=True)
        process.start()
        return cls(process, ours)


def write_when_told(pipe: Connection) -> None:
    """One writer: be told of a log, say when ready, and from a common moment on accept entries for so long.

    Sends back how long each entry took.
    """
    while True:
        design, place, seconds = pipe.recv()
        accept = DESIGNS[design](place)
        # The first request opens the connection, which a running function has open.
        accept(new_leaf())
        pipe.send("ready")
        pipe.recv()
        spans: list[float] = []
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            accept(new_leaf())
            spans.append(time.perf_counter() - begun)
        pipe.send(spans)


def new_leaf() -> bytes:
    """The bytes of an entry of a consent record that nobody has."""
    return leaf.to_bytes(ConsentLeaf(secrets.token_bytes(32), secrets.token_bytes(32)))


def measure(writers: Sequence[Writer], design: str, stack: MiniStack, *, seconds: float) -> Rate:
    """How fast these writers are together, on a new table."""
    place = Place.new(stack)
    for writer in writers:
        writer.pipe.send((design, place, seconds))
    for answer in ("ready", "go"):
        for writer in writers:
            if answer == "ready":
                writer.pipe.recv()
            else:
                writer.pipe.send(answer)
    return Rate.of(seconds, [span for writer in writers for span in writer.pipe.recv()])


def middle(rates: Sequence[Rate]) -> Rate:
    """The median of each figure."""
    return Rate(
        median(rate.per_second for rate in rates),
        median(rate.p50_ms for rate in rates),
        median(rate.p99_ms for rate in rates),
    )


@contextmanager
def journalled(folder: Path) -> Iterator[MiniStack]:
    """MiniStack as `nearside up` runs it."""
    with ministack(Settings.read(), folder) as url:
        yield MiniStack(url)


def storm_on(stack: MiniStack, storm: Storm) -> Verdict:
    """Let a storm rage on a new log, and judge it."""
    place = Place.new(stack)
    started = time.monotonic()
    seen = rage(storm, place.open_mortal)
    seconds = time.monotonic() - started
    settle_down(place.open(), seen)
    return judge(place.open(), seen, seconds=seconds)


def show_storm(console: Console, verdict: Verdict) -> None:
    """Print what the storm left."""
    table = Table(title="A storm", min_width=40)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in asdict(verdict).items():
        table.add_row(
            name, f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if value != () else "none"
        )
    console.print(table)


def show_calm(console: Console, rates: dict[str, dict[int, Rate]], *, title: str) -> None:
    """Print rates beside one another, the second design relative to the first."""
    (first, ahead), (second, behind) = rates.items()
    table = Table(title=title)
    for name in ("writers", first, "p50 ms", "p99 ms", second, "p50 ms", "p99 ms", "ratio"):
        table.add_column(name, justify="right")
    for writers, rate in ahead.items():
        other = behind[writers]
        cells = [
            f"{value:,.1f}" for each in (rate, other) for value in (each.per_second, each.p50_ms, each.p99_ms)
        ]
        table.add_row(str(writers), *cells, f"{rate.per_second / other.per_second:.2f}")
    console.print(table)


def main() -> None:
    """Run all, and print tables; the exit code is 1 when the storm found a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2000, help="entries of the storm; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=1, help="of the storm's dice")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    arguments = parser.parse_args()
    console = Console(width=110)
    with TemporaryDirectory() as kept, TemporaryDirectory() as unkept:
        verdict = None
        if arguments.entries:
            with journalled(Path(kept)) as stack:
                storm = Storm(arguments.entries, batch=128, window=256, seed=arguments.seed)
                verdict = storm_on(stack, storm)
            show_storm(console, verdict)
        crowd = [Writer.start() for _ in range(max(WRITERS))]
        with (
            journalled(Path(kept)) as with_journal,
            running_ministack(Path(unkept), AUTH="true") as without,
        ):
            runs: dict[tuple[str, str, int], list[Rate]] = {}
            for _ in range(ROUNDS):
                for writers in WRITERS:
                    for stack, keeps, design in (
                        (with_journal, "with a journal", "ours"),
                        (with_journal, "with a journal", "naive"),
                        (without, "without", "ours"),
                    ):
                        rate = measure(crowd[:writers], design, stack, seconds=arguments.seconds)
                        runs.setdefault((keeps, design, writers), []).append(rate)
        for writer in crowd:
            writer.process.terminate()
            writer.process.join()
    found = {
        (keeps, design): {writers: middle(runs[keeps, design, writers]) for writers in WRITERS}
        for keeps, design in (("with a journal", "ours"), ("with a journal", "naive"), ("without", "ours"))
    }
    show_calm(
        console,
        {design: found["with a journal", design] for design in DESIGNS},
        title="Accepted a second, by design",
    )
    show_calm(
        console,
        {keeps: found[keeps, "ours"] for keeps in ("with a journal", "without")},
        title="Accepted a second, by whether MiniStack keeps a journal",
    )
    sys.exit(0 if verdict is None or _is_clean(verdict) else 1)


def _is_clean(verdict: Verdict) -> bool:
    found = (verdict.lost, verdict.duplicated, verdict.forks, verdict.acknowledged - verdict.receipts)
    return not any(found) and not verdict.faults


def _drop(_: object) -> None:
    """Return nothing."""


if __name__ == "__main__":
    main()
