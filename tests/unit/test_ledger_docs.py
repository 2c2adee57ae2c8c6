"""The ledger's documents are executed: their Python runs, and their layouts are what the code prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import leaf
from consent_ledger.purposes import Purpose, describe
from consent_ledger.record import LegalBasis, Status
from consent_ledger.sidecar import SEALED_BYTES
from tests.support.ledger import record

ROOT = Path(__file__).resolve().parent.parent.parent
FORMATS = ROOT / "docs" / "formats"
NAMES = ("consent-record.md", "ledger.md", "receipt.md")


def blocks(name: str, language: str) -> list[str]:
    text = (FORMATS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_python_in_the_documents_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document has an example, and it runs from the project's folder as it stands."""
    monkeypatch.chdir(ROOT)
    found = blocks(name, "python")
    assert found
    for block in found:
        exec(compile(block, name, "exec"), {"__name__": "example"})  # noqa: S102  # our own documents


def test_the_documented_purposes_are_the_printed_ones() -> None:
    """The table of purposes in the document says what the code prints, purpose by purpose."""
    text = (FORMATS / "consent-record.md").read_text(encoding="utf-8").split("## Purposes")[1].split("## ")[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    documented = {cells[0].strip("`"): [cell.replace("`", "") for cell in cells[1:]] for cells in lines}
    assert documented == {
        purpose.value: [
            about.broader,
            about.label,
            ", ".join(about.data),
            ", ".join(about.processing),
            "yes" if about.leaves_device else "no",
            about.location,
            about.duration,
        ]
        for purpose in Purpose
        for about in [describe(purpose)]
    }


def test_the_documented_layout_is_the_printed_one() -> None:
    """The layout in the document has the keys, the nesting and the fixed values of a printed record."""
    (block,) = blocks("consent-record.md", "json")
    documented, printed = json.loads(block), record(purpose=Purpose.LEARN).to_json()

    def compare(said: Any, real: Any, path: str) -> None:
        if isinstance(said, dict):
            marks = {"<subject>": record().subject_key.hex(), "<controller>": "riverton"}
            keys = {key: key for key in said}
            for mark, value in marks.items():
                keys = {key: shown.replace(mark, value) for key, shown in keys.items()}
            assert sorted(keys.values()) == sorted(real), path
            for key, shown in keys.items():
                compare(said[key], real[shown], f"{path}/{key}")
        elif isinstance(said, list):
            assert isinstance(real, list), path
            compare(said[0], real[0], f"{path}/0")
        elif "<" not in said:
            assert said == real, path

    compare(documented, printed, "")


def test_every_word_of_the_vocabulary_is_documented() -> None:
    """No purpose, status, legal ground or kind of leaf is missing from the documents."""
    text = "".join((FORMATS / name).read_text(encoding="utf-8") for name in NAMES)
    words = [*(each.value for kind in (Purpose, Status, LegalBasis) for each in kind), *leaf.KINDS]
    assert [word for word in words if f"`{word}`" not in text] == []
    assert f"{SEALED_BYTES:,} bytes" in text
    assert f"{leaf.MAX_LEAF_BYTES:,} bytes" in text
