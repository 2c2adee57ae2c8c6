"""Pyodide's program without what only extension modules would call, which no device loads.

The program offers every function of CPython and of the C library by name, so that an extension module
compiled apart could be linked to it in the browser. What neither its own code nor its JavaScript half calls
is taken out; how the rest behaves is not touched.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from consent_ledger.errors import Malformed
from nearside.edge_runtime.exports import FUNCTION, Export, keep_exports, read_exports

_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
_ASSIGNED: Final = re.compile(r'(?<=[{;])([\w$]+)=Module\["\1"\]=wasmExports\["([\w$]+)"\];')
_DECLARED: Final = re.compile(r"(?<=;)var ([\w$]+(?:,[\w$]+){999,});")
_FUNCTION: Final = "function assignWasmExports(wasmExports){"


def trim(program: Path, script: Path, out: Path) -> None:
    """Write `program.wasm` and `program.mjs` into the folder `out`.

    `program` and `script` are Pyodide's two halves, in WebAssembly and in JavaScript. Raises `Malformed` when
    they are not made as those that this was written for.
    """
    module, text = program.read_bytes(), script.read_text("utf-8")
    needed = called_from(text, [export.name for export in read_exports(module) if export.kind == FUNCTION])
    (out / "program.wasm").write_bytes(keep_exports(module, lambda export: _stays(export, needed)))
    (out / "program.mjs").write_text(without_names(text, needed), "utf-8")


def called_from(text: str, names: list[str]) -> frozenset[str]:
    """Return which of a program's functions its JavaScript half, `text`, names outside its own list of all.

    A name counts with and without the underscore that the list puts before it, wherever it stands.
    """
    start, end = _list_of_all(text)
    rest = text[:start] + text[end:]
    declared = _DECLARED.search(rest)
    if declared is None:
        raise Malformed("program: its script does not declare what it lists")
    said = set(_WORD.findall(rest[: declared.start()] + rest[declared.end() :]))
    return frozenset(name for name in names if name in said or f"_{name}" in said)


def without_names(text: str, needed: frozenset[str]) -> str:
    """Return a program's JavaScript half whose list names no functions but those `needed`."""
    start, end = _list_of_all(text)
    dropped: set[str] = set()

    def kept(found: re.Match[str]) -> str:
        if found[2] in needed:
            return found[0]
        dropped.add(found[1])
        return ""

    listed = _ASSIGNED.sub(kept, text[start:end])
    text = text[:start] + listed + text[end:]

    def declared(found: re.Match[str]) -> str:
        return f"var {','.join(name for name in found[1].split(',') if name not in dropped)};"

    return _DECLARED.sub(declared, text, count=1)


def _list_of_all(text: str) -> tuple[int, int]:
    start = text.find(_FUNCTION)
    if start < 0 or text.count(_FUNCTION) != 1:
        raise Malformed("program: its script does not list what the program offers")
    return start, text.index("}", start) + 1


def _stays(export: Export, needed: frozenset[str]) -> bool:
    return export.kind != FUNCTION or export.name in needed
