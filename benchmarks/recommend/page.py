"""The figures as tables, on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.table import Table

from benchmarks.recommend.contest import OURS
from benchmarks.recommend.figures import Findings
from benchmarks.recommend.results import RAW, Result, verdict
from benchmarks.recommend.studies import VISITS_A_PAGE, shipped

BEGIN, END = "<!-- recommend: begin -->", "<!-- recommend: end -->"


class Sheet(NamedTuple):
    """A title, headings and rows of text; all columns after the first are figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_rich(self) -> Table:
        """The sheet for a terminal."""
        table = Table(title=self.title, title_justify="left")
        for at, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if at else "left", no_wrap=not at)
        for row in self.rows:
            table.add_row(*row)
        return table

    def to_markdown(self) -> str:
        """The sheet for a page."""
        rule = ("---", *("--:" for _ in self.headings[1:]))
        lines = (self.headings, rule, *self.rows)
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def recorded(page: str, told: str) -> str:
    """The page with `told` between the marks; raises ValueError where they are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("page: the marks around what is recorded are missing")
    return f"{before}{BEGIN}\n\n{told.strip()}\n\n{END}{after}"


def sheets(found: Sequence[Findings]) -> Iterator[Sheet]:
    """Every table of a run."""
    for each in found:
        yield _contenders(each)
        noisy = [result for result in each.results if result.notes.get("epsilon") is not None]
        if noisy:
            yield _kept(each, noisy)
        if each.thin:
            yield _thin(each)
        if each.sizes:
            yield _sizes(each)


def _contenders(found: Findings) -> Sheet:
    popularity, ours = found.named("popularity"), found.named(OURS)
    rows = []
    for result in found.results:
        ahead = ours.ahead_of(result)
        compared = f"{ahead.mean:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f}): {verdict(ahead)}"
        rows.append(
            (
                result.contender,
                result.sees,
                str(result.hit),
                str(result.gain),
                str(result.reciprocal),
                f"{result.coverage:.2f}",
                f"{result.concentration:.2f}",
                f"{result.lift(popularity):.2f}",
                compared if result.sees == RAW else "",
            )
        )
    return Sheet(
        f"{found.site}: {found.questions:,} questions, {found.pages:,} pages ranked",
        (
            "contender",
            "sees",
            "R@5",
            "NDCG@10",
            "MRR",
            "coverage@10",
            "Gini@10",
            "lift",
            "R@5 of ours less its own",
        ),
        tuple(rows),
    )


def _kept(found: Findings, noisy: Sequence[Result]) -> Sheet:
    rows = [
        (
            result.contender,
            str(result.hit),
            str(result.kept_of(found.base_of(result))),
            ", ".join(f"{recipe}: {times}" for recipe, times in sorted(shipped(result).items())),
            f"{min(note['cells'][0] for note in result.notes['trained']):,}",
        )
        for result in noisy
    ]
    return Sheet(
        f"{found.site}: what noise leaves",
        ("ours", "R@5", "share kept of R@5 without noise", "what the gate shipped", "fewest cells kept"),
        tuple(rows),
    )


def _thin(found: Findings) -> Sheet:
    counts = found.thin[0]
    rows = []
    for result in found.thin:
        ahead = result.ahead_of(counts)
        compared = f"{ahead.mean:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f}): {verdict(ahead)}"
        shares = ", ".join(f"{recipe}: {times}" for recipe, times in sorted(shipped(result).items()))
        own = "" if result is counts else compared
        rows.append((result.contender, str(result.hit), own, f"{result.coverage:.2f}", shares))
    return Sheet(
        f"{found.site}: learnt from {VISITS_A_PAGE} visits a page",
        ("ours", "R@5", "R@5 less that of counts without noise", "coverage@10", "what the gate shipped"),
        tuple(rows),
    )


def _sizes(found: Findings) -> Sheet:
    whole = found.sizes[0]
    return Sheet(
        f"{found.site}: fewer bytes (first part)",
        ("budget", "bytes", "R@5", "kept"),
        tuple(
            (
                "none" if size.budget is None else f"{size.budget:,}",
                f"{size.taken:,}",
                str(size.hit),
                f"{size.hit.mean / whole.hit.mean:.3f}",
            )
            for size in found.sizes
        ),
    )
