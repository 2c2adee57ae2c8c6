"""What is wrong with something that an author wrote: where, what, and how to mend it.

House parsers say in words where something is wrong ("flow: questions 3: title: en is missing"); who edits
JSON wants a pointer (RFC 6901), which is found by walking the words along the value that they are about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json

_NUMBERED: Final = re.compile(r"([a-z_]+) (\d+)")
_FIRST_WORD: Final = re.compile(r"([a-z_]+)\b")
_FIXES: Final = (
    (re.compile(r"(\w+) is missing$"), r"add \1"),
    (re.compile(r"is not among (.+)$"), r"write one of \1"),
    (re.compile(r"(\w+) is not (an? \w+)$"), r"write \1 as \2"),
    (re.compile(r"(\w+) is out of range$"), r"write a number within the limits of \1"),
    (re.compile(r"(\w+) is too long$"), r"make \1 shorter"),
    (re.compile(r"unknown field$"), "take away what this format does not have"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend; `where` is a JSON pointer, and `is_fatal` ones keep a draft from being proposed."""

    where: str
    what: str
    fix: str
    is_fatal: bool = True

    def to_json(self) -> dict[str, Json]:
        """The problem as callers read it."""
        return {"where": self.where, "what": self.what, "fix": self.fix, "fatal": self.is_fatal}


def said_of(message: str, value: Json, *, otherwise: str, within: str = "") -> Problem:
    """Turn what a parser said of `value` into a problem; `within` is where the value itself lies.

    `otherwise` is the fix where the words suggest none of their own.
    """
    what = message.rpartition(": ")[2]
    return Problem(within + pointer_to(message, value), what, _fix(what, otherwise))


def pointer_to(message: str, value: Json) -> str:
    """Return the JSON pointer to what the words are about, as far as they lead into `value`."""
    path, at = "", value
    *steps, last = message.split(": ")
    for step in steps:
        numbered = _NUMBERED.fullmatch(step)
        if numbered and isinstance(at, Mapping) and isinstance(at.get(numbered[1]), list):
            rows, place = at[numbered[1]], int(numbered[2]) - 1
            if isinstance(rows, list) and 0 <= place < len(rows):
                path, at = f"{path}/{numbered[1]}/{place}", rows[place]
        elif isinstance(at, Mapping) and step in at:
            path, at = f"{path}/{_escaped(step)}", at[step]
    word = _FIRST_WORD.match(last)
    named = word[1] if word else ""
    if isinstance(at, Mapping) and (named in at or last == f"{named} is missing"):
        path = f"{path}/{_escaped(named)}"
    return path


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _fix(what: str, otherwise: str) -> str:
    for pattern, fix in _FIXES:
        found = pattern.search(what)
        if found:
            return found.expand(fix)
    return otherwise
