"""What a screen reader is told of a part of a page, by Playwright's snapshot of roles and names."""

from __future__ import annotations

import re

_HEADING = re.compile(r"- '?heading.*\[level=(\d)\]")
_PRESSED = re.compile(r"- '?(button|link|radio|checkbox|combobox|textbox|spinbutton)\b(?! \")")


def skipped_levels(snapshot: str) -> list[str]:
    """Headings that are more than one level below the one before."""
    last = 6
    skipped = []
    for line in snapshot.splitlines():
        if found := _HEADING.search(line):
            if int(found[1]) > last + 1:
                skipped.append(line.strip())
            last = int(found[1])
    return skipped


def nameless(snapshot: str) -> list[str]:
    """What is pressed or filled in and has no name."""
    return [line.strip() for line in snapshot.splitlines() if _PRESSED.search(line)]
