"""What the command line is told by its environment."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things lie: the project, the MiniStack that plays AWS, public data sets, and a Chromium, if any.

    Public data sets lie in a folder named by `NEARSIDE_DATA`, by default `shared/data` beside the project's
    folder; they are optional. `inherited` is what a child process needs of the environment.
    """

    project: Path
    ministack: Path
    inherited: tuple[tuple[str, str], ...]
    data: Path
    chromium: Path | None

    @classmethod
    def read(cls) -> Self:
        """Read `NEARSIDE_PROJECT`, `NEARSIDE_MINISTACK` (a Python with MiniStack), `NEARSIDE_DATA` and
        `NEARSIDE_CHROMIUM`; all have defaults."""
        project = Path(os.environ.get("NEARSIDE_PROJECT") or Path(__file__).resolve().parent.parent)
        ministack = os.environ.get("NEARSIDE_MINISTACK") or project / ".venv-ministack" / "bin" / "python"
        inherited = tuple(
            (name, os.environ[name]) for name in ("PATH", "LANG", "TMPDIR") if name in os.environ
        )
        data = os.environ.get("NEARSIDE_DATA") or project.parent / "shared" / "data"
        names = (os.environ.get("NEARSIDE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
        found = next((path for name in names if name and (path := shutil.which(name))), None)
        return cls(project, Path(ministack), inherited, Path(data), Path(found) if found else None)
