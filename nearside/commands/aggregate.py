"""`nearside aggregate`: a web server's log, or a table of counts, to a release of aggregates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.budget import Charge
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import FEWEST_K, Mechanism, Period, Privacy, Release
from model_export.counting.contributions import WHOLE_PARTS, Limits
from model_export.counting.counts import detect_format
from model_export.counting.lines import LineFile
from model_export.counting.reading import ASSET_EXTENSIONS, Choice, Format, Reading
from model_export.counting.sequences import Holdout
from model_export.releasing import aggregate as aggregation
from nearside.commands.counting import Engine, Means, count_input
from nearside.commands.files import read_file, unusable
from nearside.commands.names import SiteName
from nearside.commands.numbers import FiniteRange
from nearside.kept_budget import read_budget, spend

K_OF_OCCURRING = 10
BOUND_WITHOUT_NOISE = 4
BOUND_WITH_NOISE = 1
BOUND_OF_SHARES = 190  # all ordered pairs of the twenty pages of a session that count
WHOLE_SESSION = "session"
_FILE = click.Path(path_type=Path, dir_okay=False)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        if value is None or date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise click.BadParameter("not a day of the calendar such as 2026-11-16", ctx, param)


@click.command("aggregate")
@click.argument("source", metavar="INPUT", type=_FILE)
@click.option("--out", required=True, type=_FILE, help="Release to write.")
@click.option(
    "--format",
    "format_name",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", *(name.value for name in Format)]),
    help="moves: source_path,destination_path,moves. sessions: occurrences,page_sequence. "
    "ncsa: Common or Combined Log Format. epa: the EPA archive's log. gzip is read as it is.",
)
@click.option(
    "--site", type=SiteName(), help="Name of the site in the release.  [default: the catalogue's, or site]"
)
@click.option("--catalogue", type=_FILE, help="Count only the pages of this catalogue.json.")
@click.option(
    "--candidates",
    type=_FILE,
    help="Count only these public page pairs, of the catalogue's pages: candidates.json.",
)
@click.option(
    "--k",
    type=click.IntRange(2),
    help=f"Fewest visitors in a cell.  [default: {K_OF_OCCURRING}, "
    f"or {FEWEST_K} when noise is on public pairs: --epsilon and --catalogue]",
)
@click.option("--epsilon", type=FiniteRange(0.001, 100), help="Add noise worth this epsilon.")
@click.option(
    "--mechanism",
    type=click.Choice([Mechanism.DISCRETE_LAPLACE.value, Mechanism.DISCRETE_GAUSSIAN.value]),
    help="The noise.  [default: discrete-laplace when --epsilon is given]",
)
@click.option(
    "--delta-exp",
    type=click.IntRange(3, 15),
    help="Delta is 10 to minus this.  [default: 6 when --epsilon is given]",
)
@click.option(
    "--budget",
    type=_FILE,
    help="Charge this privacy budget before any noise is drawn, and refuse what would overspend: see "
    "`nearside budget`. It is charged for --period-from to --period-to, which an input that tells days must "
    "keep to, or against every day without them; an input that tells none, as tables and some logs do, is "
    "charged against every day whatever they say.",
)
@click.option(
    "--bound",
    type=click.IntRange(1, 1000),
    help=f"Most pairs from one visitor or session.  [default: {BOUND_WITHOUT_NOISE}, {BOUND_WITH_NOISE} when "
    f"--epsilon is given, or {BOUND_OF_SHARES} with --shares]",
)
@click.option(
    "--shares",
    is_flag=True,
    help="Share each visitor out among all pairs, rather than count some pairs whole.",
)
@click.option(
    "--window",
    type=click.Choice([*"12345", WHOLE_SESSION]),
    help="Most steps in a pair, or any within a session.  [default: 1, or session with --shares]",
)
@click.option(
    "--gap-minutes", default=30, show_default=True, type=click.IntRange(1, 1440), help="End of a session."
)
@click.option("--exclude-ext", multiple=True, metavar="EXT", help="A further file extension that is no page.")
@click.option(
    "--engine",
    default=Engine.AUTO.value,
    show_default=True,
    type=click.Choice([engine.value for engine in Engine]),
    help="Who counts, always to the same result. auto: python for a small file, duckdb for others. "
    "pyspark needs Spark beside this command.",
)
@click.option(
    "--memory-mib", default=512, show_default=True, type=click.IntRange(128), help="Memory for duckdb."
)
@click.option(
    "--temp",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder for the working files of duckdb and pyspark, which hold the lines while they count.  "
    "[default: the system's]",
)
@click.option("--period-from", metavar="DAY", callback=_day, help="First day counted, as 2026-11-16.")
@click.option("--period-to", metavar="DAY", callback=_day, help="Last day counted.")
@click.option("--holdout", type=FiniteRange(0, 0.9), help="Leave this share of distinct sessions out.")
@click.option("--holdout-seed", default=0, show_default=True, help="Which sessions are left out.")
def aggregate(
    source: Path,
    *,
    out: Path,
    format_name: str,
    site: str | None,
    catalogue: Path | None,
    candidates: Path | None,
    k: int | None,
    epsilon: float | None,
    mechanism: str | None,
    delta_exp: int | None,
    budget: Path | None,
    bound: int | None,
    shares: bool,
    window: str | None,
    gap_minutes: int,
    exclude_ext: tuple[str, ...],
    engine: str,
    memory_mib: int,
    temp: Path | None,
    period_from: str | None,
    period_to: str | None,
    holdout: float | None,
    holdout_seed: int,
) -> None:
    """Count page-to-page moves in INPUT and release those that enough visitors made.

    Nothing about a visitor is written, and no line of INPUT is ever shown.
    """
    if epsilon is None and (mechanism is not None or delta_exp is not None):
        raise click.UsageError("--mechanism and --delta-exp say how noise is added: give --epsilon too.")
    if budget is not None and epsilon is None:
        raise click.UsageError("--budget needs --epsilon: without noise nothing says what a release costs.")
    if candidates is not None and catalogue is None:
        raise click.UsageError("--candidates are pairs of the catalogue's pages: give --catalogue too.")
    if (period_from is None) != (period_to is None):
        raise click.UsageError("--period-from and --period-to go together.")
    if out.exists() and source.exists() and out.samefile(source):
        raise click.UsageError("--out is the input itself.")
    with unusable():
        known = None if catalogue is None else read_file(catalogue, Catalogue.parse, named="--catalogue")
        public = None if candidates is None else read_file(candidates, Candidates.parse, named="--candidates")
        if budget is not None:
            # That there is one to charge, before hours may go into reading.
            with unusable("--budget"):
                read_budget(budget)
        # Checked before hours may go into reading, as everything here is.
        period = None if period_from is None else Period(period_from, period_to)
        if known is not None and site not in (None, known.site):
            raise click.UsageError("--site is another than the catalogue's.")
        lines = LineFile(source)
        with unusable("input"):
            format_ = detect_format(lines) if format_name == "auto" else Format(format_name)
        if holdout is not None and format_ is not Format.SESSIONS:
            raise click.UsageError("--holdout needs a table of sessions.")
        terms = aggregation.Terms(
            site=site or ("site" if known is None else known.site),
            privacy=_privacy(
                k or (K_OF_OCCURRING if epsilon is None or known is None else FEWEST_K),
                epsilon=epsilon,
                mechanism=mechanism,
                delta_exp=delta_exp,
            ),
            choice=Choice(
                limits=_limits(
                    bound, window=window, shares=shares, noise=epsilon is not None, gap_minutes=gap_minutes
                ),
                excluded_extensions=ASSET_EXTENSIONS | {ext.lower().lstrip(".") for ext in exclude_ext},
                pages=None if known is None else frozenset(known.pages),
                holdout=None if holdout is None else Holdout(holdout, holdout_seed),
            ),
            period=period,
            catalogue=known,
            candidates=public,
        )
        reading, charged = Reading(), list[int]()

        def charge(cost: Charge) -> None:
            if budget is not None:
                charged.append(spend(budget, cost))

        counts = count_input(
            lines,
            format_,
            reading=reading,
            choice=terms.choice,
            means=Means(Engine(engine), memory_mib=memory_mib, temp=temp),
        )
        release = aggregation.release_counts(
            counts, format_, reading=reading, terms=terms, spend=None if budget is None else charge
        )
        replace_file(out, release.to_bytes())
    _tell(release, reading=reading, format_=format_, out=out)
    if any(charged):
        Console(stderr=True).print(
            f"releases before this one about any of the same days: {charged[0]}; "
            "each spent of the budget, and so did this"
        )


def _privacy(k: int, *, epsilon: float | None, mechanism: str | None, delta_exp: int | None) -> Privacy:
    if epsilon is None:
        return Privacy(k)
    return Privacy(
        k, Mechanism(mechanism or Mechanism.DISCRETE_LAPLACE), round(epsilon * 1000), delta_exp or 6
    )


def _limits(bound: int | None, *, window: str | None, shares: bool, noise: bool, gap_minutes: int) -> Limits:
    usual = BOUND_OF_SHARES if shares else BOUND_WITH_NOISE if noise else BOUND_WITHOUT_NOISE
    steps = window or (WHOLE_SESSION if shares else "1")
    return Limits(
        bound=bound or usual,
        window=None if steps == WHOLE_SESSION else int(steps),
        gap_seconds=gap_minutes * 60,
        parts=WHOLE_PARTS if shares else 1,
    )


def _tell(release: Release, *, reading: Reading, format_: Format, out: Path) -> None:
    table = Table(title=f"release of {release.site}", show_header=False, title_justify="left")
    privacy, totals = release.privacy, release.totals
    table.add_row("read as", format_.value)
    table.add_row("lines", f"{reading.lines:,} ({reading.used:,} counted)")
    for reason, number in sorted(reading.left_out.items()):
        table.add_row("left out", f"{number:,} {reason}")
    if reading.malformed:
        first = ", ".join(str(number) for number in reading.first_malformed)
        more = ", ..." if reading.malformed > len(reading.first_malformed) else ""
        table.add_row("malformed", f"{reading.malformed:,} lines, at {first}{more}")
    table.add_row("pages", f"{len(release.pages):,}")
    table.add_row("cells", f"{totals['kept_cells']:,} kept, {_number(totals['dropped_cells'])} dropped")
    table.add_row("moves kept", f"{totals['kept_moves']:,}")
    shared = " together" if release.parts > 1 else ""
    table.add_row("bound", f"{release.bound.pairs} pairs a {release.bound.unit.value}{shared}")
    table.add_row("k", str(privacy.k))
    table.add_row("threshold", f"{release.threshold / release.parts:g}")
    table.add_row("noise", _noise(privacy))
    table.add_row("written to", str(out))
    Console().print(table)
    if not release.cells:
        Console(stderr=True).print(
            "no cell was large enough: the release is empty; lower --k, or count more days"
        )


def _number(value: int | None) -> str:
    return "an unpublished number" if value is None else f"{value:,}"


def _noise(privacy: Privacy) -> str:
    if privacy.epsilon_milli is None:
        return "none"
    delta = "" if privacy.delta_exp is None else f", delta 1e-{privacy.delta_exp}"
    return f"{privacy.mechanism.value}, epsilon {privacy.epsilon_milli / 1000:g}{delta}"
