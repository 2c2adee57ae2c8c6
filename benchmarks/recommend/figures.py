"""All figures of a run as JSON and CSV, for people, for the plots and for the next run to be held against."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.recommend.contest import OURS
from benchmarks.recommend.results import RAW, Result, verdict
from benchmarks.recommend.studies import Size, shipped


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one site; `thin` and `sizes` are empty where they were not asked for."""

    site: str
    pages: int
    results: tuple[Result, ...]
    thin: tuple[Result, ...] = ()
    sizes: tuple[Size, ...] = ()

    def named(self, contender: str) -> Result:
        """The result of that name."""
        return next(result for result in self.results if result.contender == contender)

    @property
    def questions(self) -> int:
        """How many questions were asked."""
        return self.results[0].hits.shape[1]

    def base_of(self, result: Result) -> Result:
        """The same model without noise, which is what noise can keep a share of."""
        return self.named(result.contender.rsplit(", epsilon", 1)[0])


def to_json(found: Sequence[Findings]) -> list[dict[str, Any]]:
    """The findings as JSON: every figure with its interval."""
    return [
        {
            "site": each.site,
            "pages": each.pages,
            "questions": each.questions,
            "contenders": [_contender(each, result) for result in each.results],
            "thin": [
                {**_figures(result), "ahead_of_counts": asdict(result.ahead_of(each.thin[0]))}
                for result in each.thin
            ],
            "sizes": [asdict(size) for size in each.sizes],
        }
        for each in found
    ]


def write(found: Sequence[Findings], folder: Path) -> None:
    """Write `figures.json` and `figures.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    told = to_json(found)
    (folder / "figures.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    with (folder / "figures.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(
            (
                "site",
                "contender",
                "sees",
                "questions",
                *(f"{figure}{end}" for figure in ("r5", "ndcg10", "mrr") for end in ("", "_low", "_high")),
                "coverage10",
                "gini10",
                "lift",
                *(f"{figure}{end}" for figure in ("ours_ahead",) for end in ("", "_low", "_high")),
            )
        )
        for site in told:
            for row in site["contenders"]:
                intervals = [row[figure] for figure in ("hit", "gain", "reciprocal", "ours_ahead")]
                cells = [[each[end] for end in ("mean", "low", "high")] for each in intervals]
                table.writerow(
                    (
                        site["site"],
                        row["contender"],
                        row["sees"],
                        site["questions"],
                        *(f"{cell:.6f}" for three in cells[:3] for cell in three),
                        *(f"{row[figure]:.6f}" for figure in ("coverage", "concentration", "lift")),
                        *(f"{cell:.6f}" for cell in cells[3]),
                    )
                )


def _figures(result: Result) -> dict[str, Any]:
    return {
        "contender": result.contender,
        "sees": result.sees,
        "hit": asdict(result.hit),
        "gain": asdict(result.gain),
        "reciprocal": asdict(result.reciprocal),
        "coverage": result.coverage,
        "concentration": result.concentration,
        "shipped": dict(shipped(result)),
        "notes": result.notes,
    }


def _contender(found: Findings, result: Result) -> dict[str, Any]:
    ahead = found.named(OURS).ahead_of(result)
    told = {
        **_figures(result),
        "lift": result.lift(found.named("popularity")),
        "ours_ahead": asdict(ahead),
        "verdict": verdict(ahead) if result.sees == RAW else None,
    }
    if result.notes.get("epsilon") is not None:
        told |= {"epsilon": result.notes["epsilon"], "kept": asdict(result.kept_of(found.base_of(result)))}
    return told
