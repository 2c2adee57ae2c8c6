"""Plots of `figures.json`, drawn in the peers' environment: `... benchmarks.recommend.plots JSON FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_PEERS = ("popularity", "first-order Markov", "session-kNN", "EASE", "implicit ALS", "GRU network")
_OURS = (("ours", "#1d70b8", "o"), ("ours, counts alone", "#d4351c", "s"))


def main(figures: str, folder: str) -> int:
    """Draw accuracy against epsilon and against size, a panel a site."""
    # Equal figures make equal files: no date, no random ids.
    mpl.rcParams |= {"svg.hashsalt": "nearside", "svg.fonttype": "none", "font.size": 9}
    found = json.loads(Path(figures).read_text(encoding="utf-8"))
    out = Path(folder)
    for name, draw, sites in (
        ("recommend-epsilon.svg", _epsilon, [site for site in found if _noisy(site, "ours")]),
        ("recommend-size.svg", _size, [site for site in found if site["sizes"]]),
    ):
        if sites:
            picture = Figure(figsize=(4.6 * len(sites), 3.4), layout="constrained")
            panels = picture.subplots(1, len(sites), squeeze=False)[0]
            for panel, site in zip(panels, sites, strict=True):
                draw(panel, site)
            picture.savefig(out / name, metadata={"Date": None})
    return 0


def _epsilon(panel: Axes, site: dict[str, Any]) -> None:
    exact = {row["contender"]: row["hit"] for row in site["contenders"]}
    for contender, colour, mark in _OURS:
        rows = _noisy(site, contender)
        points = [row["epsilon"] for row in rows]
        hits = [row["hit"] for row in rows]
        panel.errorbar(
            points,
            [hit["mean"] for hit in hits],
            yerr=[
                [hit["mean"] - hit["low"] for hit in hits],
                [hit["high"] - hit["mean"] for hit in hits],
            ],
            color=colour,
            marker=mark,
            capsize=3,
            label=contender,
        )
        panel.axhline(exact[contender]["mean"], color=colour, linestyle="--", linewidth=1)
    lines = {peer: exact[peer]["mean"] for peer in _PEERS if peer in exact}
    for mean in lines.values():
        panel.axhline(mean, color="#505a5f", linestyle=":", linewidth=1)
    _label(panel, lines)
    panel.set_xscale("log", base=2)
    panel.set_xticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    panel.set_xlim(0.42, 4.8)
    panel.set_xlabel("epsilon (smaller is more private); dashed: without noise")
    panel.set_ylabel("R@5, with 95 % intervals")
    panel.set_title(site["site"])
    panel.legend(fontsize=7)


def _label(panel: Axes, lines: dict[str, float]) -> None:
    """Name each line beside the panel, from the lowest up and never over another name."""
    low, high = panel.get_ylim()
    least = low
    for name, mean in sorted(lines.items(), key=lambda line: line[1]):
        at = max(mean, least)
        least = at + (high - low) * 0.045
        place = panel.get_yaxis_transform()
        panel.text(1.02, at, name, transform=place, fontsize=7, va="center", color="#505a5f")


def _size(panel: Axes, site: dict[str, Any]) -> None:
    sizes = site["sizes"]
    panel.errorbar(
        [size["taken"] / 1000 for size in sizes],
        [size["hit"]["mean"] for size in sizes],
        yerr=[
            [size["hit"]["mean"] - size["hit"]["low"] for size in sizes],
            [size["hit"]["high"] - size["hit"]["mean"] for size in sizes],
        ],
        color="#1d70b8",
        marker="o",
        capsize=3,
    )
    panel.set_ylim(bottom=0)
    panel.set_xlabel("model file, kB")
    panel.set_ylabel("R@5, with 95 % intervals")
    panel.set_title(f"{site['site']}: ours, without noise")


def _noisy(site: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = [row for row in site["contenders"] if row["contender"].startswith(f"{name}, epsilon")]
    return sorted(rows, key=lambda row: row["epsilon"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
