"""A privacy budget: what releases about the same units have cost, and a filter on what comes next.

Its format is in `docs/formats/budget.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from consent_ledger import canonical
from consent_ledger.canonical import MAX_INTEGER, Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from edge_client.wire.cost import Cost, Limit
from edge_client.wire.period import Period
from edge_client.wire.privacy import Unit

MOST_CHARGES = 20_000
LONGEST_BYTES = 4 * 1024 * 1024
_NAME = r"[a-z0-9][a-z0-9.-]{0,98}"


@dataclass(frozen=True, slots=True)
class Charge:
    """One release's cost: `name` says of which task or site, `period` about which days.

    A period that is not told counts against all days. `unit` is whom the cost speaks of.
    """

    name: str
    period: Period
    cost: Cost
    unit: Unit | None = None

    def overlaps(self, first: date, last: date) -> bool:
        """Say whether it is about any day from `first` to `last`."""
        days = self.period.days()
        return days is None or (days[0] <= last and first <= days[1])


@dataclass(frozen=True, slots=True)
class Budget:
    """The charges against the units of one population, a site's visitors or devices, in the order made.

    Costs of different units do not add up: a budget is kept for one. `unit` is None as long as none is told,
    in version 1; the first charge that tells one settles it.
    """

    population: str
    limit: Limit
    charges: tuple[Charge, ...] = ()
    unit: Unit | None = None

    def spend(self, charge: Charge) -> Budget:
        """The budget after one more charge.

        Raises Refused for another unit's, and when any span of days would be overspent.
        """
        if self.unit not in (None, charge.unit):
            kept, told = _said(self.unit), _said(charge.unit)
            raise Refused(f"budget: kept for {kept}, and the release is about {told}")
        if len(self.charges) >= MOST_CHARGES:
            raise Refused("budget: too many charges to be kept")
        charges = (*self.charges, charge)
        if self.unit is None and charge.unit is not None:
            charges = tuple(replace(each, unit=charge.unit) for each in charges)
        after = replace(self, charges=charges, unit=charge.unit)
        if any(not self.limit.allows(cost) for cost in after.spans(charge.period)):
            raise Refused("budget: this release would spend more than is left")
        return after

    def spend_once(self, charge: Charge) -> Budget:
        """The same for a release that is made at most once: a second charge for it counts what it is dearer.

        For whoever may die between the charge and the release, and tries again: the first was never seen.
        """
        key = (charge.name, charge.period)
        standing = [each for each in self.charges if (each.name, each.period) == key]
        cost = reduce(Cost.__or__, (each.cost for each in standing), charge.cost)
        if standing and cost == standing[0].cost:
            return self
        others = tuple(each for each in self.charges if each not in standing)
        return replace(self, charges=others).spend(replace(charge, cost=cost))

    def spans(self, period: Period) -> Iterator[Cost]:
        """The sums over every span of `limit.days` days that touches `period` and could be the dearest."""
        days = period.days()
        if days is None:
            starts = {each[0] for charge in self.charges if (each := charge.period.days()) is not None}
            yield from (
                self._within(start) for start in {self._opens(start) for start in starts} or {date.min}
            )
            return
        # Which charges a span touches changes only as its last day reaches the first day of one.
        low, high = self._opens(days[0]), days[1]
        firsts = {each[0] for charge in self.charges if (each := charge.period.days()) is not None}
        opens = {start for start in map(self._opens, firsts) if low <= start <= high} | {low}
        yield from (self._within(start) for start in sorted(opens))

    def dearest(self) -> Cost:
        """The largest epsilon, rho and delta that any span of days has cost so far."""
        sums = (cost for charge in self.charges for cost in self.spans(charge.period))
        return reduce(Cost.__or__, sums, Cost())

    def count_of(self, period: Period) -> int:
        """How many charges there are about any of the days of `period`."""
        days = period.days()
        return sum(days is None or charge.overlaps(*days) for charge in self.charges)

    def _opens(self, last: date) -> date:
        """The first day of the span that ends on `last`, or the calendar's first."""
        return date.fromordinal(max(date.min.toordinal(), last.toordinal() - self.limit.days + 1))

    def _within(self, first: date) -> Cost:
        last = date.fromordinal(min(date.max.toordinal(), first.toordinal() + self.limit.days - 1))
        return sum((charge.cost for charge in self.charges if charge.overlaps(first, last)), Cost())

    @classmethod
    def parse(cls, data: bytes) -> Budget:
        """Read a budget; what parses prints back byte for byte. Raises Malformed, Untrue for a period."""
        fields = Fields(canonical.decode(data, max_bytes=LONGEST_BYTES), "budget")
        unit = None if fields.whole("v", low=1, high=2) == 1 else _unit(fields)
        limit = Fields(fields.take("limit"), "budget: limit")
        rows = fields.take("charges")
        if not isinstance(rows, list) or len(rows) > MOST_CHARGES:
            raise Malformed("budget: charges are not an acceptable list")
        budget = cls(
            population=fields.text("population", pattern=_NAME),
            limit=Limit(limit.whole("epsilon_milli"), limit.whole("delta_ppb"), limit.whole("days")),
            charges=tuple(_charge(row, unit) for row in rows),
            unit=unit,
        )
        limit.done()
        fields.done()
        if budget.to_bytes() != data:
            raise Malformed("budget: does not print back as it was read")
        return budget

    def to_bytes(self) -> bytes:
        """The budget as canonical JSON; raises Malformed for a name or a cost outside its range."""
        charges: list[Json] = [
            {
                "delta_e15": charge.cost.delta,
                "epsilon_e12": charge.cost.epsilon,
                "from": charge.period.start,
                "name": charge.name,
                "rho_e12": charge.cost.rho,
                "to": charge.period.end,
            }
            for charge in self.charges
        ]
        limit: dict[str, Json] = {
            "days": self.limit.days,
            "delta_ppb": self.limit.delta_ppb,
            "epsilon_milli": self.limit.epsilon_milli,
        }
        value: dict[str, Json] = {"charges": charges, "limit": limit, "population": self.population, "v": 1}
        return canonical.encode(value if self.unit is None else value | {"unit": self.unit.value, "v": 2})


def _said(unit: Unit | None) -> str:
    return "an untold unit" if unit is None else f"{unit.value}s"


def _unit(fields: Fields) -> Unit:
    told = fields.take("unit")
    if told not in tuple(Unit):
        raise Malformed("budget: the unit is none that is known")
    return Unit(told)


def _charge(row: Json, unit: Unit | None) -> Charge:
    fields = Fields(row, "budget: charge")
    first, last = fields.take("from"), fields.take("to")
    if not isinstance(first, str | None) or not isinstance(last, str | None):
        raise Malformed("budget: a period is not two texts")
    charge = Charge(
        name=fields.text("name", pattern=_NAME),
        period=Period(first, last),
        cost=Cost(
            fields.optional_whole("epsilon_e12", low=0, high=MAX_INTEGER),
            fields.whole("rho_e12"),
            fields.whole("delta_e15"),
        ),
        unit=unit,
    )
    fields.done()
    return charge
