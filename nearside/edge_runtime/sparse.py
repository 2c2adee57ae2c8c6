"""A memory as devices load it: the runs of bytes in which it differs from a program that has not run yet.

Most of a Python's memory is empty, and much of the rest is the program's own data, which devices have.
`edge_client/web/python/memory.js` reads what is written here: four numbers (magic, bytes of memory, bytes of
preamble, runs), the preamble, for each run the bytes passed over and the bytes in it, then the bytes of all
runs. Numbers are 32 bits, little-endian.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from consent_ledger.errors import Malformed

MAGIC: Final = b"NSM1"
HEAD: Final = struct.Struct("<4sIII")
PASSED_AND_HELD: Final = struct.Struct("<II")
# A run goes on over so many equal bytes: as many as a run's own entry takes, and few enough to compress away.
BRIDGE: Final = 32
_RUN: Final = re.compile(rb"[^\0](?:\0{0,%d}[^\0])*" % BRIDGE)


def encode(snapshot: bytes, instantiated: bytes) -> bytes:
    """Return a memory for devices.

    `snapshot` is Pyodide's own: magic, offset of the memory, length of what it knows of JavaScript (32 bits
    each), that knowledge, the memory. `instantiated` is the memory of the same program before it ran. Raises
    `Malformed` when the two do not belong together.
    """
    (start,) = struct.unpack_from("<I", snapshot, 4)
    memory = snapshot[start:]
    if len(memory) != len(instantiated) or start % 4:
        raise Malformed("memory: not of the program that it is compared with")
    runs = list(_runs(memory, instantiated))
    table, passed = bytearray(), 0
    for begin, end in runs:
        table += PASSED_AND_HELD.pack(begin - passed, end - begin)
        passed = end
    head = HEAD.pack(MAGIC, len(memory), start, len(runs))
    return head + snapshot[:start] + table + b"".join(memory[begin:end] for begin, end in runs)


def decode(packed: bytes, instantiated: bytes) -> bytes:
    """Return the snapshot that `encode` was given. Raises `Malformed` for anything else."""
    magic, size, start, runs = HEAD.unpack_from(packed)
    if magic != MAGIC or size != len(instantiated):
        raise Malformed("memory: not one, or of another program")
    memory = bytearray(instantiated)
    table = packed[HEAD.size + start :][: runs * PASSED_AND_HELD.size]
    source, place = HEAD.size + start + len(table), 0
    for passed, held in PASSED_AND_HELD.iter_unpack(table):
        place += passed
        memory[place : place + held] = packed[source : source + held]
        source, place = source + held, place + held
    if source != len(packed) or len(memory) != size:
        raise Malformed("memory: its runs are not all of it")
    return packed[HEAD.size : HEAD.size + start] + bytes(memory)


def _runs(memory: bytes, instantiated: bytes) -> Iterator[tuple[int, int]]:
    different = (int.from_bytes(memory, "little") ^ int.from_bytes(instantiated, "little")).to_bytes(
        len(memory), "little"
    )
    for found in _RUN.finditer(different):
        yield found.span()
