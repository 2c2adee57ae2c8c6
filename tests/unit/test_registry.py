"""Every name under which a browser holds something of ours has a row in the panel and a place in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.node_twin import Twin, in_javascript

ROOT = Path(__file__).resolve().parent.parent.parent
WEB = ROOT / "edge_client" / "web"
LANGUAGES = ("ar", "cy", "en", "es")
# How names begin is the sweeper's and the overlay's business; a preview's storage is in memory.
NO_NAME = {"nearside."}
JS_NAME = re.compile(r'"(nearside\.[a-z.-]+)"')
KIND = re.compile(r'(?:load|save|erase)\("([a-z-]+)"|const (?:KIND|VAULT_KEY) = "([a-z-]+)"')
CACHE = re.compile(r'const CACHE = "(nearside-[a-z]+)"')


@pytest.fixture(scope="module")
def browser() -> Iterator[Twin]:
    with in_javascript(ROOT / "tests/support/registry.mjs") as twin:
        yield twin


def sources(folder: Path, pattern: str) -> Iterator[str]:
    """The text of the code itself: the registry is what it is compared with."""
    for file in sorted(folder.rglob(pattern)):
        if file.name != "registry.js":
            yield file.read_text(encoding="utf-8")


def of_code() -> set[tuple[str, str]]:
    """Every name that the code keeps anything under."""
    found: set[tuple[str, str]] = set()
    for text in sources(WEB, "*.js"):
        # What a tab keeps ends with it.
        where = "session" if "sessionStorage" in text or "tab()" in text else "local"
        found |= {(where, name) for name in JS_NAME.findall(text) if name not in NO_NAME}
        found |= {("database", first or second) for first, second in KIND.findall(text)}
        found |= {("cache", name) for name in CACHE.findall(text)}
    for text in sources(ROOT / "edge_client", "*.py"):
        found |= {("database", first or second) for first, second in KIND.findall(text)}
    return found


def words(lang: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((WEB / f"words/{lang}.json").read_text(encoding="utf-8"))
    return found


def test_the_registry_has_the_names_of_the_code_and_no_other(browser: Twin) -> None:
    """A new name without a row fails here, and so does a row of something that is kept no more."""
    rows = {(row["where"], row["key"]) for row in browser([])["registry"]}
    assert rows == of_code()
    assert {where for where, _ in rows} == {"local", "session", "database", "cache"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_row_is_said_in_words(browser: Twin, lang: str) -> None:
    """What it is, what for and what ends it, in every language; no two are called alike."""
    panel, check = words(lang)["panel"], words(lang)["check"]
    rows = browser([])["registry"]
    names = [panel[f"stored-{row['words']}"] for row in rows]
    assert len(set(names)) == len(names)
    assert all(panel[f"ends-{row['ends']}"] for row in rows)
    assert all(row["purposes"] for row in rows)
    for purpose in {purpose for row in rows for purpose in row["purposes"]}:
        assert panel.get(f"for-{purpose}") or check[f"purpose-{purpose}"]


def holding(where: str, key: str, value: Any) -> dict[str, Any]:
    return {"where": where, "key": key, "value": value}


def test_a_name_is_found_by_its_beginning_where_there_are_many(browser: Twin) -> None:
    """A flow's answers and a reminder by the whole name; something that nobody knows has no row, and an end
    only where one can be read."""
    answer = browser(
        [
            holding("local", "nearside.flow.moving-home", '{"until":"2027-03-01"}'),
            holding("local", "nearside.plan", '{"expires":1800000000}'),
            holding("local", "nearside.plan", "{"),
            holding("local", "nearside.planned", "1"),
            holding("database", "nearside.plan", "1"),
            holding("database", "profile", {"bytes": list(b'{"v":1}')}),
        ]
    )
    assert answer["rows"] == ["flow", "plan", "plan", None, None, "profile"]
    assert [over > 0 for over in answer["over"]] == [True, True, False, False, False, False]
    assert answer["over"][1] == 1_800_000_000_000


def test_the_file_has_everything_as_it_says_and_names_what_it_leaves_out(browser: Twin) -> None:
    """JSON as JSON, lines as text, other bytes as base64; keys and what is encrypted by name; of what is the
    same for everyone the addresses alone."""
    file = browser(
        [
            holding("local", "nearside.place", '{"codes":["a:b"]}'),
            holding("local", "nearside.vault", '{"data":"c2VjcmV0"}'),
            holding("session", "nearside.alerts.hidden", "[]"),
            holding("database", "decided", {"bytes": list(b'{"v":1}\n1 a {}')}),
            holding("database", "odd", {"bytes": [255, 254]}),
            holding("database", "vault-key", {"key": True}),
            holding("database", "sent", {"messages": []}),
            holding("cache", "nearside-python", ["/a"]),
        ]
    )["file"]
    assert file == {
        "v": 1,
        "kind": "nearside-download",
        "site": "riverton",
        "made_at_ms": 5,
        "kept": [
            {"where": "local", "key": "nearside.place", "json": {"codes": ["a:b"]}},
            {"where": "session", "key": "nearside.alerts.hidden", "json": []},
            {"where": "database", "key": "decided", "text": '{"v":1}\n1 a {}'},
            {"where": "database", "key": "odd", "base64": "//4="},
            {"where": "database", "key": "sent", "json": {"messages": []}},
        ],
        "withheld": [
            {"where": "local", "key": "nearside.vault", "why": "encrypted"},
            {"where": "database", "key": "vault-key", "why": "key"},
        ],
        "alike": [{"where": "cache", "key": "nearside-python", "files": ["/a"]}],
    }
    assert "c2VjcmV0" not in json.dumps(file)
