"""Files beside the pages: the style sheet, fonts and artwork."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from consent_ledger.errors import Untrue

ROOT = Path(__file__).resolve().parent.parent
_MODULES = ROOT / "node_modules"
_FONTS = (
    "@fontsource-variable/public-sans/files/public-sans-latin-wght-normal.woff2",
    "@fontsource-variable/public-sans/files/public-sans-latin-ext-wght-normal.woff2",
    "@fontsource/noto-sans-arabic/files/noto-sans-arabic-arabic-400-normal.woff2",
    "@fontsource/noto-sans-arabic/files/noto-sans-arabic-arabic-700-normal.woff2",
)
_LICENCES = {
    "@fontsource-variable/public-sans/LICENSE": "public-sans-licence.txt",
    "@fontsource/noto-sans-arabic/LICENSE": "noto-sans-arabic-licence.txt",
}


def write_assets(out: Path) -> None:
    """Write `assets/` below `out`; raises Untrue when npm packages or a valid style sheet are missing."""
    fonts = out / "assets" / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    for name in (*_FONTS, *_LICENCES):
        source = _MODULES / name
        if not source.is_file():
            raise Untrue("assets: fonts are missing, install the npm packages first")
        shutil.copyfile(source, fonts / _LICENCES.get(name, source.name))
    for drawing in sorted((ROOT / "demo" / "artwork").glob("*.svg")):
        shutil.copyfile(drawing, out / "assets" / drawing.name)
    _write_styles(out / "assets" / "site.css")


def _write_styles(target: Path) -> None:
    command: list[str | Path] = [
        _MODULES / ".bin" / "sass",
        "--no-source-map",
        "--no-error-css",
        "--style=compressed",
        "--quiet-deps",
        f"--load-path={_MODULES}",
        ROOT / "demo" / "styles" / "site.scss",
        target,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command line
    if done.returncode != 0:
        raise Untrue(f"assets: the style sheet does not compile: {done.stderr.strip()}")
