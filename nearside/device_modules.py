"""Which of our modules a device loads: those that its host imports, at once or through others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HOST: Final = "edge_client.pyodide_host"


def files_of_the_device(root: Path) -> list[Path]:
    """Return the files under `root`, the project's folder, that `edge_client.pyodide_host` needs, in order.

    An import counts wherever in a file it stands. Raises `FileNotFoundError` when there is no host.
    """
    found: set[Path] = set()
    ahead = [root / f"{HOST.replace('.', '/')}.py"]
    while ahead:
        file = ahead.pop()
        if file not in found:
            found.add(file)
            ahead += (known for name in _imported(file) for known in _files(root, name))
    return sorted(found)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes(), file.name)):
        match node:
            case ast.Import(names):
                yield from (each.name for each in names)
            case ast.ImportFrom(str(module), names, 0):
                # What is imported from a package may be a module of it.
                yield from (f"{module}.{each.name}" for each in names)
            case _:
                pass


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of a module of ours and those of the packages around it; what is not ours has none."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                yield file
