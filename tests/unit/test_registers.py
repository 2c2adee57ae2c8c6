"""The register for machines says what the document and the panel say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from edge_client.wire.register import REGISTER
from nearside.docs import WHAT_LEAVES
from nearside.registers import registers
from tests.support.node_twin import in_javascript

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def both() -> dict[str, Any]:
    raw = registers()
    value = canonical.decode(raw)
    assert canonical.encode(value) == raw
    assert isinstance(value, dict)
    return value


def test_every_kind_of_message_is_in_it_as_the_document_says(both: dict[str, Any]) -> None:
    """In the same order, with the same words for when, what is learnt, and until when anything is kept."""
    assert [(each["method"], each["path"]) for each in both["leaves"]] == [
        (message.method, message.path) for message in REGISTER
    ]
    document = (ROOT / WHAT_LEAVES).read_text(encoding="utf-8")
    for each in both["leaves"]:
        assert f"**When:** {each['when']}\n" in document
        assert f"**What the server learns:** {each['learnt']}\n" in document
        for field in each["fields"]:
            assert f"| `{field['name']}` | {field['meaning']} |" in document
        for kept in each["kept"]:
            assert f"| {kept['what']} | {kept['until']} |" in document


def test_every_name_that_the_panel_knows_is_in_it_in_words(both: dict[str, Any]) -> None:
    """Nothing that is kept is without what it is, what for, and what ends it."""
    with in_javascript(ROOT / "tests/support/registry.mjs") as browser:
        rows = browser([])["registry"]
    assert [(each["where"], each["key"]) for each in both["stays"]] == [
        (row["where"], row["key"]) for row in rows
    ]
    for each in both["stays"]:
        assert all([each["what"], each["until"], *each["for"]]), each["key"]
