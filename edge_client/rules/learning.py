"""Whether rules may let the citizen's own outcomes move what the model suggests: in full, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from edge_client.rules.lint import Problem
from edge_client.wire.rules import Level, Rules


def outcome_problems(rules: Rules) -> Iterator[Problem]:
    """Find slots that ask for outcomes that are not kept, or have nothing to move; and days for nothing."""
    swayed = [slot for slot in rules.slots if slot.sway_milli]
    for slot in swayed:
        place = f"slot {slot.slot}: sway_milli"
        if slot.level is not Level.MODEL:
            yield Problem(
                place, f"nothing moves in a slot of level {slot.level}", "leave it out, or say model"
            )
        if not rules.outcome_days:
            yield Problem(place, "what became of suggestions is not kept", "say outcome_days")
    if rules.outcome_days > rules.keep_days:
        yield Problem("outcome_days", "is longer than keep_days", f"say at most {rules.keep_days}")
    if rules.outcome_days and not swayed:
        yield Problem("outcome_days", "no slot asks for it", "leave it out, or say sway_milli of a slot")
