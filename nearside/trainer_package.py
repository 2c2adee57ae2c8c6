"""Gathers what the function that trains imports into a folder of its own for `sam build`.

Its libraries are thirty times as large as those of all others together, so that it is built apart; what is
left out of them, and how many bytes there may be, says `infra/trainer.mk`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("consent_ledger", "lambdas", "edge_client/wire", "model_export")
_FILES: Final = {
    "edge_client/__init__.py": "edge_client/__init__.py",
    "requirements/trainer.txt": "requirements.txt",
    "infra/trainer.mk": "Makefile",
}


def package_trainer(project: Path, out: Path) -> int:
    """Copy source, locked requirements and makefile to `out`; return the number of files."""
    shutil.rmtree(out, ignore_errors=True)
    for name in _PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(project / name, out / name, ignore=ignored, symlinks=False)
    for source, target in _FILES.items():
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / source, out / target)
    return sum(1 for path in out.rglob("*") if path.is_file())
