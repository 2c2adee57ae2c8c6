"""Next pages from aggregates beside recommenders that see raw rows: `python -m benchmarks.recommend`.

Prints the tables, and writes them, all figures and the plots to build/benchmarks/recommend/.
`--quick` leaves the network out, and asks one part of GOV.UK at one epsilon.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.recommend import contest, figures, page, studies
from benchmarks.recommend.contest import Interpreters
from benchmarks.recommend.datasets import GOVUK, MSWEB, TRUNCATED, Site, load
from benchmarks.recommend.figures import Findings
from benchmarks.recommend.results import Result
from nearside.settings import Settings


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured: peers, epsilons, draws of the noise, parts of GOV.UK (of five), the studies."""

    sites: tuple[str, ...] = (MSWEB, TRUNCATED, GOVUK)
    peers: tuple[str, ...] = (*contest.PLAIN, *contest.FACTORS, contest.NETWORK)
    epsilons: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    draws: int = 3
    parts: int = 3
    thinned: tuple[int, ...] = (0, 1, 2)
    studied: tuple[str, ...] = (MSWEB, GOVUK)


QUICK = Scope(
    sites=(MSWEB, GOVUK),
    peers=(*contest.PLAIN, *contest.FACTORS),
    epsilons=(1.0,),
    draws=2,
    parts=1,
    thinned=(),
    studied=(),
)


PLOTS = {
    "recommend-epsilon.svg": "R@5 against epsilon, beside peers",
    "recommend-size.svg": "R@5 against the model's size",
}


class Watched:
    """Two lines of progress, the peers' and ours; where nobody watches, a line for each that is done."""

    def __init__(self, progress: Progress, *, peers: int, ours: int) -> None:
        self._progress = progress
        self._peers = progress.add_task("peers", total=peers)
        self._ours = progress.add_task("ours", total=ours)

    def peers(self, text: str) -> None:
        """Say what the peers are at."""
        self._progress.update(self._peers, description=text)

    def ours(self, text: str) -> None:
        """Say what ours is at."""
        self._progress.update(self._ours, description=text)

    def peer_done(self, text: str) -> None:
        """Count a peer."""
        self._progress.advance(self._peers)
        self._write(text)

    def ours_done(self, text: str) -> None:
        """Count one of ours."""
        self._progress.advance(self._ours)
        self._write(text)

    def _write(self, text: str) -> None:
        if not self._progress.console.is_terminal:
            self._progress.console.print(text)


def run_peers(
    sites: Sequence[Site], scope: Scope, *, interpreters: Interpreters, watched: Watched
) -> dict[str, list[Result]]:
    """Every peer on every site."""
    found: dict[str, list[Result]] = {}
    for site in sites:
        for name in scope.peers:
            result = contest.run_peer(site, name, interpreters=interpreters, told=watched.peers)
            found.setdefault(site.name, []).append(result)
            watched.peer_done(f"{site.name}: {name}: {result.hit}")
    return found


def run_ours(site: Site, scope: Scope, *, watched: Watched) -> Findings:
    """Ours on a site, with the studies; the peers' results are put before them later."""
    watched.ours(f"{site.name}: counting")
    sources, results = contest.sources_of(site), []
    # Every part brings a draw of the noise with it.
    draws = scope.draws if len(site.parts) == 1 else 1
    for variant in contest.variants(scope.epsilons, with_totals=site.with_totals):
        results.append(contest.run_ours(site, sources, variant, draws=draws, told=watched.ours))
        watched.ours_done(f"{site.name}: {variant.name}: {results[-1].hit}")
    results.insert(0, contest.run_content(site, sources))
    studied = site.name in scope.studied
    seeds = scope.thinned[: 1 if len(site.parts) > 1 else None]
    thin = studies.low_traffic(site, seeds=seeds, told=watched.ours) if studied and seeds else ()
    sizes = studies.sizes(site, sources[0], told=watched.ours) if studied else ()
    watched.ours_done(f"{site.name}: studies")
    return Findings(site.name, site.pages, tuple(results), thin, sizes)


