"""How much privacy is really lost, beside what is claimed: `python -m benchmarks.privacy_audit`.

Audits in one run (see `tests/support/one_run_audit.py`) of every way by which counts become public, with
canaries that anyone could be; then membership, linking and poisoning on public data.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Privacy
from tests.support.canary_paths import Aviary, from_a_table, from_devices, strongest
from tests.support.linking import Walk, linked_triples, msweb_walks, precision
from tests.support.one_run_audit import TOLD, coins, guess
from tests.support.poisoning import devices_needed
from tests.support.shadow_models import Town, membership_advantage

EPSILONS = (500, 1000, 2000, 4000)
DELTA_EXP = 6
SHARES = (1.0, 0.5, 0.25, 0.1, 0.05)
K = 10

Scores = NDArray[np.float64]
Way = Callable[[Aviary, NDArray[np.bool_], Privacy, int], Scores]


@dataclass(frozen=True, slots=True)
class Audited:
    """A way by which counts become public, and how many pairs each canary walks."""

    name: str
    way: Way
    length: int = 1


def of_a_table(*, known: bool, length: int, parts: int = 1) -> Way:
    """The way of `nearside aggregate`."""

    def scores(aviary: Aviary, present: NDArray[np.bool_], privacy: Privacy, seed: int) -> Scores:
        release, _ = from_a_table(aviary, present, privacy=privacy, known=known, parts=parts)
        return strongest(aviary.read(release), privacy, whole=1 / length if parts > 1 else 1)

    return scores


def of_devices(*, known: bool, reports: int) -> Way:
    """The way of contributions, through both functions' services."""

    def scores(aviary: Aviary, present: NDArray[np.bool_], privacy: Privacy, seed: int) -> Scores:
        release = from_devices(aviary, present, privacy=privacy, seed=seed, reports=reports, known=known)
        return strongest(aviary.read(release), privacy, whole=reports)

    return scores


WAYS = (
    Audited("sessions, one pair, public pairs", of_a_table(known=True, length=1)),
    Audited("sessions, one pair, pairs that occur", of_a_table(known=False, length=1)),
    Audited("sessions, four pairs, public pairs", of_a_table(known=True, length=4), 4),
    Audited("sessions, four shares, public pairs", of_a_table(known=True, length=4, parts=5040), 4),
    Audited("devices, one report, public pairs", of_devices(known=True, reports=1)),
    Audited("devices, one report, pairs that occur", of_devices(known=False, reports=1)),
    Audited("devices, four reports, public pairs", of_devices(known=True, reports=4)),
)


def empirical(audited: Audited, privacy: Privacy, *, seed: int) -> float:
    """The epsilon that one run refutes with 95 % confidence; another run settles how many are guessed."""
    aviary = Aviary(length=audited.length)

    def once(salt: int) -> tuple[Scores, NDArray[np.bool_]]:
        present = coins(len(aviary.walks), seed=seed + salt)
        return audited.way(aviary, present, privacy, seed + salt), present

    delta = 10.0**-DELTA_EXP
    first, there = once(0)
    share = max(SHARES, key=lambda each: guess(first, there, share=each, delta=delta).epsilon_at_least(TOLD))
    second, there = once(1000)
    return guess(second, there, share=share, delta=delta).epsilon_at_least(TOLD)


def audits(seed: int) -> Table:
    """Claimed beside empirical, for every way and both mechanisms."""
    table = Table(title="epsilon proven with 95 % confidence in one run, under the epsilon claimed")
    table.add_column("way")
    table.add_column("noise")
    for milli in EPSILONS:
        table.add_column(f"{milli / 1000:g}", justify="right")
    table.add_column("1, a tenth of its noise", justify="right")
    rows = [(way, mechanism) for way in WAYS for mechanism in list(Mechanism)[1:]]
    for way, mechanism in track(rows, description="audits", console=Console(stderr=True)):
        terms = Privacy(2, mechanism, 1000, DELTA_EXP)
        found = [empirical(way, replace(terms, epsilon_milli=milli), seed=seed) for milli in EPSILONS]
        found.append(empirical(way, replace(terms, epsilon_milli=10_000), seed=seed))
        table.add_row(way.name, mechanism.value, *(f"{value:.2f}" for value in found))
    return table


