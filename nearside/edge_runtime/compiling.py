"""Compiles the library that devices load. Runs inside Pyodide: it is the browser's own Python that compiles.

A library is a stored zip of bytecode: what the device's host imports, and what it may import later.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import marshal
import sys
import types
import zipfile
import zipimport
from collections.abc import Iterable, Mapping
from pathlib import Path

HOST = "edge_client.pyodide_host"
# Standard modules that no import statement names: Python reaches for them at the moment that it parses a date
# or meets an encoding.
ENCODINGS = ("ascii", "latin_1", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le")
LATER = ("_strptime", "calendar", *(f"encodings.{name}" for name in ENCODINGS))
# Pyodide reads the docstrings of its own functions, and dataclasses would write missing ones by inspection.
DOCSTRING = "."
# Marks bytecode that is not to be compared with a source (PEP 552: hash-based and unchecked), for no source.
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)
# A location table's entry for eight code units that have no line (CPython, InternalDocs/code_objects.md).
NOWHERE, UNITS = 0x80 | 15 << 3, 8


class Shortened(ast.NodeTransformer):
    """A module's tree with every docstring cut to a full stop, and no word of what functions take and give.

    Types of fields stay: dataclasses are made of them. Of functions no module of a library asks.
    """

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the node, its docstring and those within it cut."""
        self.generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if ast.get_docstring(node, clean=False) is not None and isinstance(first, ast.Expr):
                first.value = ast.copy_location(ast.Constant(DOCSTRING), first.value)
        return node


def compiled(source: bytes, path: str) -> bytes:
    """Return a module's bytecode file without lines and docstrings; `path` is its name in the library."""
    shortened = ast.parse(source)
    Shortened().visit(shortened)
    code = compile(shortened, path, "exec", dont_inherit=True, optimize=0)
    return importlib.util.MAGIC_NUMBER + UNCHECKED + marshal.dumps(without_lines(code))


def without_lines(code: types.CodeType) -> types.CodeType:
    """Return the code with a location table that is valid and names no line.

    Without any table a traceback cannot be walked.
    """
    whole, rest = divmod(len(code.co_code) // 2, UNITS)
    table = bytes([NOWHERE | UNITS - 1]) * whole + (bytes([NOWHERE | rest - 1]) if rest else b"")
    inner = tuple(
        without_lines(each) if isinstance(each, types.CodeType) else each for each in code.co_consts
    )
    return code.replace(co_linetable=table, co_consts=inner)


def used_of_the_standard_library(archive: str) -> list[str]:
    """Import the device's host and what comes later; return the files of the standard library that were read.

    Modules frozen into the program are not in the list: they are not read.
    """
    for name in (HOST, *LATER):
        importlib.import_module(name)
    specs = (getattr(module, "__spec__", None) for module in sys.modules.values())
    origins = {spec.origin for spec in specs if spec and isinstance(spec.loader, zipimport.zipimporter)}
    return sorted(str(origin).removeprefix(f"{archive}/") for origin in origins)


def write_library(sources: Mapping[str, bytes], target: Path) -> None:
    """Write the library; `sources` maps each module's file in it to its source. Same sources, same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as library:
        for path in sorted(sources):
            library.writestr(zipfile.ZipInfo(f"{path}c"), compiled(sources[path], path))
    target.write_bytes(whole.getvalue())


def sources_in(folder: Path) -> Iterable[tuple[str, bytes]]:
    """Yield each module in a folder: its file in the library, and its source."""
    for file in sorted(folder.rglob("*.py")):
        yield file.relative_to(folder).as_posix(), file.read_bytes()


def main(archive: str, device: str, target: str) -> None:
    """Write the library of the device's code in the folder `device` to the file `target`."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, device)
    used = used_of_the_standard_library(archive)
    with zipfile.ZipFile(archive) as standard:
        sources = {path: standard.read(path) for path in used}
    write_library({**sources, **dict(sources_in(Path(device)))}, Path(target))
