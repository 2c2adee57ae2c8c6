"""Builds what devices load: loader, worker, themes, Python with the device's code, and ONNX Runtime Web.

Everything comes from npm packages and this project, and is served from the agency's own origin. The
runtime's folder is named by the hash of its files, so that it can be cached for ever; `loader.js`,
`check.js` and the themes keep their names. The loader lies in a folder named by its hash besides.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from lambdas.shared.publishing.device_code import LOADER, PREFIX, SUMS, TWIN, name_of_runtime, sums_of
from nearside.edge_runtime import wheel
from nearside.edge_runtime.parts import bare_lock, build_parts
from nearside.edge_runtime.tools import run
from nearside.pinned_loader import PinnedLoader, pinned
from nearside.registers import FILE as REGISTERS
from nearside.registers import registers

ROOT = Path(__file__).resolve().parent.parent
PYODIDE_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
# Rooms of edge_client/web that a page loads only where it has one of their elements.
PARTS = (
    "alerts",
    "apart",
    "components",
    "device",
    "flows",
    "help",
    "integration",
    "isolated",
    "panel",
    "question",
    "reminders",
    "search",
    "signals",
    "tasks",
    "topics",
    "vault",
    "visit",
)
# Rooms that no element asks for: a link to a preview does, or whoever builds a page.
TOOLS = ("debug", "preview")
# Collectors and what a page's own scripts use say nothing to citizens.
WORDS = (
    "page",
    "check",
    *(part for part in (*PARTS, *TOOLS) if part not in ("device", "integration", "signals")),
)
# Style sheets for pages: their names stay, so that an agency's own markup can name them.
THEMES = ("neutral", "govuk", "uswds")
ORT_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
# What of a script is not bundled into it: files beside it, and what only Node has.
OUTSIDE = ("./pyodide/*", "./ort/*", "./python/program.mjs", "node:*", "ws")
KEPT = ROOT / "build/edge-parts"


@dataclass(frozen=True, slots=True)
class EdgeBuild:
    """A finished build: `folder` is published as `/nearside/`; `runtime` is the folder name of this version
    in it, and `loader` where its loader lies for good."""

    folder: Path
    runtime: str
    loader: PinnedLoader


def build_edge(out: Path, *, notices: Path, keep: Path = KEPT) -> EdgeBuild:
    """Build into `out`, emptied first; `notices` holds one JSON file a language. Same input, same bytes.

    What takes long is taken from the folder `keep` where an earlier build had the same input.

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
        _put_parts(stage / "python", work=work, keep=keep)
        (work / "notices.json").write_bytes(canonical.encode(read_notices(notices)))
        put_words(work)
        python = of_python(work, stage / "python")
        bundle(work, "worker.js", stage / "worker.js", runtime="./", more=python)
        bundle(work, "light/worker.js", stage / "light.js", runtime="./")
        for part in (*PARTS, *TOOLS):
            bundle(work, f"{part}/define.js", stage / f"{part}.js", runtime="./")
        hashes = _hashes_of(stage)
        runtime = name_of_runtime(hashes)
        (stage / SUMS).write_text(sums_of(hashes), encoding="ascii")
        shutil.copytree(stage, out / "runtime" / runtime)
        bundle(work, "check.js", out / "check.js", runtime="./")
        bundle(work, "device/frame.js", out / "device.js", runtime="./")
        shutil.copy(ROOT / "edge_client/web/integration/nearside.d.ts", out / "nearside.d.ts")
        (out / REGISTERS).write_bytes(registers())
        for theme in THEMES:
            bundle(work, f"themes/{theme}.css", out / f"themes/{theme}.css", runtime="./")
        bundle(work, "loader.js", out / LOADER, runtime=f"/nearside/runtime/{runtime}/")
        loader = pinned((out / LOADER).read_bytes())
        beside = out / loader.path.removeprefix(PREFIX)
        beside.parent.mkdir()
        shutil.copy(out / LOADER, beside)
    return EdgeBuild(out, runtime, loader)


