"""What the advisor found, as text, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Final

from model_export.advisor import Advice, Evidence, Finding
from model_export.advisor.finding import WHY
from nearside.audit_report.text import printable

COLUMNS: Final = ("code", "sure", "visitors", "where", "says", "why", "fix")
_WIDTH: Final = 100
_SIGNIFICANT: Final = 6


def text_report(advice: Advice, *, most_pages: int) -> Iterator[str]:
    """The lines that people read in a terminal; at most `most_pages` pages of each finding."""
    for code in dict.fromkeys(finding.code for finding in advice.findings):
        yield code.value
        yield from _lines(WHY[code], first="", indent=2)
        yield ""
        for finding in advice.findings:
            if finding.code is code:
                yield from _finding(finding, most_pages)
                yield ""
    for silence in advice.silences:
        yield f"{silence.code.value}: not judged"
        yield from _lines(silence.says, first="", indent=2)
        yield ""
    yield conclusion(advice)


def _finding(finding: Finding, most_pages: int) -> Iterator[str]:
    where = ", ".join(_shortened(finding.where, most_pages)) or "the whole site"
    visitors = f", {finding.visitors:,.0f} visitors" if finding.visitors >= 1 else ""
    yield from _lines(f"{where} ({finding.sure.value}{visitors})", first="! ", indent=2)
    yield from _lines(finding.says, first="")
    yield from _lines("; ".join(_told(each) for each in finding.evidence), first="evidence: ")
    yield from _lines(_fix(finding, most_pages), first="do: ")


def conclusion(advice: Advice) -> str:
    """How many findings of which kind."""
    if not advice.findings:
        return f"{advice.site}: no findings"
    kinds = Counter(finding.code.value for finding in advice.findings)
    listed = ", ".join(f"{count} {code}" for code, count in sorted(kinds.items()))
    return f"{advice.site}: {len(advice.findings)} findings: {listed}"


def json_report(advice: Advice) -> Iterator[str]:
    """One JSON document, with every number and every patch."""
    yield json.dumps(
        {
            "v": 1,
            "kind": "advice",
            "site": advice.site,
            "findings": [_object(finding) for finding in advice.findings],
            "not_judged": [{"code": silence.code.value, "says": silence.says} for silence in advice.silences],
        },
        indent=2,
        ensure_ascii=False,
    )


def csv_report(advice: Advice) -> Iterator[str]:
    """One row a finding."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in advice.findings:
        writer.writerow(
            _inert(cell)
            for cell in (
                finding.code.value,
                finding.sure.value,
                f"{finding.visitors:.0f}",
                " ".join(finding.where),
                finding.says,
                WHY[finding.code],
                finding.fix.says,
            )
        )
    yield from buffer.getvalue().splitlines()


def _object(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code.value,
        "sure": finding.sure.value,
        "visitors": _number(finding.visitors),
        "where": list(finding.where),
        "says": finding.says,
        "why": WHY[finding.code],
        "evidence": [
            {
                "name": each.name,
                "value": _number(each.value),
                "low": None if each.low is None else _number(each.low),
                "high": None if each.high is None else _number(each.high),
                "unit": each.unit,
            }
            for each in finding.evidence
        ],
        "fix": {
            "says": finding.fix.says,
            "patch": [dict(operation) for operation in finding.fix.patch],
            "links": [list(link) for link in finding.fix.links],
            "redirects": [list(redirect) for redirect in finding.fix.redirects],
        },
    }


def _number(value: float) -> float | int:
    rounded = float(f"{value:.{_SIGNIFICANT}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _told(each: Evidence) -> str:
    value = _figure(each.value, each.unit)
    if each.low is not None and each.high is not None:
        value += f" ({_figure(each.low, each.unit)} to {_figure(each.high, each.unit)})"
    return f"{each.name} {value}"


def _figure(value: float, unit: str) -> str:
    match unit:
        case "share":
            return f"{value:.1%}"
        case "cosine":
            return f"{value:.2f}"
        case "probability":
            return f"{value:.1g}"
        case "year":
            return f"{value:.0f}"
        case _:
            return f"{value:,.0f}"


def _fix(finding: Finding, most_pages: int) -> str:
    says = finding.fix.says
    if finding.fix.links:
        listed = _shortened(tuple(f"{a} -> {b}" for a, b in finding.fix.links), most_pages)
        says += f"; links to add: {', '.join(listed)}"
    return says + ("; --format json has the patch" if finding.fix.patch else "")


def _shortened(names: tuple[str, ...], most: int) -> list[str]:
    shown = [printable(name) for name in names[:most]]
    return shown if len(names) <= most else [*shown, f"and {len(names) - most} more"]


def _lines(said: str, *, first: str, indent: int = 4) -> Iterator[str]:
    yield from wrap(
        printable(first + said),
        width=_WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + len(first)),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _inert(cell: str) -> str:
    # A spreadsheet runs what begins like a formula; titles and tags are other people's words.
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell
