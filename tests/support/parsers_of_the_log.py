"""Parsers of what the log publishes: its JSON, keys, notes, proofs, tiles and requests to witnesses."""

from __future__ import annotations

from consent_ledger import canonical, fields, leaf, merkle, note, tiles
from consent_ledger.checkpoint import Checkpoint, LogKeys, read_decimal
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.fields import print_base64
from consent_ledger.keys import KeyList
from consent_ledger.note import Note, VerifierKey, sign_note
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import AddCheckpoint
from tests.support.ledger import (
    ORIGIN,
    log_signer,
    numbered_leaf,
    opening,
    receipt_for,
)
from tests.support.ledger_vectors import leaves
from tests.support.parser import Parser, bytes_of
from tests.support.witnesses import witness_signer

HASHES = [merkle.leaf_hash(numbered_leaf(number)) for number in range(tiles.WIDTH)]


def _hash_tile(width: int) -> Parser:
    tile = tiles.Tile(0, 3, width)
    return Parser(
        f"hash tile of {width}",
        ("tiles.read_hashes", "tiles.read_tile"),
        lambda data: tiles.read_hashes(tile, {tile.path: data}.get),
        b"".join,
        (b"".join(HASHES[:width]),),
        tiles.WIDTH * merkle.HASH_BYTES,
    )


def _signed(text: str) -> Note:
    return sign_note(text, log_signer())


def _checkpoint(size: int = 300) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root_of(HASHES[:size]))


def _cosigned(size: int = 13) -> Note:
    made = _signed(str(_checkpoint(size)))
    for number in range(2):
        made = cosign(made, witness_signer(number), cosigned_at=1_795_300_100 + number)
    return made


def _request() -> AddCheckpoint:
    proof = merkle.consistency_proof(7, 13, merkle.nodes_of(HASHES))
    return AddCheckpoint(7, proof, _signed(str(_checkpoint(13))))


def _witness_key(number: int = 0) -> WitnessKey:
    key = witness_signer(number).key
    return WitnessKey(key.name, key.public_key)


def _key_list() -> KeyList:
    bundle = note.VerifierKey("riverton.example/bundle", bytes(range(32)))
    witnesses = [_witness_key(0), _witness_key(1)]
    return KeyList.of(ORIGIN, [log_signer().key], witnesses=witnesses, quorum=1, bundles=[bundle])


def log_parsers() -> tuple[Parser, ...]:
    """Everything on the way from a leaf to a cosigned checkpoint."""
    entries = [numbered_leaf(number) for number in range(3)]
    bundle = tiles.Tile(-1, 0, len(entries))
    proofs = [receipt_for(opening(), others=count).proof for count in (0, 12)]
    return (
        Parser(
            "canonical json",
            ("canonical.decode", "canonical.decode_object"),
            canonical.decode_object,
            canonical.encode,
            (b'{"":[0,-1,9007199254740991,true,null],"a":{"\xc3\xa9":"\\n\\u0001\\\\\xf0\x9f\x98\x80"}}',),
            canonical.MAX_BYTES,
        ),
        Parser(
            "hex",
            ("fields.read_hex",),
            lambda text: fields.read_hex(text, 4, noun="hex"),
            lambda value: value.hex().encode(),
            (b"00ff10ab",),
            8,
            is_text=True,
        ),
        Parser(
            "base64",
            ("fields.read_base64",),
            lambda text: fields.read_base64(text, noun="base64"),
            lambda value: print_base64(value).encode(),
            (b"", b"AA==", b"AAE=", b"AAEC", b"+/+/"),
            None,
            is_text=True,
        ),
        Parser(
            "decimal",
            ("checkpoint.read_decimal",),
            lambda text: read_decimal(text, noun="decimal"),
            bytes_of,
            (b"0", b"7", b"9223372036854775807"),
            19,
            is_text=True,
        ),
        Parser(
            "leaf",
            ("leaf.parse_leaf",),
            leaf.parse_leaf,
            leaf.to_bytes,
            tuple(leaf.to_bytes(each) for each in leaves()),
            leaf.MAX_LEAF_BYTES,
        ),
        Parser(
            "verifier key",
            ("note.VerifierKey.parse", "note.parse_vkey"),
            VerifierKey.parse,
            bytes_of,
            (bytes_of(log_signer().key),),
            4 * note.MAX_KEY_CHARS,
            is_text=True,
        ),
        Parser(
            "witness key",
            ("cosignature.WitnessKey.parse",),
            WitnessKey.parse,
            bytes_of,
            (bytes_of(_witness_key()),),
            4 * note.MAX_KEY_CHARS,
            is_text=True,
        ),
        Parser(
            "log keys",
            ("checkpoint.LogKeys.from_text", "checkpoint.LogKeys.parse"),
            LogKeys.from_text,
            bytes_of,
            (
                bytes_of(log_signer().key),
                bytes_of(f"{log_signer().key} 1 {_witness_key(0)} {_witness_key(1)}"),
            ),
            note.MAX_NOTE_BYTES,
            is_text=True,
        ),
        Parser(
            "key list",
            ("keys.KeyList.from_bytes",),
            KeyList.from_bytes,
            KeyList.to_bytes,
            (_key_list().to_bytes(), KeyList.of(ORIGIN, [log_signer().key]).to_bytes()),
            64 * 1024,
        ),
        Parser(
            "note",
            ("note.Note.from_bytes",),
            Note.from_bytes,
            Note.to_bytes,
            (_signed("one\n\ntwo \u00e9\n").to_bytes(), _cosigned().to_bytes()),
            note.MAX_NOTE_BYTES,
        ),
        Parser(
            "checkpoint",
            ("checkpoint.Checkpoint.parse",),
            Checkpoint.parse,
            bytes_of,
            (bytes_of(_checkpoint()), bytes_of(_checkpoint()) + b"an extension\nand another\n"),
            note.MAX_NOTE_BYTES,
            is_text=True,
        ),
        Parser(
            "proof",
            ("tlog_proof.TlogProof.parse",),
            TlogProof.parse,
            bytes_of,
            (
                *(bytes_of(each) for each in proofs),
                bytes_of(TlogProof(5, tuple(HASHES[:4]), _cosigned(), b"extra")),
            ),
            64 * 1024,
            is_text=True,
        ),
        Parser(
            "entry bundle",
            ("tiles.decode_entries",),
            tiles.decode_entries,
            tiles.encode_entries,
            (b"", tiles.encode_entries([b"", *entries])),
            None,
        ),
        Parser(
            "entries of a tile",
            ("tiles.read_entries",),
            lambda data: tiles.read_entries(bundle, {bundle.path: data}.get),
            tiles.encode_entries,
            (tiles.encode_entries(entries),),
            3 * (2 + tiles.MAX_ENTRY_BYTES),
        ),
        _hash_tile(5),
        _hash_tile(tiles.WIDTH),
        Parser(
            "witness request",
            ("witness.AddCheckpoint.from_bytes",),
            AddCheckpoint.from_bytes,
            AddCheckpoint.to_bytes,
            (_request().to_bytes(), AddCheckpoint(0, (), _signed(str(_checkpoint(0)))).to_bytes()),
            64 * 1024,
        ),
    )
