"""What the command line is told by its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the project lies, and the MiniStack that plays AWS; `inherited` is what a child process needs."""

    project: Path
    ministack: Path
    inherited: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls) -> Self:
        """Read `NEARSIDE_PROJECT` and `NEARSIDE_MINISTACK` (a Python with MiniStack); both have defaults."""
        project = Path(os.environ.get("NEARSIDE_PROJECT") or Path(__file__).resolve().parent.parent)
        ministack = os.environ.get("NEARSIDE_MINISTACK") or project / ".venv-ministack" / "bin" / "python"
        inherited = tuple(
            (name, os.environ[name]) for name in ("PATH", "LANG", "TMPDIR") if name in os.environ
        )
        return cls(project, Path(ministack), inherited)