def memberships(models: int) -> Table:
    """How well shadow models tell members from others, by the area under the curve."""
    table = Table(title=f"membership told from a model's bytes, {models} shadow models: area under the curve")
    for heading in ("noise", "visitor who makes a pair reach k", "visitor on a way that many walk"):
        table.add_column(heading)
    rare, common = Town(companions=K - 1), Town(companions=10 * K)
    for name, privacy in (
        ("none, k = 10", Privacy(K)),
        ("discrete-laplace, epsilon 1", Privacy(K, Mechanism.DISCRETE_LAPLACE, 1000, DELTA_EXP)),
        ("discrete-gaussian, epsilon 1", Privacy(K, Mechanism.DISCRETE_GAUSSIAN, 1000, DELTA_EXP)),
        ("discrete-laplace, epsilon 4", Privacy(K, Mechanism.DISCRETE_LAPLACE, 4000, DELTA_EXP)),
    ):
        areas = (membership_advantage(town, privacy, models=models, seed=1) for town in (rare, common))
        table.add_row(name, *(f"{area:.2f}" for area in areas))
    return table


def links(walks: list[Walk]) -> Table:
    """How many paths of three pages rare pairs of msweb seem to tell, and how many of these were walked."""
    table = Table(title="paths of three pages put together from equal counts at k, msweb")
    for heading in ("pairs a visitor", "k", "claims", "walked by somebody"):
        table.add_column(heading)
    for bound in (None, 4, 1):
        for k in (2, 5, 10):
            claims = linked_triples(walks, bound=bound, k=k)
            share = f"{precision(claims, walks):.0%}" if claims else ""
            table.add_row(str(bound or "all"), str(k), str(len(claims)), share)
    return table


def pushes(walks: list[Walk], *, pages: int) -> Iterator[tuple[int, int]]:
    """For some pages of msweb, the visitors who go on from them, and the devices that push another page."""
    rng, counts = Random(0), Counter[tuple[ItemId, ItemId]]()
    for walk in walks:
        if len(walk) > 1:
            a, b = rng.choice(list(combinations(walk, 2)))
            counts[ItemId(f"/{a}"), ItemId(f"/{b}")] += 1
    leaving: Counter[ItemId] = Counter()
    for (source, _), count in counts.items():
        leaving[source] += count
    ranked = [page for page, count in leaving.most_common() if count >= 5 * K]
    for source in ranked[:: max(1, len(ranked) // pages)][:pages]:
        bait = min((page for page in leaving if page != source), key=lambda page: counts[source, page])
        yield leaving[source], devices_needed(counts, source, bait, k=K, most=20_000)


def poisonings(walks: list[Walk], *, pages: int) -> Table:
    """How many false devices a page costs that its visitors do not go to."""
    table = Table(
        title="false devices that put a page among the first five after another, one report each, msweb"
    )
    for heading in ("visitors who go on from the page", "devices needed", "share"):
        table.add_column(heading, justify="right")
    for visitors, devices in track(
        pushes(walks, pages=pages), total=pages, description="poisoning", console=Console(stderr=True)
    ):
        table.add_row(f"{visitors:,}", f"{devices:,}", f"{devices / visitors:.0%}")
    return table


def main() -> int:
    """Print the tables; 1 when the public data are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which canaries take part")
    parser.add_argument("--models", type=int, default=24, help="shadow models")
    parser.add_argument("--pages", type=int, default=6, help="pages that are pushed from")
    options = parser.parse_args()
    console, began = Console(width=140), time.monotonic()
    console.print(audits(options.seed))
    console.print(memberships(options.models))
    walks = msweb_walks()
    if walks:
        console.print(links(walks))
        console.print(poisonings(walks, pages=options.pages))
    console.print(f"{time.monotonic() - began:.0f} seconds")
    if not walks:
        print("public data set msweb not found: set NEARSIDE_DATA", file=sys.stderr)
    return 0 if walks else 1


if __name__ == "__main__":
    sys.exit(main())
