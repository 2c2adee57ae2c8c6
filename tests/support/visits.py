"""Logs and tables made up for tests: no line of them comes from a real visitor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from model_export.counting.lines import Line

DAY_AT_NOON = "16/Nov/2026"


def numbered(texts: Iterable[str | None]) -> Iterator[Line]:
    """Texts as lines, numbered from 1."""
    return (Line(number, text) for number, text in enumerate(texts, start=1))


def combined(
    host: str,
    path: str,
    *,
    second: int = 0,
    status: int = 200,
    method: str = "GET",
    agent: str = "Mozilla/5.0",
) -> str:
    """A Combined Log Format line, `second` seconds after noon."""
    hour, rest = divmod(12 * 3600 + second, 3600)
    return (
        f"{host} - - [{DAY_AT_NOON}:{hour:02}:{rest // 60:02}:{rest % 60:02} +0000]"
        f' "{method} {path} HTTP/1.1" {status} 512 "-" "{agent}"'
    )


def journey(host: str, pages: Sequence[str], *, start: int = 0, step: int = 20) -> list[str]:
    """One visitor's pages, `step` seconds apart."""
    return [combined(host, page, second=start + at * step) for at, page in enumerate(pages)]


def write_log(path: Path, lines: Iterable[str]) -> Path:
    """The lines as a file."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
