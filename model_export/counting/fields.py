"""One way to cut a line of text into fields, for Python and for every engine that counts.

A layout's pattern keeps to what Python's, RE2's and Java's regular expressions all read alike: explicit ASCII
classes, no look-around, no repeated groups (Java recurses on those, line by hostile line), no counted repeats
of more than a few (RE2 copies those out).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Noncharacters: Unicode keeps them for use within a program, so no text in a log has a claim on them.
ESCAPED_QUOTE = "\ufdd0"
ESCAPED_BACKSLASH = "\ufdd1"
BETWEEN = "\ufdd2"
PLAIN = {ESCAPED_QUOTE: '"', ESCAPED_BACKSLASH: "\\"}
RESERVED = (ESCAPED_QUOTE, ESCAPED_BACKSLASH, BETWEEN)

_RESERVED = re.compile("[" + "".join(RESERVED) + "]")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a line of one format reads.

    `pattern` matches a whole line; each of `fields` is the groups of which one holds that field.
    `masks` are replaced before, in order, so that a quotation mark that is left ends a quoted string.
    """

    pattern: str
    fields: tuple[tuple[int, ...], ...]
    masks: tuple[tuple[str, str], ...] = ()
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re.compile(self.pattern, re.DOTALL))

    def replacement(self, reference: str) -> str:
        """What the fields of a line become, one after another; `reference` is what refers to a group."""
        return BETWEEN.join("".join(f"{reference}{group}" for group in groups) for groups in self.fields)

    def cut(self, line: str) -> tuple[str, ...] | None:
        """The fields of a line, quotation marks as they were meant; None when it is not in this layout."""
        if not line.isascii() and _RESERVED.search(line):
            return None
        for text, mask in self.masks:
            line = line.replace(text, mask)
        if (found := self._compiled.fullmatch(line)) is None:
            return None
        cut = tuple("".join(found[group] or "" for group in groups) for groups in self.fields)
        return cut if line.isascii() else tuple(map(self.unmasked, cut))

    def unmasked(self, field: str) -> str:
        """A field with its masks taken off: quotation marks as they were meant."""
        for _, mask in self.masks:
            field = field.replace(mask, PLAIN[mask])
        return field
