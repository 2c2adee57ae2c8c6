"""The parts that devices start Python from hold what they must, and come back as they were made."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Untrue
from nearside.device_modules import files_of_the_device
from nearside.edge_build import KEPT, ROOT
from nearside.edge_runtime import sparse
from nearside.edge_runtime.counting import Called, read_called
from nearside.edge_runtime.exports import Export, keep_exports, read_exports
from nearside.edge_runtime.kept import kept
from nearside.edge_runtime.parts import CALLED, build_parts
from nearside.edge_runtime.splitting import split
from nearside.edge_runtime.tools import run
from nearside.edge_runtime.trimming import called_from, trim, without_names
from nearside.edge_runtime.wheel import copy_device

PYODIDE = ROOT / "node_modules/pyodide"
# (module (memory (export "memory") 1) (func (export "one")) (func (export "two")))
MODULE = (
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x03\x02\0\0\x05\x03\x01\0\x01"
    b"\x07\x16\x03\x06memory\x02\0\x03one\0\0\x03two\0\x01\x0a\x07\x02\x02\0\x0b\x02\0\x0b"
)
# Complex numbers, and a module of CPython's that is nobody's business here.
RARE = """
import _statistics, itertools
str(((1j ** 2).imag.__trunc__(), list(itertools.islice(itertools.cycle((0, 1)), 6))))
"""
CROSSED = [True, True, "host: a public file did not arrive", 6, [503, None]]
TOLD = "(0, [0, 1, 0, 1, 0, 1])"
READ_MEMORY = """
import { readFileSync, writeFileSync } from "node:fs";
const { openMemory } = await import(process.argv[1]);
const [packed, instantiated, out] = process.argv.slice(2);
const bytes = (file) => Uint8Array.from(readFileSync(file));
const { snapshot, hold } = openMemory(bytes(packed).buffer);
const program = bytes(instantiated);
hold(program);
// What runs before Python's memory comes is not in it.
program.fill(9, 0, 40);
program.fill(9, 4000);
const { length } = snapshot.subarray(snapshot.length);
writeFileSync(out, Buffer.concat([snapshot, program, Buffer.alloc(length)]));
"""


def snapshot_of(memory: bytes, known: bytes = b"{}") -> bytes:
    """A snapshot as Pyodide writes it: 16 bytes of numbers, what it knows of JavaScript, the memory."""
    preamble = struct.pack("<4I", 0x706E7300, 64, len(known), 0) + known
    return preamble.ljust(64, b"\0") + memory


def memories(seed: int) -> tuple[bytes, bytes]:
    """A memory and the one that it grew from: much is empty, some is equal, runs begin and end anywhere."""
    dice = random.Random(seed)
    before = bytearray(4096)
    before[100:1000] = dice.randbytes(900)
    after = bytearray(before)
    for _ in range(dice.randrange(40)):
        place = dice.randrange(4096)
        run_of = bytes(dice.choice((0, 0, 1, 255)) for _ in range(dice.randrange(90)))
        after[place : place + len(run_of)] = run_of[: 4096 - place]
    return bytes(after), bytes(before)


def copied(parts: dict[str, Path], folder: Path) -> Path:
    """Put parts into one folder, and return it."""
    folder.mkdir()
    for name, file in parts.items():
        shutil.copy(file, folder / name)
    return folder


def started(folder: Path, order: dict[str, Any]) -> dict[str, Any]:
    """Start Python from a folder of parts, and return what each start found."""
    written = folder / "order.json"
    written.write_text(json.dumps(order))
    command = ["node", ROOT / "tests/support/small_python.mjs", ROOT, written, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a build of this source makes, by name."""
    if not PYODIDE.is_dir():
        pytest.skip("Pyodide is not installed: run make setup")
    device = tmp_path_factory.mktemp("device") / "device"
    copy_device(ROOT, device)
    return {file.name: file for file in build_parts(PYODIDE, device, keep=KEPT)}


@pytest.mark.parametrize("seed", range(60))
def test_a_memory_comes_back_as_it_was(seed: int) -> None:
    """Whatever differs from the program's own data, at either end or nowhere, is there after reading."""
    after, before = memories(seed)
    snapshot = snapshot_of(after)
    assert sparse.decode(sparse.encode(snapshot, before), before) == snapshot


