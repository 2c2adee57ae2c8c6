"""Every parser of the ledger in one list, with good inputs, how it prints back, and how long an input may be.

`tests/property/test_ledger_parsers.py` fuzzes whatever is here, and fails when a parser is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consent_ledger import canonical, erasure, fields, leaf, merkle, note, sidecar, tiles
from consent_ledger.auditing import study, terms
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.checkpoint import Checkpoint, LogKeys, read_decimal
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.erasure import (
    EraseRecords,
    Erasure,
    ReceiptAuthority,
    SubjectAuthority,
    signed_bytes,
)
from consent_ledger.fields import print_base64
from consent_ledger.keys import KeyList
from consent_ledger.note import Note, VerifierKey, sign_note
from consent_ledger.receipt import MAX_RECEIPT_BYTES, Receipt
from consent_ledger.record import MAX_RECORD_BYTES, ConsentRecord, Status
from consent_ledger.sidecar import SealedOpening
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import AddCheckpoint
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from tests.support.ledger import (
    ORIGIN,
    device_signer,
    log_signer,
    numbered_leaf,
    opening,
    receipt_for,
    record,
)
from tests.support.ledger_vectors import leaves
from tests.support.witnesses import witness_signer

HASHES = [merkle.leaf_hash(numbered_leaf(number)) for number in range(tiles.WIDTH)]
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parser:
    """One way in: what reads, what prints what was read, and inputs that are good.

    `prints` is None where a reader takes only a part of what it reads. `covers` are the public functions that
    this exercises, `limit` the longest input that is not refused unread, in bytes; None where whoever calls
    has measured already.
    """

    name: str
    covers: tuple[str, ...]
    reads: Callable[[Any], Any]
    prints: Callable[[Any], bytes] | None
    good: tuple[bytes, ...]
    limit: int | None
    is_text: bool = False

    def taken(self, data: bytes) -> bytes | str:
        """The input as the parser takes it; what is not UTF-8 becomes lone surrogates in a text."""
        return data.decode("utf-8", errors="surrogateescape") if self.is_text else data


def bytes_of(value: object) -> bytes:
    """A text's bytes, lone surrogates included."""
    return str(value).encode("utf-8", errors="surrogateescape")


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


def _records() -> tuple[bytes, ...]:
    previous = opening().entry()
    return (
        record().to_bytes(),
        record(status=Status.WITHDRAWN, previous=previous, event_at=0).to_bytes(),
        record(notice_language="ar", controller="a", event_at=253402300799).to_bytes(),
    )


def _erasures() -> tuple[bytes, ...]:
    entries = tuple(sorted(hashlib.sha256(bytes([number])).digest() for number in range(5)))
    signature = device_signer().sign(signed_bytes(entries))
    by_subject = SubjectAuthority(device_signer().key.public_key, signature)
    by_receipts = ReceiptAuthority(tuple(reversed(entries)))
    return (
        EraseRecords(entries, by_subject).to_bytes(),
        EraseRecords(entries, by_receipts).to_bytes(),
    )


def _opened() -> bytes:
    return sidecar.pack(opening()).rstrip(b" ")


def _terms() -> dict[str, bytes]:
    task = {
        "v": 1, "id": "riverton-moves-1", "kind": "page-pairs", "purpose": "learn", "k": 10,
        "epsilon_milli": 1000, "delta_exp": 6, "sentence": "We count which page follows which.",
    }  # fmt: skip
    release = {
        "v": 1, "k": 10, "epsilon_milli": None, "delta_exp": None, "mechanism": "none",
        "cells": [[0, 1, 12], [1, 0, 10]],
    }  # fmt: skip
    manifest = {
        "v": 1, "version": 3, "not_before": 1, "expires": 2, "keys": "ab" * 32,
        "files": {"rules.json": {"bytes": 5, "sha256": "cd" * 32}},
        "code": {"loader.js": "ef" * 32},
    }  # fmt: skip
    return {
        "task": canonical.encode(task),
        "release": canonical.encode(release),
        "manifest": b"nearside bundle riverton\n" + canonical.encode(manifest) + b"\n",
    }


