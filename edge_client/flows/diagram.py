"""Decision diagrams: one node for each question that still matters, and for each different future one node.

A reduced ordered diagram is the only one of its function (Bryant 1986; with more than two branches a node,
Srinivasan and others 1990): a variable is in it exactly if the function depends on it, and only the function
that never holds is the leaf 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from consent_ledger.errors import Refused

NEVER: Final = 0
ALWAYS: Final = 1
MOST_NODES: Final = 200_000
_LEAF: Final = 2**31


@dataclass(frozen=True, slots=True)
class Diagrams:
    """Every diagram over the same variables, each node made once; a diagram is its topmost node.

    `sizes` says how many cells each variable has. What it holds is a memory of results, and grows.
    """

    sizes: tuple[int, ...]
    _variables: list[int] = field(default_factory=lambda: [_LEAF, _LEAF], repr=False)
    _branches: list[tuple[int, ...]] = field(default_factory=lambda: [(), ()], repr=False)
    _made: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict, repr=False)
    _joined: dict[tuple[bool, int, int], int] = field(default_factory=dict, repr=False)
    _chances: dict[int, float] = field(default_factory=lambda: {NEVER: 0.0, ALWAYS: 1.0}, repr=False)
    _supports: dict[int, frozenset[int]] = field(
        default_factory=lambda: {NEVER: frozenset(), ALWAYS: frozenset()}, repr=False
    )

    def variable(self, node: int) -> int:
        """The variable that a node branches on; leaves have one that is above all."""
        return self._variables[node]

    def branches(self, node: int) -> tuple[int, ...]:
        """Where a node leads, one branch for each cell of its variable."""
        return self._branches[node]

    def node(self, variable: int, branches: tuple[int, ...]) -> int:
        """Return the node that branches so. Raises `Refused` when there are too many."""
        if branches.count(branches[0]) == len(branches):
            return branches[0]
        key = variable, branches
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = len(self._variables)
            if made >= MOST_NODES:
                raise Refused("flow: its conditions are too involved")
            self._variables.append(variable)
            self._branches.append(branches)
        return made

    def both(self, one: int, other: int) -> int:
        """Return where both hold."""
        return self._join(one, other, holds=False)

    def either(self, one: int, other: int) -> int:
        """Return where one of them holds."""
        return self._join(one, other, holds=True)

    def negated(self, node: int) -> int:
        """Return where it does not hold."""
        done = {NEVER: ALWAYS, ALWAYS: NEVER}

        def turned(at: int) -> int:
            if at not in done:
                # Plain loops, here and below: a generator would need a frame of its own at every level.
                branches: list[int] = []
                for to in self._branches[at]:
                    branches.append(turned(to))
                done[at] = self.node(self._variables[at], tuple(branches))
            return done[at]

        return turned(node)

    def given(self, node: int, known: Mapping[int, int]) -> int:
        """Return what is left where the cells of some variables are known."""
        done: dict[int, int] = {}

        def left(at: int) -> int:
            if self.support(at).isdisjoint(known):
                return at
            if at not in done:
                variable, branches = self._variables[at], self._branches[at]
                if variable in known:
                    done[at] = left(branches[known[variable]])
                else:
                    rest: list[int] = []
                    for to in branches:
                        rest.append(left(to))
                    done[at] = self.node(variable, tuple(rest))
            return done[at]

        return left(node)

    def over(self, node: int, variables: Set[int], *, every: bool) -> int:
        """Return where it holds for every, or for some, way in which the cells of `variables` may lie."""
        done: dict[int, int] = {}

        def left(at: int) -> int:
            if self.support(at).isdisjoint(variables):
                return at
            if at not in done:
                branches: list[int] = []
                for to in self._branches[at]:
                    branches.append(left(to))
                if self._variables[at] in variables:
                    whole = ALWAYS if every else NEVER
                    for branch in branches:
                        whole = self._join(whole, branch, holds=not every)
                    done[at] = whole
                else:
                    done[at] = self.node(self._variables[at], tuple(branches))
            return done[at]

        return left(node)

    def support(self, node: int) -> frozenset[int]:
        """Return the variables that it depends on."""
        found = self._supports.get(node)
        if found is None:
            below = {self._variables[node]}
            for to in set(self._branches[node]):
                below |= self.support(to)
            found = self._supports[node] = frozenset(below)
        return found

    def chance(self, node: int) -> float:
        """Return the share of cells in which it holds, every cell of a variable counting alike."""
        found = self._chances.get(node)
        if found is None:
            branches = self._branches[node]
            total = 0.0
            for to in branches:
                total += self.chance(to)
            found = self._chances[node] = total / len(branches)
        return found

    def _join(self, one: int, other: int, *, holds: bool) -> int:
        # `holds` is the leaf that decides alone: 1 for either, 0 for both.
        decides, yields = (ALWAYS, NEVER) if holds else (NEVER, ALWAYS)
        if decides in (one, other):
            return decides
        if one in (yields, other):
            return other
        if other == yields:
            return one
        key = (holds, one, other) if one < other else (holds, other, one)
        found = self._joined.get(key)
        if found is None:
            variable = min(self._variables[one], self._variables[other])
            size = self.sizes[variable]
            ours, theirs = self._at(one, variable, size), self._at(other, variable, size)
            branches: list[int] = []
            for left, right in zip(ours, theirs, strict=True):
                branches.append(self._join(left, right, holds=holds))
            found = self._joined[key] = self.node(variable, tuple(branches))
        return found

    def _at(self, node: int, variable: int, size: int) -> tuple[int, ...]:
        return self._branches[node] if self._variables[node] == variable else (node,) * size
