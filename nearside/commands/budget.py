"""`nearside budget`: what releases of a site's logs may cost its visitors, and what they have cost."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from edge_client.wire.budget import Budget
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.privacy import Unit
from nearside.commands.files import unusable
from nearside.commands.names import SiteName
from nearside.commands.numbers import FiniteRange
from nearside.kept_budget import new_budget, read_budget

_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))


@click.group("budget")
def budget() -> None:
    """Keep account of what releases of a site's logs cost its visitors' privacy."""


@budget.command("new")
@_FILE
@click.option("--site", required=True, type=SiteName(), help="Site whose visitors it is about.")
@click.option(
    "--epsilon", required=True, type=FiniteRange(0.001, 1000), help="The most that a visitor may lose."
)
@click.option(
    "--delta",
    default=1e-5,
    show_default=True,
    type=FiniteRange(0, 0.001),
    help="The delta that goes with it.",
)
@click.option(
    "--days", default=91, show_default=True, type=click.IntRange(1, 3660), help="Over how many days in a row."
)
@click.option(
    "--unit",
    default=Unit.VISITOR.value,
    show_default=True,
    type=click.Choice([each.value for each in Unit if each is not Unit.DEVICE_WEEK]),
    help="Whom it protects: releases about any other unit are refused.",
)
def new(file: Path, *, site: str, epsilon: float, delta: float, days: int, unit: str) -> None:
    """Begin a budget in FILE, where none is yet."""
    with unusable():
        # What rounding takes away is the visitors'.
        limit = Limit(int(epsilon * 1000 + 1e-6), int(delta * 10**9 + 1e-6), days)
        new_budget(file, Budget(site, limit, unit=Unit(unit)))
    click.echo(f"{file}: {_limit(limit)}")


@budget.command("show")
@_FILE
def show(file: Path) -> None:
    """Tell what FILE allows, what was charged, and the most that any span of days has cost."""
    with unusable("budget"):
        kept = read_budget(file)
    whom = "units not told" if kept.unit is None else f"each {kept.unit.value}"
    table = Table(title=f"{kept.population}, {whom}: {_limit(kept.limit)}", title_justify="left")
    for heading in ("period", "epsilon", "rho", "delta"):
        table.add_column(heading)
    for charge in kept.charges:
        period = charge.period
        days = "not told" if period.start is None else f"{period.start} to {period.end}"
        table.add_row(days, *_cost(charge.cost))
    dearest = kept.dearest()
    table.add_section()
    table.add_row(f"dearest {kept.limit.days} days", *_cost(dearest))
    console = Console()
    console.print(table)
    console.print(f"epsilon {dearest.epsilon_at(kept.limit.delta):.4g} at delta {float(kept.limit.delta):g}")


def _limit(limit: Limit) -> str:
    delta = float(limit.delta)
    return f"epsilon {limit.epsilon_milli / 1000:g} at delta {delta:g} over any {limit.days} days"


def _cost(cost: Cost) -> tuple[str, str, str]:
    pure = "none" if cost.epsilon is None else f"{cost.epsilon / 10**12:.6g}"
    return pure, f"{cost.rho / 10**12:.6g}", f"{cost.delta / 10**15:.3g}"
