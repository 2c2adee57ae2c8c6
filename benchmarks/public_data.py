"""A benchmark on public data sets: where they lie, and what is said where they do not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from nearside.settings import Settings


def print_report(report: Callable[[Path, Console], None], *, width: int) -> int:
    """Print what `report` finds in the data sets' folder; 1 where one of them is not there."""
    try:
        report(Settings.read().data, Console(width=width))
    except FileNotFoundError:
        print("public data sets not found: set NEARSIDE_DATA to their folder", file=sys.stderr)
        return 1
    return 0
