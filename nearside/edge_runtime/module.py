"""A WebAssembly module as its sections, and numbers in them (WebAssembly Core 2.0, sections 5.2 and 5.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from consent_ledger.errors import Malformed

PREAMBLE: Final = b"\0asm\x01\0\0\0"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its number, and what stands in it."""

    id: int
    body: bytes


def read_sections(module: bytes) -> list[Section]:
    """Return a module's sections in order. Raises `Malformed` for what is no module."""
    if not module.startswith(PREAMBLE):
        raise Malformed("program: no WebAssembly module")
    return list(_sections(module))


def write_sections(sections: Iterable[Section]) -> bytes:
    """Return the module that has these sections."""
    written = (bytes([each.id]) + unsigned(len(each.body)) + each.body for each in sections)
    return PREAMBLE + b"".join(written)


def read_unsigned(raw: bytes, place: int) -> tuple[int, int]:
    """Return an unsigned LEB128 number of 32 bits, and the place after it. Raises `Malformed` without one."""
    value = 0
    for shift in range(0, 35, 7):
        if place >= len(raw):
            break
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise Malformed("program: a number has no end")


def unsigned(value: int) -> bytes:
    """Return a number in unsigned LEB128."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def signed(value: int) -> bytes:
    """Return a number in signed LEB128."""
    written = bytearray()
    while not -0x40 <= value < 0x40:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value & 0x7F])


def vector(entries: Iterable[bytes]) -> bytes:
    """Return entries with their number before them."""
    listed = list(entries)
    return unsigned(len(listed)) + b"".join(listed)


def _sections(module: bytes) -> Iterator[Section]:
    place = len(PREAMBLE)
    while place < len(module):
        length, start = read_unsigned(module, place + 1)
        if start + length > len(module):
            raise Malformed("program: a section ends after the file")
        yield Section(module[place], module[start : start + length])
        place = start + length