def test_the_browser_reads_a_memory_as_python_does(tmp_path: Path) -> None:
    """`memory.js` puts the snapshot of the build into a program, whatever the program wrote before."""
    for seed in range(8):
        after, before = memories(seed)
        snapshot = snapshot_of(after)
        files = [tmp_path / name for name in ("packed", "before", "out")]
        files[0].write_bytes(sparse.encode(snapshot, before))
        files[1].write_bytes(before)
        script = str(ROOT / "edge_client/web/python/memory.js")
        run(["node", "--input-type=module", "--eval", READ_MEMORY, script, *files])
        assert files[2].read_bytes() == snapshot


def test_a_memory_of_another_program_is_refused() -> None:
    """Neither written nor read: its runs would be put over other data."""
    after, before = memories(1)
    with pytest.raises(Malformed):
        sparse.encode(snapshot_of(after), before + bytes(16))
    packed = sparse.encode(snapshot_of(after), before)
    for spoilt in (b"NSM2" + packed[4:], packed + b"\0", packed[:-1]):
        with pytest.raises(Malformed):
            sparse.decode(spoilt, before)
    with pytest.raises(Malformed):
        sparse.decode(packed, before + bytes(16))


def test_exports_are_read_and_left_out() -> None:
    """A module keeps what is wanted, and is the same where everything is."""
    assert [(export.name, export.kind) for export in read_exports(MODULE)] == [
        ("memory", 2), ("one", 0), ("two", 0),
    ]  # fmt: skip
    assert keep_exports(MODULE, lambda _: True) == MODULE

    def wanted(export: Export) -> bool:
        return export.name != "two"

    assert [export.name for export in read_exports(keep_exports(MODULE, wanted))] == ["memory", "one"]


@pytest.mark.parametrize(
    "spoilt", [b"", MODULE[1:], MODULE[:-3], MODULE + b"\x07", MODULE + b"\x07\xff\xff\xff\xff\xff\x01"]
)
def test_what_is_no_module_is_refused(spoilt: bytes) -> None:
    """A file that ends early, or whose numbers never do, is not half read."""
    with pytest.raises(Malformed):
        keep_exports(spoilt, lambda _: True)


def test_a_script_loses_the_names_that_it_does_not_use() -> None:
    """What is called anywhere outside the list of all stays, under either of its names."""
    names = [f"f{number}" for number in range(1200)]
    declared = "var " + ",".join(f"_{name}" for name in names) + ";"
    assigned = "".join(f'_{name}=Module["_{name}"]=wasmExports["{name}"];' for name in names)
    text = (
        f'use(Module._f3,"f5");;{declared}function assignWasmExports(wasmExports){{{assigned}'
        '_data=Module["_data"]=wasmExports["data"].value>>>0}more(_f7);'
    )
    needed = called_from(text, names)
    assert needed == {"f3", "f5", "f7"}
    slim = without_names(text, needed)
    assert slim == (
        'use(Module._f3,"f5");;var _f3,_f5,_f7;function assignWasmExports(wasmExports){'
        '_f3=Module["_f3"]=wasmExports["f3"];_f5=Module["_f5"]=wasmExports["f5"];'
        '_f7=Module["_f7"]=wasmExports["f7"];_data=Module["_data"]=wasmExports["data"].value>>>0}more(_f7);'
    )
    with pytest.raises(Malformed):
        called_from("function other(){}", names)


def test_what_was_built_before_is_taken_where_nothing_changed(tmp_path: Path) -> None:
    """The same inputs are built once wherever they lie; another byte or another name is built anew."""
    made: list[Path] = []

    def make(out: Path) -> None:
        made.append(out)
        (out / "part").write_text(str(len(made)))

    def build(place: str, name: str, text: str) -> str:
        source = tmp_path / place / name
        source.parent.mkdir(exist_ok=True)
        source.write_text(text)
        return (kept(tmp_path / "kept", [source], make) / "part").read_text()

    assert build("a", "source", "x") == build("b", "source", "x") == "1"
    assert build("a", "source", "y") == "2"
    assert build("a", "other", "y") == "3"
    assert build("b", "source", "x") == "1"
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) != []
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """The next build begins anew."""
    source = tmp_path / "source"
    source.write_text("x")

    def fail(out: Path) -> None:
        (out / "half").write_text("half")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        kept(tmp_path / "kept", [source], fail)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_tool_that_fails_says_why_in_short_lines() -> None:
    """What a tool quotes is cut: one line of a bundle is a megabyte."""
    with pytest.raises(RuntimeError, match=r"^edge build: node failed\nx{300}$"):
        run(["node", "--eval", "console.error('x'.repeat(5000)); process.exit(3)"])


