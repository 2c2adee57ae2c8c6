"""Spending a site's privacy budget: written down before any noise is drawn, whoever else is spending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from consent_ledger.errors import Refused
from edge_client.wire.budget import Budget, Charge
from edge_client.wire.cost import Limit
from edge_client.wire.period import Period

_ATTEMPTS: Final = 20

FORESEEN: Final = 8
"""How many weeks are looked ahead for whether a budget will have room for releases like the last ones."""

LONGEST_ROW_BYTES: Final = 380 * 1024
"""What a row's budget may take: DynamoDB holds items of 400 KB, names and revision included."""


class Budgets(Protocol):
    """Where the budgets of populations are kept, each with the number of times that it was written."""

    def read(self, population: str) -> tuple[bytes, int] | None:
        """Return a population's budget and its revision, as of all writes before; None before the first."""

    def write(self, population: str, data: bytes, *, after: int) -> bool:
        """Write a budget as the revision after this one, 0 for none; say no when another came first."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The budgets of sites' devices, each within one limit; tasks of a site share its budget.

    Whoever announces another task, or another version of one, has the same devices, and so the same budget.
    """

    budgets: Budgets
    limit: Limit

    def spend_once(self, population: str, charge: Charge) -> None:
        """Charge a population for a release that is made at most once; the same charge again is free.

        Once this returns the charge is written. Raises Refused when it would overspend, or when too many
        others are writing; Malformed for a budget that cannot be read.
        """
        for _ in range(_ATTEMPTS):
            stored = self.budgets.read(population)
            before = (
                Budget(population, self.limit, unit=charge.unit)
                if stored is None
                else Budget.parse(stored[0])
            )
            # The limit is the deployment's, as it is today.
            after = replace(before, limit=self.limit).spend_once(charge)
            if stored is not None and after.charges == before.charges:
                return
            data = after.to_bytes()
            if len(data) > LONGEST_ROW_BYTES:
                raise Refused("budget: too many charges to be kept in one row")
            if self.budgets.write(population, data, after=0 if stored is None else stored[1]):
                return
        raise Refused("budget: others are writing it, try again")

    def weeks_left(self, population: str) -> int:
        """For how many weeks in a row a population's budget has room for releases like its newest week's.

        `FORESEEN` for that many or more, and where nothing was spent yet. A share of the limit would say
        nothing: one task of a week may use all of it for ever, since old weeks leave as new ones come.
        """
        stored = self.budgets.read(population)
        if stored is None:
            return FORESEEN
        budget = replace(Budget.parse(stored[0]), limit=self.limit)
        dated = [(each, days) for each in budget.charges if (days := each.period.days()) is not None]
        last = max((days[0] for _, days in dated), default=None)
        newest = [(each, days) for each, days in dated if days[0] == last]
        for weeks in range(1, FORESEEN + 1):
            try:
                for charge, days in newest:
                    first, end = ((day + timedelta(weeks=weeks)).isoformat() for day in days)
                    budget = budget.spend(replace(charge, period=Period(first, end)))
            except Refused:
                return weeks - 1
        return FORESEEN
