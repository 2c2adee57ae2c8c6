"""What `nearside alerts publish` takes of a feed, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nearside.commands.alerts.publish import _messages
from nearside.commands.files import Unusable


@pytest.mark.parametrize(
    "odd",
    [
        {"effective": "2026-11-23T01:00:00Z"},
        {"language": "en-US-aa-bb-cc-dd"},
        {"geocode": {"SAME": [f"{number:06}" for number in range(600)]}},
        {"geocode": {}},
        {"senderName": "\x01"},
    ],
)
def test_one_message_that_no_device_would_take_keeps_no_other_from_them(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    """It is left out where that is asked for, and named where it is not."""
    sound = {
        "id": "1", "event": "Dam failure", "status": "Actual", "messageType": "Alert", "sender": "x@x",
        "sent": "2026-11-22T09:00:00Z", "expires": "2026-11-23T00:00:00Z", "severity": "Extreme",
        "urgency": "Immediate", "certainty": "Observed", "senderName": "NWS", "geocode": {"SAME": ["053033"]},
    }  # fmt: skip
    features = [
        {"type": "Feature", "geometry": None, "properties": each}
        for each in (sound, {**sound, "id": "2", **odd})
    ]
    file = tmp_path / "active.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (message,) = _messages(file, (), skip_unusable=True)
    assert [alert.words["en-US"].event for alert in message.alerts] == ["Dam failure"]
    with pytest.raises(Unusable, match=r"MESSAGES active\.json"):
        _messages(file, (), skip_unusable=False)
