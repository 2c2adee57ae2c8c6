"""What a WebAssembly module offers by name (WebAssembly Core 2.0, section 5.5.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from nearside.edge_runtime.module import (
    Section,
    read_sections,
    read_unsigned,
    unsigned,
    vector,
    write_sections,
)

EXPORTS: Final = 7
FUNCTION: Final = 0


@dataclass(frozen=True, slots=True)
class Export:
    """One name of a module: what `kind` of thing it is of (0 for a function), and which."""

    name: str
    kind: int
    index: int

    def to_bytes(self) -> bytes:
        """Return the entry as it stands in a module."""
        name = self.name.encode()
        return unsigned(len(name)) + name + bytes([self.kind]) + unsigned(self.index)


def read_exports(module: bytes) -> list[Export]:
    """Return everything that a module exports, in order. Raises `Malformed` for what is no module."""
    sections = read_sections(module)
    return [export for section in sections if section.id == EXPORTS for export in exports_in(section)]


def keep_exports(module: bytes, wanted: Callable[[Export], bool]) -> bytes:
    """Return the module with the wanted exports alone. Raises `Malformed` for what is no module."""
    return write_sections(
        Section(EXPORTS, vector(each.to_bytes() for each in exports_in(section) if wanted(each)))
        if section.id == EXPORTS
        else section
        for section in read_sections(module)
    )


def exports_in(section: Section) -> Iterator[Export]:
    """Yield the exports that a section lists. Raises `Malformed`."""
    body = section.body
    count, place = read_unsigned(body, 0)
    for _ in range(count):
        length, start = read_unsigned(body, place)
        name = body[start : start + length].decode()
        kind = body[start + length]
        index, place = read_unsigned(body, start + length + 1)
        yield Export(name, kind, index)