def measure(sites: Sequence[Site], scope: Scope, *, interpreters: Interpreters) -> list[Findings]:
    """Peers and ours side by side, each on a core of its own."""
    columns = (SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress, ThreadPoolExecutor(1) as beside:
        watched = Watched(
            progress,
            peers=len(sites) * len(scope.peers),
            ours=sum(
                1 + len(contest.variants(scope.epsilons, with_totals=site.with_totals)) for site in sites
            ),
        )
        peers = beside.submit(run_peers, sites, scope, interpreters=interpreters, watched=watched)
        found = [run_ours(site, scope, watched=watched) for site in sites]
        raw = peers.result()
    return [
        Findings(each.site, each.pages, (*raw[each.site], *each.results), each.thin, each.sizes)
        for each in found
    ]


def loaded(scope: Scope, folder: Path) -> list[Site]:
    """The scope's sites; raises ClickException that says how to get what is missing."""
    sites = []
    for name in scope.sites:
        try:
            site = load(name, folder)
        except FileNotFoundError:
            raise click.ClickException(
                f"data: {name} is not in the folder that NEARSIDE_DATA or --data names"
            ) from None
        sites.append(Site(site.name, site.catalogue, site.parts[: scope.parts]))
    return sites


def plot(folder: Path, interpreters: Interpreters) -> None:
    """Draw the plots of a folder's figures."""
    with tempfile.TemporaryDirectory() as fonts:
        subprocess.run(
            [interpreters.peers, "-m", "benchmarks.recommend.plots", folder / "figures.json", folder],
            cwd=interpreters.project,
            env={**interpreters.inherited, "MPLCONFIGDIR": fonts},
            check=True,
        )


def keep(tables: str, folder: Path, *, project: Path) -> None:
    """Put tables, day and load into benchmarks/README.md, and the plots into docs/images."""
    readme = project / "benchmarks" / "README.md"
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    when = f"Measured {datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, load average at the end {load}."
    told = [when, *(f"![{alt}](../docs/images/{name})" for name, alt in PLOTS.items()), tables]
    readme.write_text(page.recorded(readme.read_text(encoding="utf-8"), "\n\n".join(told)), encoding="utf-8")
    for name in PLOTS:
        shutil.copy(folder / name, project / "docs" / "images" / name)


@click.command()
@click.option("--quick", is_flag=True, help="Without the network, one part of GOV.UK, one epsilon: minutes.")
@click.option("--only", type=click.Choice([MSWEB, TRUNCATED, GOVUK]), help="One data set alone.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data sets; else NEARSIDE_DATA.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; else under build.")
@click.option("--record", is_flag=True, help="Put the tables into benchmarks/README.md, plots into docs.")
def main(*, quick: bool, only: str | None, data: Path | None, out: Path | None, record: bool) -> None:
    """Measure how well next pages are predicted from aggregates, beside peers that see raw rows."""
    if record and (quick or only is not None):
        raise click.UsageError("--record keeps a whole run.")
    settings = Settings.read()
    interpreters = Interpreters(
        Path(sys.executable),
        settings.project / ".venv-peers" / "bin" / "python",
        settings.project,
        dict(settings.inherited),
    )
    if not interpreters.peers.exists():
        raise click.ClickException("peers: they have an environment of their own; `make peers` installs it")
    scope = QUICK if quick else Scope()
    if only is not None:
        scope = replace(scope, sites=(only,))
    found = measure(loaded(scope, data or settings.data), scope, interpreters=interpreters)
    folder = out or settings.project / "build" / "benchmarks" / "recommend"
    figures.write(found, folder)
    console = Console(width=200)
    tables = list(page.sheets(found))
    for sheet in tables:
        console.print(sheet.to_rich())
    text = "\n".join(sheet.to_markdown() for sheet in tables)
    (folder / "tables.md").write_text(text, encoding="utf-8")
    plot(folder, interpreters)
    if record:
        keep(text, folder, project=settings.project)
    console.print(f"figures, tables and plots are in {folder}")


if __name__ == "__main__":
    main()
