"""The ledger against published vectors, and against its own, good and bad."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from consent_ledger import canonical, leaf, merkle, tiles
from consent_ledger.canonical import MAX_DEPTH
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.commitment import commit, verify_commitment
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import read_base64
from consent_ledger.known_tree import KnownTree
from consent_ledger.note import Note, VerifierKey
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import ConsentRecord
from tests.support.bad_inputs import bad_inputs
from tests.support.ledger_parsers import parsers

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "ledger"
ERRORS = {"Malformed": Malformed, "Untrue": Untrue}


def load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert content["source"] if "source" in content else content["notes"][0]["source"]
    return content


def rows(name: str, key: str = "rows") -> list[Any]:
    return [pytest.param(row, id=row["why"].replace(" ", "-")) for row in load(name)[key]]


@pytest.mark.parametrize("row", load("canonical.json")["values"], ids=["sorting", "string", "scalars"])
def test_canonical_json_is_spelt_as_rfc_8785_says(row: dict[str, Any]) -> None:
    """Our encoder, the independent one and the published spelling agree, and the spelling reads back."""
    expected = row["canonical"].encode("utf-8")
    assert expected == canonical.encode(row["json"])
    assert expected == rfc8785.dumps(row["json"])
    assert canonical.decode(expected) == row["json"]


@pytest.mark.parametrize("row", rows("bad_canonical.json"))
def test_other_spellings_are_refused(row: dict[str, str]) -> None:
    """Anything but the one canonical spelling is malformed."""
    data = bytes.fromhex(row["hex"]) if "hex" in row else row["text"].encode("utf-8")
    with pytest.raises(Malformed, match=r"^canonical json: "):
        canonical.decode(data)


def test_depth_and_length_have_limits() -> None:
    """The deepest and longest accepted values are exactly at the limits."""
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert canonical.encode(canonical.decode(deepest)) == deepest
    with pytest.raises(Malformed, match="too long"):
        canonical.decode(b"[1]", max_bytes=2)
    nested: list[Any] = []
    for _ in range(MAX_DEPTH):
        nested = [nested]
    with pytest.raises(Malformed, match="too deeply"):
        canonical.encode(nested)


@pytest.mark.parametrize("value", [1.5, {1: 2}, b"x", {"a": {2}}, "\ud800", {"\ud800": 1}, 2**53])
def test_values_outside_the_data_model_are_refused(value: object) -> None:
    """Fractions, other keys, bytes, sets, lone surrogates and large integers have no spelling."""
    with pytest.raises(Malformed):
        canonical.encode(value)


def test_merkle_roots_are_the_published_ones() -> None:
    """Every prefix of the reference tree has its published root, whichever way it is computed."""
    vectors = load("merkle.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in vectors["leaves"]]
    frontier = merkle.Frontier()
    for size, root in enumerate(vectors["roots"]):
        assert merkle.root_of(leaves[:size]).hex() == root
        assert frontier.root().hex() == root
        if size < len(leaves):
            frontier = frontier.append(leaves[size])


def test_merkle_paths_are_those_of_the_rfc() -> None:
    """The example proofs of RFC 6962, section 2.1.3, name the same subtrees."""
    vectors = load("merkle.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in vectors["leaves"]]
    node = merkle.nodes_of(leaves)

    def hashes(path: list[list[int]]) -> tuple[bytes, ...]:
        return tuple(merkle.root_of(leaves[start:end]) for start, end in path)

    for row in vectors["inclusion"]:
        assert merkle.inclusion_proof(row["index"], row["size"], node) == hashes(row["path"])
    for row in vectors["consistency"]:
        assert merkle.consistency_proof(row["old"], row["new"], node) == hashes(row["path"])


def test_published_proofs_have_the_published_verdicts() -> None:
    """Some two hundred proofs that others publish, most of them spoilt: each holds or fails as they say."""
    cases = load("published_proofs.json")["cases"]
    verdicts = Counter(published_verdict(case) for case in cases)
    assert verdicts[True] >= 10
    assert verdicts[False] >= 150


def published_verdict(case: dict[str, Any]) -> bool:
    """Whether a published proof holds; both of our ways must say what the case says."""
    given = {name: value for name, value in case["given"].items() if name != "proof"}
    size, proof = int(given.pop("size")), [bytes.fromhex(each) for each in case["given"]["proof"]]
    place = int(given.pop("index" if case["do"] == "inclusion" else "old"))
    root, other = bytes.fromhex(given.pop("root")), bytes.fromhex(given.popitem()[1])

    def alone() -> None:
        if case["do"] == "inclusion":
            merkle.verify_inclusion(place, size, leaf=other, proof=proof, root=root)
        else:
            merkle.verify_consistency(place, size, old_root=other, new_root=root, proof=proof)

    def known() -> None:
        if case["do"] == "inclusion":
            KnownTree(size, root).verify_inclusion(place, leaf=other, proof=proof)
        else:
            KnownTree(size, root).verify_consistency(place, old_root=other, proof=proof)

    if case["outcome"] == {"error": "Untrue"}:
        for verify in (alone, known):
            with pytest.raises(Untrue):
                verify()
        return False
    alone()
    if len(root) == merkle.HASH_BYTES:
        known()
    return True


def test_tile_paths_are_those_of_the_specification() -> None:
    """The paths and tile counts that C2SP tlog-tiles gives as examples."""
    vectors = load("tiles.json")
    for row in vectors["paths"]:
        assert tiles.Tile(row["level"], row["index"], row["width"]).path == row["path"]
    for tree in vectors["trees"]:
        hash_tiles = [tile for tile in tiles.tiles_of(tree["size"]) if tile.level >= 0]
        full = Counter(str(tile.level) for tile in hash_tiles if tile.width == tiles.WIDTH)
        partial = {str(tile.level): tile.width for tile in hash_tiles if tile.width < tiles.WIDTH}
        assert tree["full"] == dict(full)
        assert tree["partial"] == partial


@pytest.mark.parametrize("row", load("notes.json")["notes"], ids=["c2sp", "go"])
def test_published_notes_verify(row: dict[str, str]) -> None:
    """Notes signed by others verify under their published keys, and print back byte for byte."""
    note = Note.from_bytes(row["note"].encode("utf-8"))
    key = VerifierKey.parse(row["vkey"])
    verify_claims(note.claims([key]))
    assert note.to_bytes().decode("utf-8") == row["note"]
    assert str(key) == row["vkey"]


def test_the_published_checkpoint_parses() -> None:
    """The example of C2SP tlog-checkpoint reads as its text says, and prints back."""
    (row,) = load("notes.json")["checkpoints"]
    note = Note.from_bytes(row["note"].encode("utf-8"))
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == (row["origin"], row["size"])
    assert str(checkpoint) == note.text


@pytest.mark.parametrize("row", rows("bad_notes.json", "notes"))
def test_bad_notes_are_refused(row: dict[str, str]) -> None:
    """Each changed note fails, and with the kind of error that the vector names."""
    key = VerifierKey.parse(load("bad_notes.json")["vkey"])
    with pytest.raises(ERRORS[row["error"]]):
        verify_claims(Note.from_bytes(row["note"].encode("utf-8")).claims([key]))


@pytest.mark.parametrize("row", rows("bad_notes.json", "vkeys"))
def test_bad_verifier_keys_are_refused(row: dict[str, str]) -> None:
    """Each changed verifier key is malformed."""
    with pytest.raises(Malformed):
        VerifierKey.parse(row["vkey"])


@pytest.mark.parametrize("row", rows("bad_notes.json", "checkpoints"))
def test_bad_checkpoints_are_refused(row: dict[str, str]) -> None:
    """Each changed checkpoint text is malformed."""
    with pytest.raises(Malformed):
        Checkpoint.parse(row["text"])


def test_records_commit_to_the_leaves_of_the_vectors() -> None:
    """Record, salt, commitment, leaf and leaf hash follow from one another, and the signatures hold."""
    for row in load("records.json")["records"]:
        data = canonical.encode(row["record"])
        record = ConsentRecord.from_bytes(data)
        salt = bytes.fromhex(row["salt"])
        opening = Opening(record, salt, read_base64(row["signature"], noun="vector"))
        assert record.to_bytes() == data
        assert len(data) == row["canonical_bytes"]
        assert leaf.to_bytes(opening.leaf()).decode() == row["leaf"]
        assert opening.entry().hex() == row["entry"]
        assert verify_commitment(opening.leaf().commitment, salt=salt, record=data) == commit(salt, data)
        verify_claims([opening.claim()])


def test_leaves_read_and_print_back() -> None:
    """Every kind of leaf has a vector, prints back byte for byte, and is named by its leaf hash."""
    kinds = set()
    for row in load("leaves.json")["leaves"]:
        parsed = leaf.parse_leaf(row["leaf"].encode())
        kinds.add(parsed.kind)
        assert leaf.to_bytes(parsed).decode() == row["leaf"]
        assert leaf.hash_of(parsed).hex() == row["entry"]
    assert kinds == set(leaf.KINDS)


@pytest.mark.parametrize("row", rows("bad_leaves.json"))
def test_bad_leaves_are_refused(row: dict[str, str]) -> None:
    """Each row is malformed."""
    with pytest.raises(Malformed):
        leaf.parse_leaf(row["leaf"].encode())


def test_receipts_verify_offline() -> None:
    """Receipts check with nothing but the log's key, and print back byte for byte."""
    vectors = load("receipts.json")
    trusted = LogKeys.parse(vectors["log_key"])
    for row in vectors["receipts"]:
        data = canonical.encode(row)
        receipt = Receipt.from_bytes(data)
        claims = receipt.check(trusted)
        verify_claims(claims)
        assert receipt.to_bytes() == data
        assert [claim.label for claim in claims] == [
            "consent record by its subject",
            f"note by {trusted.origin}",
        ]