def parsers() -> tuple[Parser, ...]:
    """The list."""
    given = _terms()
    entries = [numbered_leaf(number) for number in range(3)]
    bundle = tiles.Tile(-1, 0, len(entries))
    proofs = [receipt_for(opening(), others=count).proof for count in (0, 12)]
    sealed = SealedOpening(bytes(12), bytes(sidecar.PLAIN_BYTES + sidecar.TAG_BYTES))
    consent = RecordConsent(opening().record, opening().salt, opening().signature)
    access = AccessEntry("officer", "complaint 7", tuple(sorted(HASHES[:3])), 1_795_300_000, bytes(16))
    done = Erasure(2, 1_795_300_000, 1_795_300_060, 35)
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
            "consent record",
            ("record.ConsentRecord.from_bytes", "record.ConsentRecord.from_json"),
            ConsentRecord.from_bytes,
            ConsentRecord.to_bytes,
            _records(),
            MAX_RECORD_BYTES,
        ),
        Parser(
            "receipt",
            ("receipt.Receipt.from_bytes",),
            Receipt.from_bytes,
            Receipt.to_bytes,
            (receipt_for(opening()).to_bytes(), receipt_for(opening(3), others=0).to_bytes()),
            MAX_RECEIPT_BYTES,
        ),
        Parser(
            "sidecar",
            ("sidecar.unpack",),
            sidecar.unpack,
            sidecar.pack,
            (sidecar.pack(opening()),),
            sidecar.PLAIN_BYTES,
        ),
        Parser(
            "sealed sidecar",
            ("sidecar.SealedOpening.from_bytes",),
            SealedOpening.from_bytes,
            SealedOpening.to_bytes,
            (sealed.to_bytes(),),
            sidecar.SEALED_BYTES,
        ),
        Parser(
            "opening",
            ("auditing.study.read_opening",),
            study.read_opening,
            lambda value: canonical.encode({"v": 1, **value.to_json()}),
            (_opened(),),
            canonical.MAX_BYTES,
        ),
        Parser(
            "erasure request",
            ("erasure.EraseRecords.from_bytes",),
            EraseRecords.from_bytes,
            EraseRecords.to_bytes,
            _erasures(),
            erasure.BODY_BYTES,
        ),
        Parser(
            "erasure",
            ("erasure.Erasure.from_bytes",),
            Erasure.from_bytes,
            Erasure.to_bytes,
            (done.to_bytes(),),
            1024,
        ),
        Parser(
            "access register",
            ("auditing.access.AccessEntry.from_bytes",),
            AccessEntry.from_bytes,
            AccessEntry.to_bytes,
            (access.to_bytes(),),
            128 * MIB,
        ),
        Parser(
            "witness request",
            ("witness.AddCheckpoint.from_bytes",),
            AddCheckpoint.from_bytes,
            AddCheckpoint.to_bytes,
            (_request().to_bytes(), AddCheckpoint(0, (), _signed(str(_checkpoint(0)))).to_bytes()),
            64 * 1024,
        ),
        Parser(
            "consent request",
            (),
            RecordConsent.from_bytes,
            RecordConsent.to_bytes,
            (consent.to_bytes(),),
            4096,
        ),
        Parser(
            "consent answer",
            (),
            ConsentAccepted.from_bytes,
            ConsentAccepted.to_bytes,
            (ConsentAccepted(HASHES[0]).to_bytes(),),
            canonical.MAX_BYTES,
        ),
        Parser(
            "task as audited",
            ("auditing.terms.TaskTerms.parse",),
            terms.TaskTerms.parse,
            None,
            (given["task"],),
            canonical.MAX_BYTES,
        ),
        Parser(
            "release as audited",
            ("auditing.terms.ReleaseTerms.parse",),
            terms.ReleaseTerms.parse,
            None,
            (given["release"],),
            64 * MIB,
        ),
        Parser(
            "manifest as audited",
            ("auditing.terms.ManifestNames.parse",),
            terms.ManifestNames.parse,
            None,
            (given["manifest"],),
            None,
        ),
    )
