"""The rules of a bundle: read strictly, so that what parses prints back byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.rules import Rules
from tests.support import city

SOUND = json.loads(city.rules())


def test_what_parses_prints_back_byte_for_byte() -> None:
    """No field is filled in, none is read as something else."""
    assert Rules.parse(city.rules()).to_bytes() == city.rules()


@pytest.mark.parametrize("name", ["v", "recent_pages", "decay_milli", "keep_days"])
@pytest.mark.parametrize("value", [True, False, "1", None, [], -1, 10_000])
def test_a_number_of_the_rules_is_a_number(name: str, value: Any) -> None:
    """A boolean is no number, although Python counts with it: it would print back as another one."""
    with pytest.raises(Malformed, match=f"^rules: {name} "):
        Rules.parse(canonical.encode({**SOUND, name: value}))


@pytest.mark.parametrize("name", ["count", "per_topic", "explore_milli"])
@pytest.mark.parametrize("value", [True, "1", None, -1, 10_000])
def test_a_number_of_a_slot_is_a_number(name: str, value: Any) -> None:
    """The same in every slot."""
    slots = [{**SOUND["slots"][0], name: value}]
    with pytest.raises(Malformed, match=f"^rules: slot: {name} "):
        Rules.parse(canonical.encode({**SOUND, "slots": slots}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"never_topics": [1]}, "never_topics holds something that is not text"),
        ({"never_items": {}}, "never_items is not an array"),
        ({"slots": [1]}, "slot: not an object"),
        ({"slots": [SOUND["slots"][0]] * 2}, "a slot is named twice"),
        ({"slots": [{**SOUND["slots"][0], "kinds": []}]}, "kinds are not among"),
        ({"slots": [{**SOUND["slots"][0], "kinds": ["news"]}]}, "kinds are not among"),
        ({"slots": [{**SOUND["slots"][0], "slot": ""}]}, "slot is not of the expected form"),
        ({"slots": [{**SOUND["slots"][0], "more": 1}]}, "unknown field"),
        ({"more": 1}, "unknown field"),
    ],
)
def test_rules_that_are_none_are_refused(changes: dict[str, Any], message: str) -> None:
    """The field is named; what is in it is not repeated."""
    with pytest.raises(Malformed, match=message):
        Rules.parse(canonical.encode({**SOUND, **changes}))
