"""Which functions of a program are called: noted by the program itself, and kept for the next build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from consent_ledger.errors import Malformed, Untrue
from nearside.edge_runtime.exports import EXPORTS, Export
from nearside.edge_runtime.module import Section, read_unsigned, unsigned, vector, write_sections
from nearside.edge_runtime.program import CODE, GLOBAL, GLOBALS, Program, after_value_type

NOTE: Final = "called."
LINE: Final = 16
_CLEARED: Final = b"\x7f\x01\x41\0\x0b"
"""A global of 32 bits that can change, and is zero."""


@dataclass(frozen=True, slots=True)
class Called:
    """The places, among a program's own functions, of those that a device calls; `program` is its SHA-256 in
    hex."""

    program: str
    places: frozenset[int]

    def __str__(self) -> str:
        """Return the list as it is kept: the program's hash, then runs of places in order, some to a line."""
        places = sorted(self.places)
        breaks = [
            0,
            *(at for at, (one, next_) in enumerate(pairwise(places), 1) if next_ != one + 1),
            len(places),
        ]
        runs = [f"{places[begin]}-{places[end - 1]}" for begin, end in pairwise(breaks) if begin < end]
        lines = [" ".join(runs[at : at + LINE]) for at in range(0, len(runs), LINE)]
        return "".join(f"{line}\n" for line in (self.program, *lines))

    @classmethod
    def parse(cls, text: str) -> Called:
        """Read a list. Raises `Malformed` for what is not printed as lists are."""
        try:
            program, *runs = text.split()
            ends = [(int(begin), int(end)) for begin, end in (run.split("-") for run in runs)]
        except ValueError as error:
            raise Malformed("called functions: a run is not two places") from error
        read = cls(program, frozenset(place for begin, end in ends for place in range(begin, end + 1)))
        if str(read) != text:
            raise Malformed("called functions: not as they are printed")
        return read

    def of(self, program: bytes) -> Called:
        """Return the list where it is this program's; raises `Untrue` where it is another's."""
        if hashlib.sha256(program).hexdigest() != self.program:
            raise Untrue(
                "called functions: counted on another program; run python -m benchmarks.called_functions"
            )
        return self


def read_called(file: Path) -> Called:
    """Read the list that a file holds; raises as `Called.parse`."""
    return Called.parse(file.read_text("ascii"))


def counted(module: bytes) -> bytes:
    """Return the program, made to set the global `called.N` when function N of its own is called.

    Raises `Malformed` for a module that is not made as Pyodide's program is.
    """
    program = Program.read(module)
    count = len(program.bodies)
    first = sum(kind == GLOBAL for kind, _ in program.imports) + len(program.globals)
    notes: Iterable[Export] = (Export(f"{NOTE}{place}", GLOBAL, first + place) for place in range(count))
    new = {
        GLOBALS: vector([*program.globals, *[_CLEARED] * count]),
        EXPORTS: vector(each.to_bytes() for each in (*program.exports, *notes)),
        CODE: vector(_noting(body, first + place) for place, body in enumerate(program.bodies)),
    }
    return write_sections(Section(each.id, new.get(each.id, each.body)) for each in program.sections)


def _noting(entry: bytes, note: int) -> bytes:
    """Return a function's body that first sets a global to one."""
    _, start = read_unsigned(entry, 0)
    count, place = read_unsigned(entry, start)
    for _ in range(count):
        _, place = read_unsigned(entry, place)
        place = after_value_type(entry, place)
    # i32.const 1, global.set note
    body = entry[start:place] + b"\x41\x01\x24" + unsigned(note) + entry[place:]
    return unsigned(len(body)) + body
