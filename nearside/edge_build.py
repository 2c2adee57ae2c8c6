"""Builds what devices load: the loader, the worker, the pure-Python wheel, Pyodide and ONNX Runtime Web.

Everything comes from npm packages and this project, and is served from the agency's own origin. The
runtime's folder is named by the hash of its files, so that it can be cached for ever; `loader.js` and
`check.js` keep their names.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from nearside.device_code import name_of_runtime
from nearside.device_modules import files_of_the_device

ROOT = Path(__file__).resolve().parent.parent
PYODIDE_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
ORT_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
WHEEL_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "nearside-edge"
version = "0.1.0"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["edge_client", "consent_ledger"]
"""


@dataclass(frozen=True, slots=True)
class EdgeBuild:
    """A finished build: `folder` is published as `/nearside/`; `runtime` is the folder name of this version
    in it."""

    folder: Path
    runtime: str


def build_edge(out: Path, *, notices: Path) -> EdgeBuild:
    """Build into `out`, emptied first; `notices` holds one JSON file a language. Same input, same bytes.

    Raises `Refused` when the tools are not installed, and as `read_notices`; `RuntimeError` with the tool's
    own words when a build step fails.
    """
    if not (ROOT / "node_modules").is_dir():
        raise Refused("edge build: node_modules is missing; run npm ci first")
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        stage = work / "runtime"
        (stage / "pyodide").mkdir(parents=True)
        (stage / "ort").mkdir()
        for file in PYODIDE_FILES:
            shutil.copy(ROOT / "node_modules/pyodide" / file, stage / "pyodide" / file)
        for file in ORT_FILES:
            shutil.copy(ROOT / "node_modules/onnxruntime-web/dist" / file, stage / "ort" / file)
        shutil.copy(ROOT / "edge_client/web/LICENCES.txt", stage / "LICENCES.txt")
        shutil.copy(build_wheel(work), stage / "edge_client.whl")
        (work / "notices.json").write_bytes(canonical.encode(read_notices(notices)))
        for part in ("page", "panel", "check", "alert", "flow"):
            (work / f"{part}-words.json").write_bytes(canonical.encode(read_words(part)))
        _bundle(work, "worker.js", stage / "worker.js", runtime="./")
        _bundle(work, "preferences.js", stage / "preferences.js", runtime="./")
        _bundle(work, "alert.js", stage / "alert.js", runtime="./")
        _bundle(work, "flow.js", stage / "flow.js", runtime="./")
        runtime = name_of_runtime(_hashes_of(stage))
        shutil.copytree(stage, out / "runtime" / runtime)
        _bundle(work, "check.js", out / "check.js", runtime="./")
        _bundle(work, "loader.js", out / "loader.js", runtime=f"/nearside/runtime/{runtime}/")
    return EdgeBuild(out, runtime)


def read_notices(folder: Path) -> list[canonical.Json]:
    """Return every notice of an agency, English first: it is the one used where a language has none.

    Raises `Malformed` for a file that is not JSON, `Refused` where there is no notice.
    """
    files = sorted(folder.glob("*.json"), key=lambda file: (file.stem != "en", file.stem))
    if not files:
        raise Refused("notices: the folder holds none")
    return [_notice(file) for file in files]


def _notice(file: Path) -> canonical.Json:
    try:
        value: canonical.Json = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"notices: {file.name} is not JSON") from error
    return value


def read_words(part: str) -> dict[str, canonical.Json]:
    """Return our own labels for one `part` (page, panel or check) of the interface, by language."""
    files = sorted((ROOT / "edge_client/web/words").glob("*.json"))
    return {words["lang"]: words[part] for words in (json.loads(file.read_text()) for file in files)}


def build_wheel(work: Path) -> Path:
    """Build the device's pure-Python wheel in the folder `work`, and return its path.

    It holds what the device's host imports, and no other module of ours.
    """
    project = work / "wheel"
    for source in files_of_the_device(ROOT):
        place = project / source.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
    (project / "pyproject.toml").write_text(WHEEL_PROJECT)
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work), str(project)])
    (wheel,) = work.glob("*.whl")
    return wheel


def _bundle(work: Path, source: str, target: Path, *, runtime: str) -> None:
    _run(
        [
            str(ROOT / "node_modules/.bin/esbuild"),
            str(ROOT / "edge_client/web" / source),
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--charset=utf8",
            "--external:./pyodide/*",
            "--external:./ort/*",
            f"--alias:nearside-notices={work / 'notices.json'}",
            f"--alias:nearside-words={work / 'page-words.json'}",
            f"--alias:nearside-panel-words={work / 'panel-words.json'}",
            f"--alias:nearside-check-words={work / 'check-words.json'}",
            f"--alias:nearside-alert-words={work / 'alert-words.json'}",
            f"--alias:nearside-flow-words={work / 'flow-words.json'}",
            f"--define:NEARSIDE_RUNTIME={json.dumps(runtime)}",
            "--log-level=warning",
            f"--outfile={target}",
        ]
    )


def _hashes_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).digest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tools
    if done.returncode != 0:
        raise RuntimeError(f"edge build: {Path(command[0]).name} failed\n{done.stderr or done.stdout}")


@click.command()
@click.option("--notices", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Emptied first.")
def main(notices: Path, out: Path) -> None:
    """Build what devices load."""
    build = build_edge(out, notices=notices)
    click.echo(f"{build.folder}: runtime {build.runtime}")


if __name__ == "__main__":
    main()