def test_the_library_holds_all_of_the_device_as_bytecode(parts: dict[str, Path]) -> None:
    """Every module that the device imports is there, nothing of ours beside them, and no source."""
    with zipfile.ZipFile(parts["library.zip"]) as library:
        held = set(library.namelist())
        assert {info.compress_type for info in library.infolist()} == {zipfile.ZIP_STORED}
    device = {f"{file.relative_to(ROOT).as_posix()}c" for file in files_of_the_device(ROOT)}
    assert {name for name in held if name.startswith(("edge_client/", "consent_ledger/"))} == device
    assert all(name.endswith(".pyc") for name in held)


def test_a_first_start_waits_for_so_many_bytes(parts: dict[str, Path]) -> None:
    """Without a memory: with the worker and a model of 5,000 pages (0.3 MB) it stays within 3.0 MB."""
    waited_for = ("program.wasm.br", "program.mjs.br", "library.zip.br")
    assert sum(parts[name].stat().st_size for name in waited_for) <= 2_700_000


def test_what_the_device_imports_and_decodes_is_there(parts: dict[str, Path], tmp_path: Path) -> None:
    """In the small Python, with its library or with a memory and none, every import statement of the device's
    code succeeds, every encoding that it names is known, and a traceback can be shown; chance, which a memory
    would freeze, is another in each."""
    trees = [ast.parse(file.read_bytes()) for file in files_of_the_device(ROOT)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {
        *(each.name for node in nodes if isinstance(node, ast.Import) for each in node.names),
        *(str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)),
    }
    encodings = {
        str(node.args[0].value)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"encode", "decode"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"json", "edge_client.device", "hashlib"} <= modules
    assert {"utf-8", "ascii", "utf-16-be"} <= encodings
    folder = copied(parts, tmp_path / "parts")
    found = started(folder, {"modules": sorted(modules), "encodings": sorted(encodings), "story": RARE})
    for start in found.values():
        assert start["failed"] == []
        assert "ValueError: shown" in start["traceback"]
        assert start["lived"]["crossed"] == CROSSED
        assert start["rests"][0] == 0
        # What no device does, and the first part has not: the rest is there in the middle of it, once.
        assert start["told"] == TOLD
        assert start["rests"][1] == 1
    assert found["remembered"]["had"] is True
    assert found["plain"]["had"] is False
    assert found["remembered"]["chance"] != found["again"]["chance"]


def test_which_functions_are_in_the_first_part_changes_nothing(
    parts: dict[str, Path], tmp_path: Path
) -> None:
    """Python starts and says the same with a third of its program's functions there, whichever they are: the
    rest comes once."""
    trim(PYODIDE / "pyodide.asm.wasm", PYODIDE / "pyodide.asm.mjs", tmp_path)
    dice = random.Random(20)
    some = frozenset(place for place in range(20_000) if dice.random() < 1 / 3)
    halves = split((tmp_path / "program.wasm").read_bytes(), some.__contains__)
    folder = copied({name: parts[name] for name in ("library.zip", "program.mjs")}, tmp_path / "parts")
    (folder / "program.wasm").write_bytes(halves.first)
    (folder / "rest.wasm").write_bytes(halves.rest)
    found = started(folder, {"modules": ["json"], "encodings": ["ascii"], "story": RARE})
    assert found["plain"]["told"] == TOLD
    assert found["plain"]["rests"] == [1, 1]


def test_a_list_of_called_functions_is_read_as_it_is_printed() -> None:
    """Whatever is called, and of no other program."""
    dice = random.Random(21)
    for share in (0, 0.02, 0.5, 1):
        places = frozenset(place for place in range(500) if dice.random() < share)
        called = Called(hashlib.sha256(MODULE).hexdigest(), places)
        assert Called.parse(str(called)) == called
        assert called.of(MODULE) is called
        with pytest.raises(Untrue):
            called.of(MODULE + b"\0")
    for text in ("", "00\n1\n", "00\n3-5 6-7\n", "00\n5-3\n", "00\n1-2", "00\nx-y\n"):
        with pytest.raises(Malformed):
            Called.parse(text)


def test_the_list_is_of_the_program_that_npm_brings(parts: dict[str, Path]) -> None:
    """A new Pyodide needs a new list; most of the program is not in it."""
    program = (PYODIDE / "pyodide.asm.wasm").read_bytes()
    called = read_called(CALLED).of(program)
    assert 2_000 < len(called.places) < 9_000
    assert parts["program.wasm"].stat().st_size < 0.75 * len(program)
