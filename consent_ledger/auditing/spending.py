"""What releases have cost the devices of a site together, over the dearest thirteen weeks (question 10).

By the simple sum of epsilons: what a budget's filter lets in by its finer one is bounded by it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from consent_ledger.auditing.answers import Row, many
from consent_ledger.auditing.study import Study
from consent_ledger.auditing.terms import read_task
from consent_ledger.auditing.timeline import shown
from consent_ledger.leaf import BudgetLeaf, TaskLeaf

SPAN = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Spent:
    """One release's place in the log, the first day of its period, and its epsilon; None without noise.

    A period that no calendar has is taken to begin before all others.
    """

    index: int
    first: date
    epsilon: Fraction | None


def spent_rows(study: Study, size: int) -> Iterator[Row]:
    """A row for each site: its dearest thirteen weeks in a row, among the first `size` entries.

    Releases without noise have no cost that sums could find: all of the site are counted, whichever weeks.
    """
    by_site: dict[str, list[Spent]] = {}
    sites = dict(_sites(study))
    for index, leaf in study.facts.leaves(BudgetLeaf):
        first = _first_day(leaf.period)
        if index < size:
            epsilon = None if leaf.epsilon_milli is None else Fraction(leaf.epsilon_milli, 1000)
            by_site.setdefault(sites.get(leaf.task, leaf.task), []).append(
                Spent(index, first or date.min, epsilon)
            )
    for site, releases in sorted(by_site.items()):
        dearest = max(_spans(releases), key=_total)
        summed = f"epsilon {float(_total(dearest)):g} in {many(len(dearest), 'release')}"
        value = f"{summed}, the dearest 13 weeks, from {dearest[0].first}"
        undated = sum(each.first == date.min for each in releases)
        if undated:
            value += f"; {undated} of no days that a calendar has"
        bare = [each.index for each in releases if each.epsilon is None]
        if bare:
            value += f"; {len(bare)} without noise in all, whose cost has no bound"
        last = max([*bare, *(each.index for each in dearest)])
        yield "spent", site, last, value, shown(study.timeline.by(last))


def _spans(releases: list[Spent]) -> Iterator[list[Spent]]:
    ordered = sorted(releases, key=lambda each: (each.first, each.index))
    end = 0
    for start, opening in enumerate(ordered):
        while end < len(ordered) and ordered[end].first < opening.first + SPAN:
            end += 1
        yield ordered[start:end]


def _total(span: list[Spent]) -> Fraction:
    return sum((each.epsilon or Fraction(0) for each in span), Fraction(0))


def _sites(study: Study) -> Iterator[tuple[str, str]]:
    """Whose devices each task counts, as far as the tasks' documents are here."""
    for _, leaf in study.facts.leaves(TaskLeaf):
        terms = read_task(study.material.read, leaf.task_hash)
        if terms is not None:
            yield leaf.task, terms.site


def _first_day(period: str) -> date | None:
    """The first day of a week, a day or a month; None for one that no calendar has."""
    try:
        if "W" in period:
            return date.fromisocalendar(int(period[:4]), int(period[6:]), 1)
        return date.fromisoformat(period if len(period) == 10 else f"{period}-01")
    except ValueError:
        return None
