"""Which question tells most: the measure that chooses where a flow leaves the order free.

Every cell of every open question is taken to be equally likely, one question independent of the other.
An outcome is then open with variance p (1 - p), where p is its chance; a question explains as much of it as
the chance varies with the answer: the mean of p², given the answer, less the square of p.
The gain of a question is what it explains, summed over all outcomes (the expected fall of quadratic entropy,
also called Gini impurity).
Only sums, products and quotients of doubles are used, in a fixed order, so that every runtime finds the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from edge_client.flows.diagram import ALWAYS, NEVER, Diagrams

WHOLE: Final = 1_000_000_000
"""Gains are compared in billionths, so that rounding breaks no tie."""


def gain(diagrams: Diagrams, open_outcomes: Iterable[int], variables: Set[int]) -> int:
    """Return what a question with these variables explains of the outcomes, in billionths."""
    total = 0.0
    for node in open_outcomes:
        total += explained(diagrams, node, variables)
    return int(total * WHOLE + 0.5)


def explained(diagrams: Diagrams, node: int, variables: Set[int]) -> float:
    """Return the variance of the chance of `node` over the answers that `variables` spell, from 0 to 1/4."""
    if diagrams.support(node).isdisjoint(variables):
        return 0.0
    chance = diagrams.chance(node)
    if len(variables) > 1:
        return _second_moment(diagrams, node, node, variables, {}) - chance * chance
    (variable,) = variables
    total = 0.0
    for each in _chances(diagrams, node, variable, {}):
        total += each * each
    return total / diagrams.sizes[variable] - chance * chance


def _chances(
    diagrams: Diagrams, node: int, variable: int, done: dict[int, tuple[float, ...]]
) -> tuple[float, ...]:
    """Return the chance that it holds in each cell of a variable."""
    size = diagrams.sizes[variable]
    if variable not in diagrams.support(node):
        return (diagrams.chance(node),) * size
    found = done.get(node)
    if found is None:
        branches = diagrams.branches(node)
        if diagrams.variable(node) == variable:
            found = tuple([diagrams.chance(to) for to in branches])
        else:
            totals = [0.0] * size
            for to, count in _counted(branches).items():
                for cell, each in enumerate(_chances(diagrams, to, variable, done)):
                    totals[cell] += count * each
            found = tuple([total / len(branches) for total in totals])
        done[node] = found
    return found


def _second_moment(
    diagrams: Diagrams, one: int, other: int, variables: Set[int], done: dict[tuple[int, int], float]
) -> float:
    """Return the chance that both hold when they share the answer and nothing else."""
    if NEVER in (one, other):
        return 0.0
    if one == ALWAYS:
        return diagrams.chance(other)
    if other == ALWAYS:
        return diagrams.chance(one)
    if diagrams.support(one).isdisjoint(variables) or diagrams.support(other).isdisjoint(variables):
        return diagrams.chance(one) * diagrams.chance(other)
    found = done.get((one, other))
    if found is not None:
        return found
    top = min(diagrams.variable(one), diagrams.variable(other))
    size = diagrams.sizes[top]
    left = diagrams.branches(one) if diagrams.variable(one) == top else (one,) * size
    right = diagrams.branches(other) if diagrams.variable(other) == top else (other,) * size
    total = 0.0
    if top in variables:
        shared: dict[tuple[int, int], int] = {}
        for pair in zip(left, right, strict=True):
            shared[pair] = shared.get(pair, 0) + 1
        for (first, second), count in shared.items():
            total += count * _second_moment(diagrams, first, second, variables, done)
        found = total / size
    else:
        ours, theirs = _counted(left), _counted(right)
        for first, count in ours.items():
            for second, times in theirs.items():
                total += count * times * _second_moment(diagrams, first, second, variables, done)
        found = total / (size * size)
    done[one, other] = found
    return found


def _counted(branches: tuple[int, ...]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for branch in branches:
        counts[branch] = counts.get(branch, 0) + 1
    return counts
