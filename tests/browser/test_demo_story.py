"""The main job, end to end, as a newcomer sees it: `nearside demo --headless` with a hamlet of devices."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nearside.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(900)]


def test_the_demo_plays_to_its_end_and_learning_beats_popularity(tmp_path: Path) -> None:
    """Every act and every step of the story holds; what is learnt from devices beats popularity by far."""
    state, out = tmp_path / "state", tmp_path / "out"
    command = [str(Path(sys.executable).parent / "nearside"), "demo", "--headless", "--devices", "12"]
    done = subprocess.run(
        [*command, "--port", "0", "--state", str(state), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Settings.read().project,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    transcript = (out / "transcript.txt").read_text()
    assert "FAILED" not in transcript
    assert "with Global Privacy Control nobody asks" in transcript
    assert len(list(out.glob("*.png"))) == 19
    sites = [state / "demo"]
    if (Settings.read().data / "govuk-journeys").is_dir():
        sites.append(state / "demo" / "govuk-sample")
    for site in sites:
        card = json.loads((site / "model-2" / "model.json").read_bytes())
        learnt, popular = (hits(card, recipe) for recipe in (card["shipped"], "popularity alone"))
        assert learnt > 3 * popular, site.name
        assert learnt > 300, site.name


def hits(card: dict[str, Any], recipe: str) -> int:
    """Return a recipe's hit@5 on held-out journeys, in thousandths; 0 for popularity where no count was
    released."""
    found = card["accuracy"].get(recipe)
    return int(found["hit_at_5"]["mean_milli"]) if found else 0
