"""How many inputs a property is held to."""

from __future__ import annotations

import sys

MANY = 100
FEWEST = 5


def examples(many: int) -> int:
    """Return `many`, or a tenth in the browser's Python, which is another interpreter of the same code: a few
    inputs tell whether it does the same, and each costs it several times as much."""
    return max(FEWEST, many // 10) if sys.platform == "emscripten" else many
