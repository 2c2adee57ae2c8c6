"""The reader who looks for what one visitor alone did: a page, or a pair of pages, that nobody else opened.

Of pairs that occur only those may show that are hidden with probability delta; here the probability is summed
anew from each release's own terms, and then counted in ten thousand lone visitors at once.
Of pairs on a public list every one may show, walked or not: `test_canary_audit.py` has those.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binom

from consent_ledger.errors import Untrue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.rules import Rules
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.visits import Limits
from model_export.releasing.aggregate import Terms, release_counts
from nearside.commands.advise import advise
from nearside.commands.aggregate import aggregate
from nearside.commands.archetypes import archetypes
from nearside.commands.train import train
from tests.support import town as towns
from tests.support.canary_paths import Aviary, from_devices
from tests.support.city import rules as city_rules
from tests.support.visits import journey, write_log

CANARY = "canary7xq"
LONERS = 10_000
BOTH = pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])


def splits(total: int, *, cells: int, most: int) -> Iterator[tuple[int, ...]]:
    """Every way in which one unit can spread `total` over cells of its own, up to order."""
    for used in range(1, cells + 1):
        for parts in itertools.combinations_with_replacement(range(1, most + 1), used):
            if sum(parts) <= total:
                yield parts


def chance_to_show(release: Release) -> float:
    """The probability that cells that one unit alone made reach the release's threshold, at the worst.

    Summed over the noise's whole numbers, without a formula for tails.
    """
    assert release.scale_milli is not None
    scale, unit = release.scale_milli / 1000, release.bound.footprint(release.parts)
    x = np.arange(-int(60 * scale) - 10, int(60 * scale) + release.threshold + 10)
    if release.privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
        weight = np.exp(-np.abs(x) / scale)
    else:
        weight = np.exp(-(x.astype(np.float64) ** 2) / (2 * scale**2))
    weight /= weight.sum()

    # Smallest terms first: the far tail is what matters.
    at_least = np.cumsum(weight[::-1])[::-1]

    def shows(*values: int) -> float:
        hidden = (math.log1p(-min(at_least[release.threshold - value - x[0]], 0.5)) for value in values)
        return -math.expm1(sum(hidden))

    if release.parts > 1:
        return max(shows(*[release.parts // n] * n) for n in range(1, unit.cells + 1))
    return max(shows(*spread) for spread in splits(unit.total, cells=unit.cells, most=unit.most))


@BOTH
@pytest.mark.parametrize("epsilon_milli", [200, 1000, 4000])
@pytest.mark.parametrize(("unit", "pairs"), [(Unit.VISITOR, 1), (Unit.VISITOR, 4), (Unit.DEVICE_WEEK, 4)])
@pytest.mark.parametrize("parts", [1, 5040])
def test_what_one_alone_did_shows_no_oftener_than_delta(
    mechanism: Mechanism, epsilon_milli: int, unit: Unit, pairs: int, parts: int
) -> None:
    """Exactly summed: at the threshold that a release tells, and no longer where it is a fifth lower."""
    release = Release.of(
        {},
        site="riverton",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(2, mechanism, epsilon_milli, 4),
        bound=Bound(unit, pairs),
        parts=parts,
    )
    assert chance_to_show(release) <= 1e-4
    with pytest.raises(Untrue, match="release: the threshold"):
        replace(release, threshold=release.threshold * 4 // 5)


@BOTH
def test_what_one_alone_shared_out_among_all_pairs_of_twenty_pages_shows_no_oftener(
    mechanism: Mechanism,
) -> None:
    """The longest visit that counts, and every shorter one, at the default terms of `--shares`."""
    release = Release.of(
        {},
        site="riverton",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10, mechanism, 1000, 6),
        bound=Bound(Unit.VISITOR, 190),
        parts=5040,
    )
    assert chance_to_show(release) <= 1e-6


def test_the_sum_above_can_be_too_large() -> None:
    """Of a release without a promise it says that a lone pair shows in one run of four."""
    release = Release.of(
        {},
        site="riverton",
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(2, Mechanism.DISCRETE_LAPLACE, 1000, 4),
        bound=Bound(Unit.VISITOR, 1),
    )
    careless = replace(release, version=1, threshold=2)
    assert chance_to_show(careless) == pytest.approx(0.269, abs=0.001)


@BOTH
@pytest.mark.parametrize("pairs", [1, 4])
def test_of_ten_thousand_lone_visitors_no_more_show_than_delta_says(mechanism: Mechanism, pairs: int) -> None:
    """Each walked `pairs` pairs that nobody else walked; at delta 1/1000 some ten of them may show."""
    walks = ([ItemId(f"/{who}/{at}") for at in range(pairs + 1)] for who in range(LONERS))
    counts = Counter(pair for walk in walks for pair in itertools.pairwise(walk))
    terms = Terms("riverton", Privacy(2, mechanism, 1000, 3), Choice(Limits(bound=pairs)))
    release = release_counts(counts, Format.SESSIONS, reading=Reading(), terms=terms)
    shown = {source.split("/")[1] for source, _ in release.moves()}
    # More than this many come of a true delta once in a million runs.
    assert len(shown) <= binom.isf(1e-6, LONERS, 1e-3)


@BOTH
def test_of_ten_thousand_lone_devices_no_more_show_than_delta_says(mechanism: Mechanism) -> None:
    """Each sent both of its reports of the week for a pair that nobody else reported."""
    aviary = Aviary(pages=101, crowd=0)
    everyone = np.ones(len(aviary.walks), dtype=np.bool_)
    release = from_devices(aviary, everyone, privacy=Privacy(2, mechanism, 1000, 4), seed=7, reports=2)
    assert len(everyone) >= LONERS
    assert len(release.cells) <= binom.isf(1e-6, len(everyone), 1e-4)


@pytest.fixture(scope="module")
def log_of_loners(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crowd that walks one way, and a thousand visitors each of whom opens a page of their own."""
    crowd = [line for n in range(200) for line in journey(f"192.0.2.{n}", ["/home", "/tax", "/pay"])]
    alone = [(f"198.51.{n // 250}.{n % 250}", f"/clinic/{CANARY}{n}") for n in range(1000)]
    loners = [line for host, page in alone for line in journey(host, ["/home", page, "/pay"])]
    return write_log(tmp_path_factory.mktemp("log") / "access.log", crowd + loners)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--k", "2"),
        ("--epsilon", "1", "--delta-exp", "12", "--k", "2"),
        ("--epsilon", "1", "--delta-exp", "12", "--k", "2", "--mechanism", "discrete-gaussian"),
    ],
    ids=["exact", "laplace", "gaussian"],
)
def test_no_page_of_a_lone_visitor_is_in_anything_that_is_made_of_a_log(
    tmp_path: Path, log_of_loners: Path, arguments: tuple[str, ...]
) -> None:
    """A thousand such pages, and none is in the release, the model, its card, or what either command prints.

    At this delta one of them would be once in a thousand million runs.
    """
    release, model = tmp_path / "release.json", tmp_path / "model"
    told = CliRunner().invoke(aggregate, [str(log_of_loners), "--out", str(release), *arguments])
    assert told.exit_code == 0, told.output
    taught = CliRunner().invoke(train, [str(release), "--out", str(model)])
    assert taught.exit_code == 0, taught.output
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"release.json", "model.onnx", "model.json", "MODEL_CARD.md"}
    for path in written:
        assert CANARY.encode() not in path.read_bytes()
    assert CANARY not in told.output + told.stderr + taught.output + taught.stderr


