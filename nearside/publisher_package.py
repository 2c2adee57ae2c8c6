"""Gathers what the functions that publish and that draft import into a folder of its own for `sam build`.

Of the device it holds, beside the wire formats, what judges an agency's public files: whether rules may be
used, and what questions lead to. No module of it holds a profile or decides anything for anybody.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("consent_ledger", "lambdas", "edge_client/wire")
JUDGES: Final = (
    "edge_client/flows/__init__.py",
    "edge_client/flows/cells.py",
    "edge_client/flows/diagram.py",
    "edge_client/flows/tables.py",
    "edge_client/rules/__init__.py",
    "edge_client/rules/asking.py",
    "edge_client/rules/compile.py",
    "edge_client/rules/labels.py",
    "edge_client/rules/learning.py",
    "edge_client/rules/lint.py",
    "edge_client/rules/truths.py",
)
"""The modules of the device that a server may have beside its wire formats, and these servers alone."""


def package_publisher(project: Path, out: Path) -> int:
    """Copy source and locked requirements to `out`; return the number of files."""
    shutil.rmtree(out, ignore_errors=True)
    for name in _PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(project / name, out / name, ignore=ignored, symlinks=False)
    for name in ("edge_client/__init__.py", *JUDGES):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / name, out / name)
    shutil.copyfile(project / "requirements/publisher.txt", out / "requirements.txt")
    return sum(1 for path in out.rglob("*") if path.is_file())
