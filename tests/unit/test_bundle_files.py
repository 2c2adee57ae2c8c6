"""The small files of a bundle: manifest, rules and notices print back, and nothing else gets in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.manifest import (
    FILE_NAMES,
    MAX_CODE_FILES,
    MAX_FILE_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_PATH,
    FileEntry,
    Manifest,
)
from edge_client.wire.notice import Notice, Notices
from edge_client.wire.rules import MAX_ITEMS_A_SLOT, Rules
from tests.support.pages import site_rules, slot_rule

MANIFEST = Manifest(
    site="smallville",
    version=7,
    previous="ab" * 32,
    not_before=1_795_000_000,
    expires=1_797_592_000,
    min_client="0.1.0",
    keys="cd" * 32,
    files={name: FileEntry(f"{number:064x}", number) for number, name in enumerate(FILE_NAMES)},
    code={"loader.js": "ef" * 32, "runtime/0123456789abcdef/worker.js": "01" * 32},
)
RULES = site_rules(slot_rule(), slot_rule())
NOTICE: dict[str, Any] = {
    "version": 3,
    "lang": "en",
    "heading": "Suggestions",
    "purposes": [{"purpose": "suggest", "text": "Words"}, {"purpose": "learn"}],
}


def manifest_text(**change: Any) -> str:
    head, line, _ = str(MANIFEST).split("\n")
    return f"{head}\n{canonical.encode(json.loads(line) | change).decode()}\n"


def rules_bytes(**change: Any) -> bytes:
    return canonical.encode(json.loads(site_rules(slot_rule()).to_bytes()) | change)


def slot_bytes(**change: Any) -> bytes:
    (slot,) = json.loads(site_rules(slot_rule()).to_bytes())["slots"]
    return rules_bytes(slots=[slot | change])


def test_a_manifest_prints_back() -> None:
    """Byte for byte; the first one has no manifest before it."""
    assert Manifest.parse(str(MANIFEST)) == MANIFEST
    assert Manifest.parse(manifest_text(previous=None)).previous is None
    assert str(Manifest.parse(manifest_text(previous=None))) == manifest_text(previous=None)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "nearside bundle smallville\n", str(MANIFEST) + "\n", str(MANIFEST)[:-1],
        str(MANIFEST).upper(),
        str(MANIFEST).replace("bundle smallville", "bundle largeville", 1),
        str(MANIFEST).replace(",", ", ", 1), "nearside bundle smallville\n[]\n",
        manifest_text(v=2), manifest_text(more=1), manifest_text(site=""), manifest_text(site="s" * 201),
        manifest_text(version="7"), manifest_text(version=-1), manifest_text(version=True),
        manifest_text(previous="ab"), manifest_text(previous="AB" * 32), manifest_text(previous=1),
        manifest_text(not_before=None), manifest_text(min_client=1), manifest_text(files=[]),
        manifest_text(files={"other.json": {"sha256": "0" * 64, "bytes": 1}}),
        manifest_text(files={"rules.json": {"sha256": "0" * 63, "bytes": 1}}),
        manifest_text(files={"rules.json": {"sha256": "G" * 64, "bytes": 1}}),
        manifest_text(files={"rules.json": {"sha256": "0" * 64, "bytes": MAX_FILE_BYTES + 1}}),
        manifest_text(files={"rules.json": {"sha256": "0" * 64, "bytes": -1}}),
        manifest_text(files={"rules.json": {"sha256": "0" * 64}}),
        manifest_text(files={"rules.json": {"sha256": "0" * 64, "bytes": 1, "url": "/elsewhere"}}),
        manifest_text(keys=None), manifest_text(keys="cd"), manifest_text(keys="CD" * 32),
        manifest_text(code=[]), manifest_text(code={"": "0" * 64}), manifest_text(code={"a": "0" * 63}),
        manifest_text(code={"a": None}), manifest_text(code={"a" * (MAX_PATH + 1): "0" * 64}),
        manifest_text(code={str(number): "0" * 64 for number in range(MAX_CODE_FILES + 1)}),
        *(
            manifest_text(code={path: "0" * 64})
            for path in (
                "/a", "a/", "a//b", "../a", "a/../b", "./a", ".a", "a b", "a?b", "a%2f", "\u00e4",
                "a\\b", "a\n",
            )
        ),
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(text: str) -> None:
    """One wrong field, another spelling, or a file that no device knows."""
    with pytest.raises(Malformed):
        Manifest.parse(text)


@pytest.mark.parametrize(
    "field",
    ["v", "site", "version", "previous", "not_before", "expires", "min_client", "keys", "files", "code"],
)
def test_a_manifest_names_every_field(field: str) -> None:
    """Nothing has a default."""
    head, line, _ = str(MANIFEST).split("\n")
    fields = json.loads(line)
    del fields[field]
    with pytest.raises(Malformed):
        Manifest.parse(f"{head}\n{canonical.encode(fields).decode()}\n")


def of_length(length: int) -> Manifest:
    """A manifest of that many bytes, filled up with code."""
    files = 30
    short = length - len(str(replace(MANIFEST, code={f"{number:03}": "0" * 64 for number in range(files)})))
    assert 0 <= short <= files * 100
    padding = [short // files + (number < short % files) for number in range(files)]
    code = {f"{number:03}{'x' * more}": "0" * 64 for number, more in enumerate(padding)}
    return replace(MANIFEST, code=code)


def test_a_manifest_is_as_long_as_can_be_signed_and_no_longer() -> None:
    """The limit is that of the key: what parses can be signed, and what is signed parses."""
    longest = of_length(MAX_MANIFEST_BYTES)
    assert len(longest.to_bytes()) == MAX_MANIFEST_BYTES
    assert Manifest.parse(str(longest)) == longest
    longer = of_length(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(Malformed, match="too long"):
        longer.to_bytes()
    with pytest.raises(Malformed, match="too long"):
        Manifest.parse(str(longer))


def test_rules_print_back() -> None:
    """Byte for byte."""
    rules = site_rules(slot_rule(), recent_pages=3, decay_milli=0)
    assert Rules.parse(rules.to_bytes()) == rules
    assert Rules.parse(rules.to_bytes()).to_bytes() == rules.to_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", rules_bytes() + b"\n", rules_bytes(v=2), rules_bytes(more=1), rules_bytes(slots={}),
        rules_bytes(slots=[1]), rules_bytes(recent_pages=0), rules_bytes(recent_pages=6),
        rules_bytes(decay_milli=1001), rules_bytes(decay_milli=-1), rules_bytes(keep_days=0),
        rules_bytes(keep_days=731), rules_bytes(never_topics="care"), rules_bytes(never_topics=[1]),
        rules_bytes(never_items=[None]), RULES.to_bytes(),
        slot_bytes(count=0), slot_bytes(count=MAX_ITEMS_A_SLOT + 1), slot_bytes(per_topic=0),
        slot_bytes(explore_milli=1001), slot_bytes(kinds=[]), slot_bytes(kinds=["advert"]),
        slot_bytes(slot=""), slot_bytes(more=1), slot_bytes(not_topics=[1]), slot_bytes(pages=[1]),
    ],
)  # fmt: skip
def test_what_are_no_rules_is_refused(raw: bytes) -> None:
    """Out of range, of the wrong kind, unknown, or a slot that is named twice."""
    with pytest.raises(Malformed):
        Rules.parse(raw)


def test_a_notice_is_known_by_the_hash_of_its_exact_words() -> None:
    """Another word, in any field, is another notice; the order in which a file has its fields is not."""
    notice = Notice.from_value(NOTICE)
    assert (notice.version, notice.lang, notice.purposes) == (3, "en", ("suggest", "learn"))
    assert notice.sha256 == hashlib.sha256(canonical.encode(NOTICE)).hexdigest()
    assert Notice.from_value(dict(reversed(NOTICE.items()))).sha256 == notice.sha256
    assert Notice.from_value(NOTICE | {"heading": "Suggestion"}).sha256 != notice.sha256


def test_notices_are_one_a_language() -> None:
    """Both are found by language, and read back whole."""
    other = NOTICE | {"lang": "ar"}
    notices = Notices.parse(canonical.encode({"v": 1, "notices": [NOTICE, other]}))
    assert set(notices.by_lang) == {"en", "ar"}
    assert notices.by_lang["ar"].words == canonical.encode(other)


@pytest.mark.parametrize(
    "value",
    [
        [], {"v": 1}, {"v": 2, "notices": [NOTICE]}, {"v": 1, "notices": []},
        {"v": 1, "notices": [NOTICE, NOTICE]},
        {"v": 1, "notices": [NOTICE], "more": 1}, {"v": 1, "notices": [NOTICE | {"lang": 1}]},
        {"v": 1, "notices": [NOTICE | {"version": "3"}]}, {"v": 1, "notices": [NOTICE | {"purposes": []}]},
        {"v": 1, "notices": [NOTICE | {"purposes": [{"title": "Suggest"}]}]},
        {"v": 1, "notices": [NOTICE | {"purposes": [{"purpose": 1}]}]},
    ],
)  # fmt: skip
def test_what_are_no_notices_is_refused(value: Any) -> None:
    """No language, no version, no purpose, or a language twice."""
    with pytest.raises(Malformed, match=r"^notices?: "):
        Notices.parse(canonical.encode(value))
