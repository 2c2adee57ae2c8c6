"""Which functions of Python's program a device calls: `python -m benchmarks.called_functions`.

Runs the unit suites of the device's code in an instrumented Pyodide, starts it from the library and from a
memory in Node, lives through the whole story of a citizen in Chromium, and writes what was called to
`nearside/edge_runtime/called.txt`, which the next build puts into the program's first part. To be run when
Pyodide changes, or when `tests/browser/test_starting.py` finds that a device began again with the rest; what
was called before of the same Pyodide stays in the list.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nearside.edge_build import KEPT, ROOT, build_wheel
from nearside.edge_runtime.counting import NOTE, Called, counted, read_called
from nearside.edge_runtime.parts import CALLED, build_parts
from nearside.edge_runtime.splitting import split
from nearside.edge_runtime.trimming import trim
from nearside.edge_runtime.wheel import copy_device
from tests.pyodide.test_suites_in_pyodide import SUITES
from tests.support.browser import CHROMIUM, WORKER_OF_ITS_OWN, chromium_at, citizen_of
from tests.support.playing import played_city
from tests.support.starting import (
    HOLD_THE_PROGRAM,
    READ_NOTES,
    changed,
    on_a_fast_connection,
    taken_for_built,
    whole_story,
)

PYODIDE = ROOT / "node_modules/pyodide"
NOTING = ROOT / "benchmarks/called_functions.mjs"


def in_suites(work: Path, env: dict[str, str]) -> None:
    """Run the unit suites of the device's code in npm's Pyodide, instrumented."""
    runtime, out = work / "pyodide", work / "out"
    shutil.copytree(PYODIDE, runtime)
    out.mkdir()
    (runtime / "pyodide.asm.wasm").write_bytes(counted((PYODIDE / "pyodide.asm.wasm").read_bytes()))
    suites = [str(ROOT), str(build_wheel(work)), sysconfig.get_path("purelib"), str(out)]
    suites += [suite for suite in SUITES if suite.startswith("tests/unit/")]
    run_noting([ROOT / "tests/pyodide/run.mjs", *suites], {**env, "NEARSIDE_PYODIDE": f"{runtime}/"})


def in_starts(work: Path, env: dict[str, str], program: bytes) -> None:
    """Start our parts in Node, from the library and from a memory."""
    copy_device(ROOT, work / "device")
    folder = work / "parts"
    folder.mkdir()
    for file in build_parts(PYODIDE, work / "device", keep=KEPT):
        shutil.copy(file, folder / file.name)
    (folder / "program.wasm").write_bytes(program)
    (work / "order.json").write_text(json.dumps({"modules": ["json"], "encodings": ["utf-8"]}))
    run_noting([ROOT / "tests/support/small_python.mjs", ROOT, work / "order.json", folder], env)


def in_a_browser(work: Path, program: bytes) -> Iterator[int]:
    """Live through a citizen's whole story, on a slow connection and on a fast one; yield what was called."""
    # Chromium itself: without its window it finds every connection fast, and starts from the memory alone.
    with played_city(work / "city") as city, chromium_at(path=CHROMIUM) as browser:
        changes = taken_for_built(city, {"program.wasm": program}, before=HOLD_THE_PROGRAM)
        for fast in (False, True):
            with (
                city.front.answering(changed(city, changes)),
                citizen_of(city, browser, WORKER_OF_ITS_OWN) as citizen,
            ):
                if fast:
                    on_a_fast_connection(citizen)
                for _ in whole_story(citizen):
                    for worker in citizen.page.workers:
                        yield from worker.evaluate(READ_NOTES, NOTE)


def run_noting(command: list[str | Path], env: dict[str, str]) -> None:
    """Run a script of Node's that writes down what was called."""
    subprocess.run(["node", "--import", NOTING, *command], env=env, check=True)


def main() -> int:
    """Write the list, and print how many functions are in it."""
    whole = (PYODIDE / "pyodide.asm.wasm").read_bytes()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        notes = work / "called"
        env = {**os.environ, "NEARSIDE_CALLED": str(notes)}
        trim(PYODIDE / "pyodide.asm.wasm", PYODIDE / "pyodide.asm.mjs", work)
        # Whole, as a first part without a rest: what the rest's functions call is noted too.
        program = counted(split((work / "program.wasm").read_bytes(), lambda _: True).first)
        in_suites(work, env)
        in_starts(work, env, program)
        tested = frozenset(map(int, notes.read_text().split()))
        lived = frozenset(in_a_browser(work, program))
        program_hash = hashlib.sha256(whole).hexdigest()
        before = read_called(CALLED)
        known = before.places if before.program == program_hash else frozenset()
        called = Called(program_hash, known | tested | lived)
    CALLED.write_text(str(called), "ascii")
    print(f"{len(called.places)} functions are called, {len(lived - tested)} of them in a browser alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