def made_of(folder: Path, table: list[str]) -> dict[str, bytes]:
    """Everything that an agency makes of a table of sessions of the town but the release itself."""
    release = folder / "release.json"
    site = ["--catalogue", str(folder / "catalogue.json")]
    rules = ["--rules", str(folder / "rules.json")]
    said = []
    for command, arguments in (
        (aggregate, [str(write_log(folder / "table.csv", table)), *site, "--site", towns.SITE]),
        (train, [*site, str(release)]),
        (archetypes, [*site, *rules, "--number", "7", str(release)]),
        (advise, [*site, *rules, "--release", str(release), "--format", "json", "--today", "2026-11-22"]),
    ):
        out = {aggregate: release, train: folder / "model"}.get(command, folder / f"{command.name}.json")
        result = CliRunner().invoke(command, [*arguments, "--out", str(out)])
        assert result.exit_code in ((0, 1) if command is advise else (0,)), result.output
        said.append(result.output.encode())
    files = [folder / "model" / "model.onnx", folder / "archetypes.json", folder / "advise.json"]
    return {file.name: file.read_bytes() for file in files} | {"said": b"".join(said[2:])}


def test_lone_pairs_of_known_pages_leave_model_archetypes_and_advice_as_they_were(tmp_path: Path) -> None:
    """Without noise, the fewest count keeps two hundred lone visitors out of every byte that is made."""
    town = towns.catalogue()
    drawn = np.random.default_rng(5).poisson(towns.means(town, visitors=40_000))
    rows, columns = np.nonzero(drawn)
    table = ["occurrences,page_sequence"]
    table += [f"{drawn[a, b]},{town.pages[a]}>>{town.pages[b]}" for a, b in zip(rows, columns, strict=True)]
    nobodys = [(a, b) for a, b in zip(*np.nonzero(drawn == 0), strict=True) if a != b][:200]
    loners = [f"1,{town.pages[a]}>>{town.pages[b]}" for a, b in nobodys]
    (tmp_path / "catalogue.json").write_bytes(town.to_bytes())
    rules = replace(Rules.parse(city_rules()), never_topics=("care-homes",))
    (tmp_path / "rules.json").write_bytes(rules.to_bytes())
    assert len(loners) == 200
    assert made_of(tmp_path, table + loners) == made_of(tmp_path, table)
