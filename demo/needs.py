"""What simulated citizens come for: an ordered list of pages for each need, with chances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from consent_ledger.errors import Malformed


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a need: with probability `chance` one of `pages` is opened, picked by `weights`."""

    pages: tuple[str, ...]
    weights: tuple[int, ...]
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """Something that brings citizens to the site; `weight` is how often, relative to other needs."""

    name: str
    weight: int
    steps: tuple[Step, ...]


def load_needs(path: Path) -> tuple[Need, ...]:
    """Read needs from YAML; raises Malformed for a step without pages or a chance outside (0, 1]."""
    return tuple(
        Need(entry["need"], entry["weight"], tuple(_step(step, entry["need"]) for step in entry["steps"]))
        for entry in yaml.safe_load(path.read_text("utf-8"))
    )


def _step(raw: dict[str, Any], need: str) -> Step:
    match raw:
        case {"page": str() as page, **rest} if set(rest) <= {"chance"}:
            step = Step((page,), (1,), float(rest.get("chance", 1)))
        case {"one_of": dict() as pages, **rest} if pages and not rest:
            step = Step(tuple(map(str, pages)), tuple(map(int, pages.values())))
        case _:
            raise Malformed(f"need {need}: a step names neither a page nor a choice of pages")
    if not 0 < step.chance <= 1:
        raise Malformed(f"need {need}: a chance lies outside (0, 1]")
    return step
