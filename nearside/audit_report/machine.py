"""The report that programs read: JSON, and CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Final

from consent_ledger.auditing.answers import Answer, Cell, Row

VERSION: Final = 1
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def json_report(answers: tuple[Answer, ...]) -> Iterator[str]:
    """The lines of one JSON object, made one by one so that no table has to fit into memory."""
    yield f'{{"v":{VERSION},"answers":['
    for answer in answers:
        head = {
            "number": answer.number,
            "question": answer.question,
            "verdict": answer.verdict.value,
            "summary": answer.summary,
            "missing": answer.missing,
            "findings": [
                {"code": finding.code, "text": finding.text, "index": finding.index}
                for finding in answer.findings
            ],
            "columns": answer.columns,
        }
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
        yield from _separated(json.dumps(row, ensure_ascii=False) for row in answer.rows())
        yield "]}" if answer is answers[-1] else "]},"
    yield "]}"


def _separated(lines: Iterable[str]) -> Iterator[str]:
    """The lines with a comma after each but the last."""
    before: str | None = None
    for line in lines:
        if before is not None:
            yield f"{before},"
        before = line
    if before is not None:
        yield before


def csv_report(answers: tuple[Answer, ...]) -> Iterator[str]:
    """Everything in one table: question, part (answer, finding or row), number of the part, field, value."""
    yield csv_line(("question", "part", "number", "field", "value"))
    for answer in answers:
        whole = (answer.verdict.value, answer.summary, answer.missing)
        yield from _fields((answer.number, "answer", 1), ("verdict", "summary", "missing"), whole)
        for number, finding in enumerate(answer.findings, start=1):
            told = (finding.code, finding.text, finding.index)
            yield from _fields((answer.number, "finding", number), ("code", "text", "index"), told)
        for number, row in enumerate(answer.rows(), start=1):
            yield from _fields((answer.number, "row", number), answer.columns, row)


def _fields(part: Row, names: tuple[str, ...], values: Row) -> Iterator[str]:
    for name, value in zip(names, values, strict=True):
        yield csv_line((*part, name, value))


def csv_table(answer: Answer) -> Iterator[str]:
    """The table of one answer, with its columns' names first."""
    yield csv_line(answer.columns)
    for row in answer.rows():
        yield csv_line(row)


def csv_line(row: Row) -> str:
    """One line of CSV (RFC 4180), without its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_harmless(cell) for cell in row])
    return line.getvalue()


def _harmless(cell: Cell) -> Cell:
    # A spreadsheet takes text that begins like this for a formula: other people's words must not run.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
