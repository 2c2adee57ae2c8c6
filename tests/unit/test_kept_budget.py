"""A budget in a file: charged before noise is drawn, refused when it is spent, whoever else is spending."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.release import Period, Release, Unit
from nearside.cli import main
from nearside.kept_budget import new_budget, read_budget, spend
from tests.support.visits import journey, write_log

ONE = Cost(10**12, 462_117_157_723, 900_000_000)
"""What discrete Laplace noise of epsilon 1 on pairs that occur costs, roughly."""


def run(*arguments: object) -> Result:
    """The command's result."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A budget of epsilon 2 and a log beside it."""
    made = run("budget", "new", tmp_path / "budget.json", "--site", "city", "--epsilon", 2)
    assert made.exit_code == 0, made.output
    write_log(tmp_path / "log", [line for n in range(60) for line in journey(f"192.0.2.{n}", ["/a", "/b"])])
    return tmp_path / "budget.json"


def aggregate(kept: Path, *arguments: object, epsilon: float = 1) -> Result:
    """A release of the log beside the budget, charged to it."""
    folder = kept.parent
    return run(
        "aggregate", folder / "log", "--out", folder / "out", "--site", "city", "--budget", kept,
        "--epsilon", epsilon, *arguments,
    )  # fmt: skip


def test_releases_of_one_log_add_up_until_the_budget_refuses(kept: Path) -> None:
    """Two of epsilon 1 fit; the third is refused, and neither release nor budget changes."""
    first, second = aggregate(kept), aggregate(kept)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "releases before this one" not in first.stderr
    assert "releases before this one about any of the same days: 1" in second.stderr
    before = (kept.read_bytes(), (kept.parent / "out").read_bytes())
    third = aggregate(kept)
    assert (third.exit_code, "would spend more than is left" in third.stderr) == (2, True)
    assert (kept.read_bytes(), (kept.parent / "out").read_bytes()) == before


def test_what_is_charged_is_what_the_release_says(kept: Path) -> None:
    """File and release agree on epsilon; the period of a noisy log is not told, and counts for all."""
    aggregate(kept, "--mechanism", "discrete-laplace", epsilon=0.5)
    (charge,) = read_budget(kept).charges
    release = Release.parse((kept.parent / "out").read_bytes())
    assert release.noise is not None
    cost = Cost.of(release.noise, threshold=release.threshold)
    assert charge == Charge("city", Period(), cost, Unit.VISITOR)
    assert charge.cost.epsilon == 5 * 10**11


def test_a_period_that_the_log_leaves_is_not_charged(kept: Path) -> None:
    """Whoever dates a log elsewhere to find room for it is refused, before anything is spent."""
    before = kept.read_bytes()
    elsewhere = aggregate(kept, "--period-from", "2020-01-01", "--period-to", "2020-01-31")
    assert (elsewhere.exit_code, "days outside the period" in elsewhere.stderr) == (2, True)
    assert kept.read_bytes() == before


def test_a_budget_needs_noise_and_its_own_site(kept: Path) -> None:
    """A release without noise has no cost, and a budget is about one site's visitors."""
    folder = kept.parent
    plain = run("aggregate", folder / "log", "--out", folder / "out", "--budget", kept)
    other = aggregate(kept, "--site", "elsewhere")
    assert (plain.exit_code, "--budget needs --epsilon" in plain.stderr) == (2, True)
    assert (other.exit_code, "kept for another site" in other.stderr) == (2, True)
    assert read_budget(kept).charges == ()


def test_a_crash_after_the_charge_has_spent(kept: Path) -> None:
    """The charge is on the disk before noise is drawn: a release that then cannot be written is paid for."""
    lost = run(
        "aggregate", kept.parent / "log", "--out", kept.parent / "log" / "below", "--site", "city",
        "--budget", kept, "--epsilon", 1,
    )  # fmt: skip
    assert lost.exit_code == 2
    assert len(read_budget(kept).charges) == 1


def test_two_at_once_never_overspend(tmp_path: Path) -> None:
    """Of twenty charges at once exactly as many pass as there is room for."""
    path = tmp_path / "budget.json"
    new_budget(path, Budget("city", Limit(5000, 30_000, 91)))

    def try_it(_: int) -> bool:
        try:
            spend(path, Charge("city", Period(), ONE, Unit.VISITOR))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(20))) == 5
    assert len(read_budget(path).charges) == 5


