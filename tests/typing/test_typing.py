"""What must not type-check does not: a new way out waits until somebody decides how it leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
NEW_EFFECT = '''
@dataclass(frozen=True, slots=True)
class SendEverything:
    """A way out that nobody has decided about."""


Effect = (
    SendEverything
    | '''


def check(project: Path, *names: str, cache: Path) -> tuple[int, str]:
    """Type-check with the project's own settings; return mypy's exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(cache), *names],
        cwd=project,
        env={**os.environ, "MYPYPATH": str(project), "NO_COLOR": "1", "MYPY_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_a_driver_that_forgets_an_effect_is_refused(cache: Path) -> None:
    """mypy names the effect that has no case, and finds nothing else wrong."""
    code, said = check(ROOT, str(HERE / "effect_without_a_case.py"), cache=cache)
    assert code == 1, said
    (line,) = [line for line in said.splitlines() if ": error:" in line]
    assert "SendReport" in line
    assert "Never" in line


def test_a_new_effect_without_a_case_is_refused(tmp_path: Path, cache: Path) -> None:
    """The device itself stops type-checking when one effect is added to the set and nowhere else."""
    for package in ("consent_ledger", "edge_client"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "web")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    effects = tmp_path / "edge_client" / "effects.py"
    before, union = effects.read_text(encoding="utf-8").split("\nEffect = (\n")
    effects.write_text(before + NEW_EFFECT + union.lstrip(), encoding="utf-8")
    code, said = check(tmp_path, "edge_client/device.py", cache=cache)
    assert code == 1, said
    errors = [line for line in said.splitlines() if ": error:" in line]
    assert any(line.startswith("edge_client/device.py") and "SendEverything" in line for line in errors), said
