"""What came of it, in numbers that add up over citizens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.table import Table


@dataclass
class Figures:
    """Counts over lives: `counts` by name, `items` how often each was shown, out of a `catalogue` of so many;
    `broken` is what did not hold."""

    catalogue: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Add the figures of other lives."""
        self.catalogue = max(self.catalogue, other.catalogue)
        self.counts.update(other.counts)
        self.items.update(other.items)
        self.broken += other.broken

    def share(self, part: str, whole: str) -> str:
        """Return one count as a share of another."""
        return f"{self.counts[part] / self.counts[whole]:.1%}" if self.counts[whole] else "none"

    def table(self) -> Table:
        """Return the figures as a table; `catalogue` is the number of items that could be shown."""
        table = Table("figure", "value")
        for name, number in sorted(self.counts.items()):
            table.add_row(name, f"{number:,}")
        table.add_row("suggestions that were opened", self.share("clicks", "suggestions shown"))
        table.add_row("views with suggestions", self.share("views with suggestions", "views"))
        table.add_row("next page was among them", self.share("next page shown", "views with suggestions"))
        table.add_row("items shown to anybody", f"{len(self.items):,} of {self.catalogue:,}")
        table.add_row("invariants broken", f"{len(self.broken):,}")
        return table
