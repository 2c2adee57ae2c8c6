"""The parts that devices start Python from: a program in two halves, a library and a memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import brotli  # type: ignore[import-untyped]  # it ships no types

from lambdas.shared.publishing.device_code import TWIN
from nearside.edge_runtime.counting import read_called
from nearside.edge_runtime.kept import kept
from nearside.edge_runtime.sparse import encode
from nearside.edge_runtime.splitting import split
from nearside.edge_runtime.tools import run
from nearside.edge_runtime.trimming import trim

HERE: Final = Path(__file__).resolve().parent
LIBRARY: Final = "library.zip"
PROGRAM: Final = "program.wasm"
SCRIPT: Final = "program.mjs"
REST: Final = "rest.wasm"
MEMORY: Final = "memory.bin"
CALLED: Final = HERE / "called.txt"
# Each part is compressed once, here: as well as Brotli can what every first start waits for and changes with
# Pyodide alone, which takes it 20 seconds, and nearly so what changes with every line of the device's code.
BEST: Final = 11
NEARLY: Final = 9
WAITED_FOR: Final = (PROGRAM, SCRIPT)
COMPRESSED: Final = "compressed"
LENDING: Final = HERE.parent.parent / "edge_client/web/python/rest.js"
WINDOW_BITS: Final = 24


def build_parts(pyodide: Path, device: Path, *, keep: Path) -> Iterable[Path]:
    """Return the files of the parts, each with the same in Brotli's format (`.br`) beside it.

    `pyodide` is npm's package, `device` a folder with the device's packages; what was made earlier from the
    same inputs lies in `keep`. Raises `RuntimeError` when a step fails.
    """
    loader, halves = pyodide / "pyodide.mjs", (pyodide / "pyodide.asm.mjs", pyodide / "pyodide.asm.wasm")
    scripts = sorted(file for file in HERE.iterdir() if file.suffix in {".py", ".mjs"})
    program = kept(
        keep,
        [*halves, *(file for file in scripts if file.stem not in {"library", "memory", "compiling"}), CALLED],
        lambda out: _make_program(halves, out),
    )
    rest = kept(
        keep,
        [loader, pyodide / "python_stdlib.zip", program, device, LENDING, *scripts],
        lambda out: _make_rest(pyodide, program, device, out),
    )
    files = sorted([*program.iterdir(), *rest.iterdir()])
    return [*files, *(_compressed(file, keep=keep / COMPRESSED) for file in files)]


def bare_lock(pyodide: Path) -> dict[str, object]:
    """Return what Pyodide's list of packages says of itself, and no package: nothing of it is ever loaded."""
    return {"info": json.loads((pyodide / "pyodide-lock.json").read_bytes())["info"], "packages": {}}


def _make_program(halves: tuple[Path, Path], out: Path) -> None:
    script, program = halves
    trim(program, script, out)
    called = read_called(CALLED).of(program.read_bytes())
    parts = split((out / PROGRAM).read_bytes(), called.places.__contains__)
    (out / PROGRAM).write_bytes(parts.first)
    (out / REST).write_bytes(parts.rest)


def _make_rest(pyodide: Path, program: Path, device: Path, out: Path) -> None:
    run(["node", HERE / "library.mjs", pyodide, device, HERE / "compiling.py", out])
    work = out / "work"
    work.mkdir()
    for source, name in (
        (pyodide / "pyodide.mjs", "pyodide.mjs"),
        (program / SCRIPT, "pyodide.asm.mjs"),
        (program / PROGRAM, "pyodide.asm.wasm"),
        (program / REST, REST),
        (out / LIBRARY, LIBRARY),
    ):
        shutil.copy(source, work / name)
    (work / "lock.json").write_text(json.dumps(bare_lock(pyodide)))
    run(["node", HERE / "memory.mjs", work, LENDING])
    memory = encode((work / "snapshot.bin").read_bytes(), (work / "instantiated.bin").read_bytes())
    (out / MEMORY).write_bytes(memory)
    shutil.rmtree(work)


def _compressed(file: Path, *, keep: Path) -> Path:
    quality = BEST if file.name in WAITED_FOR else NEARLY

    def compress(out: Path) -> None:
        twin = brotli.compress(file.read_bytes(), quality=quality, lgwin=WINDOW_BITS)
        (out / f"{file.name}{TWIN}").write_bytes(twin)

    (twin,) = kept(keep, [file], compress).iterdir()
    return twin
