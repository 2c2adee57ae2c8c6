"""The device's code as a pure-Python wheel, and as the folder that it is made of."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from nearside.device_modules import files_of_the_device
from nearside.edge_runtime.tools import run

PROJECT: Final = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "nearside-edge"
version = "0.1.0"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["edge_client", "consent_ledger"]
"""


def copy_device(root: Path, folder: Path) -> None:
    """Copy what the device's host imports, and no other module of ours, from the project's folder `root`."""
    for source in files_of_the_device(root):
        place = folder / source.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)


def build_wheel(root: Path, work: Path) -> Path:
    """Build the wheel of the device's code in the folder `work`, and return its path."""
    project = work / "wheel"
    copy_device(root, project)
    (project / "pyproject.toml").write_text(PROJECT)
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", work, project])
    (wheel,) = work.glob("*.whl")
    return wheel
