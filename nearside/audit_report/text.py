"""The report that people read in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from consent_ledger.auditing.answers import Answer, Cell, Finding, Row, Verdict

WIDTH: Final = 40
"""The widest that a cell is printed; the CSV has all of it."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def report(answers: tuple[Answer, ...], *, most_rows: int) -> Iterator[str]:
    """The lines of the whole report; at most `most_rows` of each table."""
    for answer in answers:
        yield from _answer(answer, most_rows)
        yield ""
    yield from conclusion(answers)


def conclusion(answers: tuple[Answer, ...]) -> Iterator[str]:
    """How many answers hold, are unknown, or are findings."""
    counts = {verdict: sum(answer.verdict is verdict for answer in answers) for verdict in Verdict}
    findings = sum(len(answer.findings) for answer in answers)
    yield (
        f"{counts[Verdict.ANSWERED]} answered, {counts[Verdict.UNKNOWN]} unknown, "
        f"{counts[Verdict.FINDING]} with findings ({findings} in all)"
    )


def _answer(answer: Answer, most_rows: int) -> Iterator[str]:
    yield f"{answer.number:>2}  {answer.verdict.value.upper():<8} {answer.question}"
    yield f"    {printable(answer.summary)}"
    if answer.missing is not None:
        yield f"    to know it, this would be needed: {answer.missing}"
    for finding in answer.findings:
        yield f"    ! {_finding(finding)}"
    rows = list(islice(answer.rows(), most_rows + 1))
    if rows and most_rows:
        yield from (f"    {line}" for line in _table(answer.columns, rows[:most_rows]))
        if len(rows) > most_rows:
            yield "    ... and more: --out FOLDER writes every row, --rows N prints more"


def _finding(finding: Finding) -> str:
    return f"{finding.code}: {printable(finding.text)}"


def _table(columns: tuple[str, ...], rows: list[Row]) -> Iterator[str]:
    cells = [list(columns), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    text = printable(str(cell))
    if len(text) == 64 and re.fullmatch(r"[0-9a-f]{64}", text):
        return f"{text[:16]}..."
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def printable(text: str) -> str:
    """Text that cannot steer a terminal: names and reasons are other people's words."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
