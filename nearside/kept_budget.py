"""A privacy budget kept in a file beside an agency's releases."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent_ledger.errors import Refused
from consent_ledger.storage.whole_file import read_at_most, replace_file
from edge_client.wire.budget import LONGEST_BYTES, Budget, Charge


def read_budget(path: Path) -> Budget:
    """Read a budget file; raises Malformed, Untrue, and OSError for a file that is not there."""
    return Budget.parse(read_at_most(path, LONGEST_BYTES, noun="budget"))


def new_budget(path: Path, budget: Budget) -> None:
    """Write a budget where none is; raises Refused where one is, which may have been spent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if path.exists():
            raise Refused("budget: there is one already")
        replace_file(path, budget.to_bytes())


def spend(path: Path, charge: Charge) -> int:
    """Charge the budget in `path`; once this returns it is written, and survives a loss of power.

    Returns how many earlier charges were about any of the same days: each of them was spent as well.
    Raises Refused when it would overspend or is another site's, and leaves the file as it was.
    """
    with _alone(path):
        budget = read_budget(path)
        if budget.population != charge.name:
            raise Refused("budget: kept for another site")
        replace_file(path, budget.spend(charge).to_bytes())
        return budget.count_of(charge.period)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time read and replace files in that folder; a dead one holds up nobody."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
