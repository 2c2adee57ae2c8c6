"""For an agency's own tests of its pages, with Playwright: docs/testing.md shows all of it at work."""

from nearside.persona_file import parse_personas
from nearside.testing.accessible import violations
from nearside.testing.budget import Budget, Cost, cost_of, watch_cost
from nearside.testing.egress import Egress
from nearside.testing.persona import as_persona

__all__ = [
    "Budget",
    "Cost",
    "Egress",
    "as_persona",
    "cost_of",
    "parse_personas",
    "violations",
    "watch_cost",
]