def test_a_budget_is_not_begun_twice(kept: Path) -> None:
    """A new one in its place would give back what was spent; a broken or missing one is refused."""
    spend(kept, Charge("city", Period(), ONE, Unit.VISITOR))
    again = run("budget", "new", kept, "--site", "city", "--epsilon", 50)
    assert (again.exit_code, "there is one already" in again.stderr) == (2, True)
    assert len(read_budget(kept).charges) == 1
    kept.write_text("{}")
    with pytest.raises(Malformed, match=r"^budget: "):
        read_budget(kept)
    kept.unlink()
    assert aggregate(kept).exit_code == 2


def test_an_officer_reads_the_sum_over_periods(kept: Path) -> None:
    """Each charge, the dearest span of days, and its epsilon at the delta that goes with the limit."""
    for week in ("2026-W01", "2026-W40"):
        spend(kept, Charge("city", Period(week, week), ONE, Unit.VISITOR))
    shown = run("budget", "show", kept)
    assert shown.exit_code == 0
    assert "2026-W01 to 2026-W01" in shown.output
    assert "dearest 91 days" in shown.output
    # Two releases nine months apart: no span of days has seen both.
    assert "epsilon 1 at delta 1e-05" in shown.output


def test_a_table_of_moves_is_not_charged_to_visitors(kept: Path) -> None:
    """One move's epsilon says nothing of a visitor who made twenty: refused, and neither file changes."""
    (kept.parent / "moves").write_text("source_path,destination_path,moves\n/a,/b,500\n")
    before = kept.read_bytes()
    arguments = (
        "--out", kept.parent / "made", "--site", "city", "--format", "moves",
        "--epsilon", 1,
    )  # fmt: skip
    refused = run("aggregate", kept.parent / "moves", *arguments, "--budget", kept)
    told = "budget: kept for visitors, and the release is about moves"
    assert (refused.exit_code, told in refused.stderr) == (2, True)
    assert (kept.read_bytes(), (kept.parent / "made").exists()) == (before, False)
    own = kept.parent / "moves.json"
    assert run("budget", "new", own, "--site", "city", "--epsilon", 2, "--unit", "move").exit_code == 0
    taken = run("aggregate", kept.parent / "moves", *arguments, "--budget", own)
    assert taken.exit_code == 0, taken.output
    assert [charge.unit for charge in read_budget(own).charges] == [Unit.MOVE]
    assert "each move" in run("budget", "show", own).stdout


def test_a_budget_that_told_no_unit_takes_that_of_its_next_charge() -> None:
    """What was charged in version 1 stays charged; from then on other units are refused."""
    old = Budget.parse(
        b'{"charges":[],"limit":{"days":91,"delta_ppb":30000,"epsilon_milli":5000},"population":"city","v":1}'
    ).spend(Charge("city", Period(), ONE))
    assert old.unit is None
    settled = Budget.parse(old.spend(Charge("city", Period(), ONE, Unit.VISITOR)).to_bytes())
    assert (settled.unit, len(settled.charges)) == (Unit.VISITOR, 2)
    for unit, said in ((Unit.MOVE, "moves"), (Unit.DEVICE_WEEK, "device-weeks"), (None, "an untold unit")):
        with pytest.raises(Refused, match=f"kept for visitors, and the release is about {said}$"):
            settled.spend(Charge("city", Period(), ONE, unit))


def test_a_table_without_days_is_charged_against_every_day(kept: Path) -> None:
    """Two tables that are said to be years apart may be the same visits: there is room for one."""
    (kept.parent / "moves").write_text("source_path,destination_path,moves\n/a,/b,500\n")
    own = kept.parent / "moves.json"
    run("budget", "new", own, "--site", "city", "--epsilon", 1, "--unit", "move")
    codes = []
    for year in (2024, 2026):
        codes.append(
            run(
                "aggregate", kept.parent / "moves", "--out", kept.parent / f"{year}", "--site", "city",
                "--format", "moves", "--epsilon", 1, "--budget", own,
                "--period-from", f"{year}-03-01", "--period-to", f"{year}-03-07",
            ).exit_code
        )  # fmt: skip
    assert codes == [0, 2]
    assert [charge.period for charge in read_budget(own).charges] == [Period()]
    released = Release.parse((kept.parent / "2024").read_bytes())
    assert released.period == Period("2024-03-01", "2024-03-07")


def test_the_help_says_what_a_table_without_days_is_charged_for() -> None:
    """What a person is told before spending is what is done."""
    said = " ".join(run("aggregate", "--help").stdout.split())
    assert "an input that tells none, as tables and some logs do, is charged against every day" in said
