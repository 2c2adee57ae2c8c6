"""Question 10 about models: which were live, by whose decision, and what is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.attacks_on_models import (
    alone_under_another_name,
    approved_afterwards,
    asked_and_approved_by_one,
    forged_approval,
    honest_rollout,
    live_before_its_trial,
    signed_twice,
    step_under_another_name,
    unserved_step,
)
from tests.support.audited import Agency, agency
from tests.support.auditing import audit


def question_ten(made: Agency, folder: Path) -> dict[str, list[object]]:
    """Rows and findings of the tenth answer."""
    audit(made, "--out", folder / "report")
    report = json.loads((folder / "report" / "report.json").read_text())
    (answer,) = (each for each in report["answers"] if each["number"] == 10)
    found = [finding["code"] for finding in answer["findings"]]
    return {"rows": answer["rows"], "codes": [code for code in found if "model" in code or "trial" in code]}


def test_a_model_that_went_live_is_told_with_the_step_that_made_it(tmp_path: Path) -> None:
    """The live bundle's model, its proposal, and the entry of the decision; no finding."""
    kept = []
    made = agency(tmp_path, until=lambda each: kept.append(honest_rollout(each)))
    (about,) = kept
    found = question_ten(made, tmp_path)
    assert found["codes"] == []
    models = [row for row in found["rows"] if isinstance(row, list) and row[0] == "model"]
    ((_, name, index, said, _),) = models
    assert name == "riverton: live"
    assert said == f"{about.model.sha256}, proposal {about.digest.hex()}"
    assert isinstance(index, int)
    deciding = [row for row in found["rows"] if isinstance(row, list) and row[0] == "approver"]
    assert [row[1] for row in deciding] == [f"riverton: {key.name}" for key in about.approvers]
    assert all("compare it" in row[3] for row in deciding)


@pytest.mark.parametrize("attack", [asked_and_approved_by_one, signed_twice, step_under_another_name])
def test_a_step_that_nobody_could_take_is_found(attack: Callable[[Agency], None], tmp_path: Path) -> None:
    """The asker's own approval, a statement of two authors, and one that is not what its leaf says."""
    made = agency(tmp_path, until=attack)
    assert question_ten(made, tmp_path)["codes"] == ["model-step-forged"]


@pytest.mark.parametrize(
    ("attack", "codes"),
    [
        (approved_afterwards, ["model-not-approved"]),
        (forged_approval, ["model-step-forged", "model-not-approved"]),
        (live_before_its_trial, ["model-step-misplaced"]),
        (unserved_step, ["model-step-forged"]),
        (alone_under_another_name, ["model-decided-alone"]),
    ],
)
def test_what_came_too_late_or_cannot_be_read_is_found(
    attack: Callable[[Agency], None], codes: list[str], tmp_path: Path
) -> None:
    """An approval counts from its place in the log on, and only if somebody made it who could."""
    made = agency(tmp_path, until=attack)
    assert question_ten(made, tmp_path)["codes"] == codes