def read_notices(folder: Path) -> list[canonical.Json]:
    """Return every notice of an agency, English first: it is the one used where a language has none.

    Raises `Malformed` for a file that is not JSON and for different versions, `Refused` where there is no
    notice.
    """
    files = sorted(folder.glob("*.json"), key=lambda file: (file.stem != "en", file.stem))
    if not files:
        raise Refused("notices: the folder holds none")
    notices = [_notice(file) for file in files]
    versions = {str(notice.get("version")) for notice in notices if isinstance(notice, dict)}
    if len(versions) > 1:
        raise Malformed("notices: their versions are not the same in all languages")
    return notices


def _notice(file: Path) -> canonical.Json:
    try:
        value: canonical.Json = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"notices: {file.name} is not JSON") from error
    return value


def put_words(work: Path) -> None:
    """Write our own labels into the folder `work`: one file a part of the interface, by language in each."""
    files = sorted((ROOT / "edge_client/web/words").glob("*.json"))
    languages = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    for part in WORDS:
        words = {language["lang"]: language[part] for language in languages}
        # What every page waits for is to be small.
        said = _lines(words) if part == "page" else words
        (work / f"{part}-words.json").write_bytes(canonical.encode(said))


def _lines(words: dict[str, dict[str, str]]) -> dict[str, str]:
    """The words of every language as lines, in the order of their names, which are there once."""
    names = sorted(next(iter(words.values())))
    return {"names": "\n".join(names)} | {
        lang: "\n".join(own[name] for name in names) for lang, own in words.items()
    }


def build_wheel(work: Path) -> Path:
    """Build the device's pure-Python wheel in the folder `work`, and return its path."""
    return wheel.build_wheel(ROOT, work)


def bundle(work: Path, source: str, target: Path, *, runtime: str, more: Sequence[str] = ()) -> None:
    """Bundle one script or style sheet of edge_client/web; the folder `work` holds notices and words.

    `runtime` is the address of the runtime's folder, as the script is to know it; `more` is said to the
    bundler besides. Raises `RuntimeError`.
    """
    run(
        [
            ROOT / "node_modules/.bin/esbuild",
            ROOT / "edge_client/web" / source,
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--charset=utf8",
            *(f"--external:{path}" for path in OUTSIDE),
            f"--alias:nearside-notices={work / 'notices.json'}",
            *(f"--alias:nearside-{part}-words={work / f'{part}-words.json'}" for part in WORDS),
            f"--define:NEARSIDE_RUNTIME={json.dumps(runtime)}",
            *more,
            "--log-level=warning",
            f"--outfile={target}",
        ]
    )


def _put_parts(folder: Path, *, work: Path, keep: Path) -> None:
    folder.mkdir()
    wheel.copy_device(ROOT, work / "device")
    for file in build_parts(ROOT / "node_modules/pyodide", work / "device", keep=keep):
        shutil.copy(file, folder / file.name)


def of_python(work: Path, parts: Path) -> tuple[str, ...]:
    """What the worker is bundled with besides: npm's loader with our hands in the place of the browser's,
    and what the parts must be."""
    (work / "hands.js").write_text('export { fetch, WebAssembly } from "nearside-hands";\n')
    run(
        [
            ROOT / "node_modules/.bin/esbuild",
            ROOT / "node_modules/pyodide/pyodide.mjs",
            "--bundle",
            "--format=esm",
            "--target=es2022",
            "--charset=utf8",
            f"--inject:{work / 'hands.js'}",
            "--external:nearside-hands",
            "--external:node:*",
            "--external:ws",
            "--log-level=warning",
            f"--outfile={work / 'pyodide.js'}",
        ]
    )
    digests = {file: digest.hex() for file, digest in sorted(_hashes_of(parts).items())}
    return (
        f"--alias:nearside-pyodide={work / 'pyodide.js'}",
        f"--alias:nearside-hands={ROOT / 'edge_client/web/python/hands.js'}",
        f"--define:NEARSIDE_PARTS={json.dumps(digests)}",
        f"--define:NEARSIDE_LOCK={json.dumps(bare_lock(ROOT / 'node_modules/pyodide'))}",
    )


def _hashes_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).digest()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix != TWIN
    }


@click.command()
@click.option("--notices", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Emptied first.")
def main(notices: Path, out: Path) -> None:
    """Build what devices load."""
    build = build_edge(out, notices=notices)
    click.echo(f"{build.folder}: runtime {build.runtime}")
    click.echo(f"loader: {build.loader}")


if __name__ == "__main__":
    main()
