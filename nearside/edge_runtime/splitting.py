"""A program in two: what starting and running call, and the rest, fetched if ever any of it is called.

A function that is not in the first part has a stub in its place there. The stub calls through the program's
table, where the rest's own functions are put once it has been loaded; before that it calls the loader, which
waits in the table's last slot. The rest is the whole program over the first part's memory, tables and state:
nothing is linked anew, and which functions are in the first part is a matter of bytes and speed alone.
`edge_client/web/python/rest.js` loads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nearside.edge_runtime.exports import EXPORTS, Export
from nearside.edge_runtime.module import Section, read_unsigned, signed, unsigned, vector, write_sections
from nearside.edge_runtime.program import (
    CODE,
    DATA,
    DATA_COUNT,
    ELEMENTS,
    FUNCTION,
    GLOBAL,
    GLOBALS,
    IMPORTS,
    MEMORIES,
    MEMORY,
    PROCEDURE,
    TABLE,
    TABLES,
    TAG,
    TAGS,
    Program,
)

SHARED: Final = "first"
"""The name by which the rest imports what it shares with the first part."""
_NOT_OF_THE_REST: Final = {0, TABLES, MEMORIES, TAGS, ELEMENTS, DATA, DATA_COUNT}


@dataclass(frozen=True, slots=True)
class Parts:
    """Both parts of a program; what the rest exports is named by the slots of the table where it belongs."""

    first: bytes
    rest: bytes


@dataclass(frozen=True, slots=True)
class Shared:
    """What the rest takes from the first part, and how an import of it is described."""

    kind: int
    index: int
    described: bytes


def split(module: bytes, called: Callable[[int], bool]) -> Parts:
    """Split a program.

    `called` says of a function, by its place among the program's own, whether it is in the first part; what
    JavaScript calls by name is there anyway. Raises `Malformed` for a module that is not made as Pyodide's
    program is.
    """
    program = Program.read(module)
    slots, _ = read_unsigned(program.tables[0], 2)
    named = {each.index - program.imported for each in program.exports if each.kind == FUNCTION}
    away = [place for place in range(len(program.bodies)) if place not in named and not called(place)]
    slot_of = {place: slots + order for order, place in enumerate(away)}
    return Parts(_first(program, slot_of, loader=slots + len(away)), _rest(program, slot_of))


def _first(program: Program, slot_of: dict[int, int], *, loader: int) -> bytes:
    plain = program.types.index(PROCEDURE)

    def body(place: int) -> bytes:
        if place not in slot_of:
            return program.bodies[place]
        kind = program.function_types[place]
        count, _ = read_unsigned(program.types[kind], 1)
        stub = _stub(slot_of[place], kind=kind, parameters=count, loader=loader, plain=plain)
        return unsigned(len(stub)) + stub

    new = {
        TABLES: vector([program.tables[0][:2] + unsigned(loader + 1), *program.tables[1:]]),
        EXPORTS: vector(each.to_bytes() for each in (*program.exports, *_offered(program))),
        CODE: vector(body(place) for place in range(len(program.bodies))),
    }
    return write_sections(Section(each.id, new.get(each.id, each.body)) for each in program.sections)


def _rest(program: Program, slot_of: dict[int, int]) -> bytes:
    exports = [*_offered(program), *program.exports]
    names = {(each.kind, each.index): each.name for each in exports}
    new = {
        IMPORTS: vector(
            [
                *(entry for _, entry in program.imports),
                *(_import(names[each.kind, each.index], each) for each in _shared(program)),
            ]
        ),
        GLOBALS: vector(program.globals[len(program.state) :]),
        EXPORTS: vector(
            Export(str(slot), FUNCTION, program.imported + place).to_bytes()
            for place, slot in slot_of.items()
        ),
    }
    return write_sections(
        Section(each.id, new.get(each.id, each.body))
        for each in program.sections
        if each.id not in _NOT_OF_THE_REST
    )


def _shared(program: Program) -> list[Shared]:
    (memory,) = (section.body[1:] for section in program.sections if section.id == MEMORIES)
    before = sum(kind == GLOBAL for kind, _ in program.imports)
    return [
        *(Shared(TABLE, index, entry) for index, entry in enumerate(program.tables)),
        Shared(MEMORY, 0, memory),
        *(Shared(GLOBAL, before + index, entry[:2]) for index, entry in enumerate(program.state)),
        *(Shared(TAG, index, entry) for index, entry in enumerate(program.tags)),
    ]


def _offered(program: Program) -> list[Export]:
    """What the first part exports besides: whatever the rest takes and has no name yet."""
    named = {(each.kind, each.index) for each in program.exports}
    return [
        Export(f"nearside.{each.kind}.{each.index}", each.kind, each.index)
        for each in _shared(program)
        if (each.kind, each.index) not in named
    ]


def _stub(slot: int, *, kind: int, parameters: int, loader: int, plain: int) -> bytes:
    """Return a function's body: load the rest where it is not there, and call what is in the slot."""
    # i32.const slot, table.get 0, ref.is_null, if
    missing = b"\x41" + signed(slot) + b"\x25\0\xd1\x04\x40"
    # i32.const loader, call_indirect plain, end
    load = b"\x41" + signed(loader) + b"\x11" + unsigned(plain) + b"\0\x0b"
    # local.get of each parameter, i32.const slot, call_indirect kind, end
    given = b"".join(b"\x20" + unsigned(number) for number in range(parameters))
    return b"\0" + missing + load + given + b"\x41" + signed(slot) + b"\x11" + unsigned(kind) + b"\0\x0b"


def _import(name: str, shared: Shared) -> bytes:
    module, field = SHARED.encode(), name.encode()
    return (
        unsigned(len(module))
        + module
        + unsigned(len(field))
        + field
        + bytes([shared.kind])
        + shared.described
    )