@pytest.mark.parametrize("row", rows("bad_receipts.json", "receipts"))
def test_bad_receipts_are_refused(row: dict[str, Any]) -> None:
    """Each changed receipt fails, and with the kind of error that the vector names."""
    trusted = LogKeys.parse(load("bad_receipts.json")["log_key"])
    with pytest.raises(ERRORS[row["error"]]):
        verify_claims(Receipt.from_bytes(canonical.encode(row["receipt"])).check(trusted))


BAD_INPUTS = load("bad_inputs.json")["parsers"]
PARSERS = {each.name: each for each in parsers()}


@pytest.mark.parametrize(
    ("parser", "row"),
    [
        pytest.param(name, row, id=f"{name}-{row['why']}".replace(" ", "-"))
        for name, rows in BAD_INPUTS.items()
        for row in rows
    ],
)
def test_bad_inputs_are_refused(parser: str, row: dict[str, str]) -> None:
    """Each bad input is refused by its parser, and with the kind of error that the vector names."""
    data = bytes.fromhex(row["hex"]) if "hex" in row else row["text"].encode("utf-8")
    reads = PARSERS[parser]
    with pytest.raises(ERRORS[row["error"]]):
        reads.reads(reads.taken(data))


def test_every_parser_has_bad_inputs_and_they_are_those_of_today() -> None:
    """No parser goes without a vector that it must refuse, and the file is what its maker makes now."""
    assert bad_inputs() == BAD_INPUTS
    assert set(PARSERS) == set(BAD_INPUTS)
    assert all(BAD_INPUTS.values())
