"""An officer reads from the log what a site's devices have lost over the weeks, whichever task asked them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from consent_ledger.leaf import BudgetLeaf, TaskLeaf
from tests.support.audited import TASK, Agency, agency, budget, release, task
from tests.support.auditing import answers, audit


def told(folder: Path, *leaves: BudgetLeaf) -> list[list[object]]:
    """The rows about spending in the report on an agency that has logged these too; its own is in week 45."""
    other = replace(task(), task_id="riverton-moves-2").to_bytes()

    def more(made: Agency) -> None:
        made.publish(TaskLeaf("riverton-moves-2", hashlib.sha256(other).digest()), documents=(other,))
        made.publish(*leaves)

    rows = answers(audit(agency(folder, until=more), "--format", "json"))[10]["rows"]
    return [row for row in rows if row[0] == "spent"]


def leaf(period: str, *, name: str = TASK, epsilon_milli: int | None = 1000) -> BudgetLeaf:
    return replace(budget(release(), period=period, epsilon_milli=epsilon_milli), task=name)


def test_tasks_of_one_site_are_summed(tmp_path: Path) -> None:
    """Two tasks, one population: the sum is over both, and over thirteen weeks, not from New Year on."""
    ((_, site, index, value, _),) = told(
        tmp_path,
        leaf("2026-W46", name="riverton-moves-2", epsilon_milli=500),
        leaf("2026-W05", epsilon_milli=4000),
        leaf("2027-W04", epsilon_milli=250),
        leaf("2027-W05", epsilon_milli=250),
    )
    assert site == "riverton"
    assert value == "epsilon 4 in 1 release, the dearest 13 weeks, from 2026-01-26"
    assert isinstance(index, int)


def test_a_year_has_no_seam_in_it(tmp_path: Path) -> None:
    """Weeks 45 of one year to 4 of the next are thirteen; week 5 is another span."""
    ((*_, value, _),) = told(
        tmp_path,
        leaf("2026-W46", name="riverton-moves-2", epsilon_milli=500),
        leaf("2027-W04", epsilon_milli=250),
        leaf("2027-W05", epsilon_milli=400),
    )
    assert value == "epsilon 1.75 in 3 releases, the dearest 13 weeks, from 2026-11-02"


def test_releases_without_noise_are_told_apart(tmp_path: Path) -> None:
    """They have no epsilon that could be summed."""
    ((*_, value, _),) = told(tmp_path, leaf("2026-W46", epsilon_milli=None))
    assert str(value).endswith("; 1 without noise in all, whose cost has no bound")


def test_a_release_without_noise_is_named_whichever_weeks_are_the_dearest(tmp_path: Path) -> None:
    """Half a year away from the dearest weeks, and logged later: the row says so, and goes by its entry."""
    bare = leaf("2027-W40", epsilon_milli=None)
    ((*_, index, value, _),) = told(tmp_path, leaf("2026-W05", epsilon_milli=4000), bare)
    assert str(value).startswith("epsilon 4 in 1 release")
    assert str(value).endswith("; 1 without noise in all, whose cost has no bound")
    ((*_, before, _, _),) = told(tmp_path / "other", leaf("2026-W05", epsilon_milli=4000))
    assert isinstance(index, int)
    assert isinstance(before, int)
    assert index > before


def test_a_release_of_no_calendars_days_is_not_passed_over(tmp_path: Path) -> None:
    """Who dates a release where no span reaches it is told of."""
    ((*_, value, _),) = told(tmp_path, leaf("2026-W99", epsilon_milli=500))
    assert "; 1 of no days that a calendar has" in str(value)
