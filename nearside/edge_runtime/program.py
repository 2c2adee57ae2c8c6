"""A program of Pyodide's: what its functions are, and what there is of everything else.

Read as WebAssembly Core 2.0, section 5.5, has it, no further than such a program goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from consent_ledger.errors import Malformed
from nearside.edge_runtime.exports import EXPORTS, Export, exports_in
from nearside.edge_runtime.module import Section, read_sections, read_unsigned

TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS = 1, 2, 3, 4, 5, 6
ELEMENTS, CODE, DATA, DATA_COUNT, TAGS = 9, 10, 11, 12, 13
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)
# The type of a function that takes nothing and returns nothing.
PROCEDURE = b"\x60\0\0"


@dataclass(frozen=True, slots=True)
class Program:
    """A module as splitting sees it: its functions' types and bodies, and what there is of all else."""

    sections: tuple[Section, ...]
    types: tuple[bytes, ...]
    imports: tuple[tuple[int, bytes], ...]
    function_types: tuple[int, ...]
    tables: tuple[bytes, ...]
    globals: tuple[bytes, ...]
    tags: tuple[bytes, ...]
    exports: tuple[Export, ...]
    bodies: tuple[bytes, ...]

    @property
    def imported(self) -> int:
        """How many functions come from outside: the first of its own has this index."""
        return sum(kind == FUNCTION for kind, _ in self.imports)

    @property
    def state(self) -> tuple[bytes, ...]:
        """Its own globals that can change: they come before those that cannot."""
        return tuple(entry for entry in self.globals if entry[1])

    @classmethod
    def read(cls, module: bytes) -> Program:
        """Read a module. Raises `Malformed` for one that is not made as Pyodide's is."""
        sections = tuple(read_sections(module))
        body = {section.id: section.body for section in sections}
        if not body.keys() >= {TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS, ELEMENTS, CODE}:
            raise Malformed("program: a section is missing")
        program = cls(
            sections,
            types=tuple(_entries(body[TYPES], _after_type)),
            imports=tuple((_kind_of(entry), entry) for entry in _entries(body[IMPORTS], _after_import)),
            function_types=tuple(
                read_unsigned(entry, 0)[0] for entry in _entries(body[FUNCTIONS], _after_number)
            ),
            tables=tuple(_entries(body[TABLES], _after_table)),
            globals=tuple(_entries(body[GLOBALS], _after_global)),
            tags=tuple(_entries(body.get(TAGS, b"\0"), lambda raw, place: _after_number(raw, place + 1))),
            exports=tuple(exports_in(Section(EXPORTS, body[EXPORTS]))),
            bodies=tuple(_entries(body[CODE], _after_body)),
        )
        if {kind for kind, _ in program.imports} - {FUNCTION, GLOBAL} or PROCEDURE not in program.types:
            raise Malformed("program: it imports what it should have of its own")
        if program.globals[: len(program.state)] != program.state:
            raise Malformed("program: its state is not before its constants")
        return program


def _entries(body: bytes, after: Callable[[bytes, int], int]) -> Iterator[bytes]:
    count, place = read_unsigned(body, 0)
    for _ in range(count):
        end = after(body, place)
        yield body[place:end]
        place = end
    if place != len(body):
        raise Malformed("program: a section is not what it lists")


def _after_number(raw: bytes, place: int) -> int:
    return read_unsigned(raw, place)[1]


def _after_body(raw: bytes, place: int) -> int:
    length, start = read_unsigned(raw, place)
    return start + length


def after_value_type(raw: bytes, place: int) -> int:
    """Return the place after a type of values."""
    # A reference to a type of the module's own has its index behind it.
    return _after_number(raw, place + 1) if raw[place] in (0x63, 0x64) else place + 1


def _after_type(raw: bytes, place: int) -> int:
    if raw[place : place + 1] != b"\x60":
        raise Malformed("program: a type is no function's")
    place += 1
    for _ in ("parameters", "results"):
        count, place = read_unsigned(raw, place)
        for _ in range(count):
            place = after_value_type(raw, place)
    return place


def _after_limits(raw: bytes, place: int) -> int:
    bounded = raw[place] & 1
    place = _after_number(raw, place + 1)
    return _after_number(raw, place) if bounded else place


def _after_table(raw: bytes, place: int) -> int:
    return _after_limits(raw, after_value_type(raw, place))


def _after_import(raw: bytes, place: int) -> int:
    place = _after_name(raw, _after_name(raw, place))
    match raw[place]:
        case 0:
            return _after_number(raw, place + 1)
        case 3:
            return after_value_type(raw, place + 1) + 1
        case _:
            raise Malformed("program: it imports what it should have of its own")


def _after_name(raw: bytes, place: int) -> int:
    length, start = read_unsigned(raw, place)
    return start + length


def _kind_of(entry: bytes) -> int:
    return entry[_after_name(entry, _after_name(entry, 0))]


def _after_global(raw: bytes, place: int) -> int:
    place = after_value_type(raw, place) + 1
    # A constant number of 32 bits, or another global, and the end.
    if raw[place] not in (0x41, 0x23):
        raise Malformed("program: a global begins as no number of 32 bits")
    place = _after_number(raw, place + 1)
    if raw[place] != 0x0B:
        raise Malformed("program: a global is more than a number")
    return place + 1
