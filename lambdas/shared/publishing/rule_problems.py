"""Everything that is wrong with rules beside their catalogue, for whoever writes them."""

from __future__ import annotations

from edge_client.rules.compile import problems_of as compiled
from edge_client.rules.lint import Problem
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.site_clocks import clock_problems


def problems_of(
    rules: Rules, catalogue: Catalogue, archetypes: Archetypes | None = None
) -> tuple[Problem, ...]:
    """Return what keeps rules from being published, and what should be looked at (`is_fatal` tells)."""
    return (*compiled(rules, catalogue, archetypes), *clock_problems(rules))
