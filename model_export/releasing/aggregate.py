"""From lines of a log or table to a release of aggregates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from consent_ledger.errors import Refused
from edge_client.wire.budget import Charge
from edge_client.wire.cost import Cost
from edge_client.wire.release import Period, Release, Source
from model_export.counting.counts import count
from model_export.counting.lines import Line
from model_export.counting.reading import Format, Reading
from model_export.counting.visits import Pair
from model_export.releasing.noise import add_noise_to_known, add_noise_to_occurring
from model_export.releasing.plan import Plan, Terms, plan_of

__all__ = ["Spend", "Terms", "aggregate", "release_counts"]


Spend: TypeAlias = Callable[[Charge], None]
"""Writes a charge down for good, or raises Refused."""


def release_counts(
    counts: Counter[Pair], format_: Format, *, reading: Reading, terms: Terms, spend: Spend | None = None
) -> Release:
    """Release what `terms` allow of `counts`; `spend` is told what it costs before any noise is drawn.

    Raises Refused when that would overspend, when without noise there is no cost to be told, and when the
    input has days outside the period that is charged. Input without days is charged against every day.
    """
    plan = plan_of(format_, terms)
    if spend is not None:
        spend(_charge(plan, reading=reading, terms=terms))
    kept, threshold = _noisy(counts, plan=plan, terms=terms)
    return Release.of(
        kept,
        site=terms.site,
        source=Source.COUNTS if format_ is Format.MOVES else Source.LOG,
        period=_period(reading, terms=terms),
        privacy=plan.privacy,
        bound=plan.bound,
        pages=None if terms.catalogue is None else terms.catalogue.pages,
        parts=plan.parts,
        candidates=None if plan.candidates is None else plan.candidates.public,
        threshold=threshold,
    )


def aggregate(
    lines: Iterable[Line], format_: Format, *, reading: Reading, terms: Terms, spend: Spend | None = None
) -> Release:
    """Read `lines`, tell `reading` how it went, and release the counts.

    Raises Malformed when nothing is usable, Refused when there is too much to hold or to be spent.
    """
    counts = count(lines, format_, reading=reading, choice=terms.choice)
    return release_counts(counts, format_, reading=reading, terms=terms, spend=spend)


def _charge(plan: Plan, *, reading: Reading, terms: Terms) -> Charge:
    if plan.noise is None:
        raise Refused("budget: a release without noise has no cost that a budget could hold")
    period = terms.period or Period()
    days = period.days()
    seen = (reading.first_day, reading.last_day)
    if days is not None and any(
        day is not None and not days[0].isoformat() <= day <= days[1].isoformat() for day in seen
    ):
        raise Refused("budget: the input has days outside the period that would be charged")
    cost = Cost.of(plan.noise, threshold=plan.stability_threshold)
    # Nothing holds a word about undated input to the days that it is of: it counts against all.
    charged = Period() if seen == (None, None) else period
    return Charge(terms.site, charged, cost, plan.bound.unit)


def _period(reading: Reading, *, terms: Terms) -> Period:
    if terms.period is not None:
        return terms.period
    if terms.privacy.epsilon is not None:
        # The first and last day of a log can hang on one visitor, and no noise is on them.
        return Period()
    return Period(reading.first_day, reading.last_day)


def _noisy(counts: Mapping[Pair, int], *, plan: Plan, terms: Terms) -> tuple[dict[Pair, int], int]:
    """The counts with the plan's noise, and the threshold that they reach."""
    if terms.catalogue is not None:
        pages = terms.catalogue.pages
    else:
        pages = tuple(sorted({page for pair in counts for page in pair}))
    index = {page: at for at, page in enumerate(pages)}
    cells = {(index[a], index[b]): value for (a, b), value in counts.items() if a in index and b in index}
    threshold = plan.floor
    if plan.candidates is not None and plan.noise is None:
        public = frozenset(plan.candidates.pairs)
        cells = {cell: value for cell, value in cells.items() if cell in public}
    elif plan.noise is not None:
        if plan.candidates is None:
            noisy = add_noise_to_occurring(cells, plan=plan)
        else:
            noisy = add_noise_to_known(cells, plan.candidates.pairs, plan=plan)
        cells, threshold = dict(noisy.counts), noisy.threshold
    return {(pages[a], pages[b]): value for (a, b), value in cells.items()}, threshold
