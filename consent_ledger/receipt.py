"""Receipts: the copy that the citizen keeps, and that anyone can check offline."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical, leaf
from consent_ledger.canonical import Json
from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import SignatureClaim
from consent_ledger.commitment import SALT_BYTES, commit, verify_commitment
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields, print_base64
from consent_ledger.leaf import ConsentLeaf
from consent_ledger.record import ConsentRecord
from consent_ledger.tlog_proof import MAX_PROOF_BYTES, TlogProof

SIGNATURE_BYTES = 64
MAX_RECEIPT_BYTES = MAX_PROOF_BYTES + 16 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one commitment: the record, its salt (32 bytes), and the device's signature (64 bytes)."""

    record: ConsentRecord
    salt: bytes
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise Malformed("opening: salt is not 32 bytes long")
        if len(self.signature) != SIGNATURE_BYTES:
            raise Malformed("opening: signature is not 64 bytes long")

    @classmethod
    def take(cls, fields: Fields) -> Opening:
        """Take an opening's three fields out of a larger object; raises `Malformed`."""
        return cls(
            ConsentRecord.from_json(fields.take("record")),
            fields.hex("salt", SALT_BYTES),
            fields.base64("signature", SIGNATURE_BYTES),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Opening:
        """Read an opening by itself; raises `Malformed` unless it prints back byte for byte."""
        fields = Fields(canonical.decode(data), "opening")
        fields.whole("v", low=1, high=1)
        opening = cls.take(fields)
        fields.done()
        return opening

    def to_bytes(self) -> bytes:
        """The opening in canonical JSON."""
        return canonical.encode({"v": 1, **self.to_json()})

    def to_json(self) -> dict[str, Json]:
        """The three fields: record, salt in hex, signature in base64."""
        return {
            "record": self.record.to_json(),
            "salt": self.salt.hex(),
            "signature": print_base64(self.signature),
        }

    def leaf(self) -> ConsentLeaf:
        """The entry that the log holds for this record."""
        return ConsentLeaf(commit(self.salt, self.record.to_bytes()), self.record.notice_hash)

    def entry(self) -> bytes:
        """The leaf hash: how the log, the receipt and the next record name this event."""
        return leaf.hash_of(self.leaf())

    def claim(self) -> SignatureClaim:
        """That the subject signed the record."""
        return self.record.claim(self.signature)


@dataclass(frozen=True, slots=True)
class Receipt:
    """An opening, the entry that it opens, and the proof that the entry is in the log."""

    opening: Opening
    leaf: ConsentLeaf
    proof: TlogProof

    @classmethod
    def from_bytes(cls, data: bytes) -> Receipt:
        """Read a receipt; raises `Malformed` unless it prints back byte for byte."""
        fields = Fields(canonical.decode(data, max_bytes=MAX_RECEIPT_BYTES), "receipt")
        fields.whole("v", low=1, high=1)
        opening = Opening.take(fields)
        entry = leaf.parse_leaf(canonical.encode(fields.take("leaf")))
        if not isinstance(entry, ConsentLeaf):
            raise Malformed("receipt: leaf is of another kind")
        proof = TlogProof.parse(fields.text("proof", max_length=MAX_PROOF_BYTES))
        fields.done()
        return cls(opening, entry, proof)

    def to_bytes(self) -> bytes:
        """The receipt in canonical JSON."""
        return canonical.encode(
            {
                "leaf": canonical.decode(leaf.to_bytes(self.leaf)),
                "proof": str(self.proof),
                "v": 1,
                **self.opening.to_json(),
            }
        )

    def check(self, trusted: LogKeys) -> tuple[SignatureClaim, ...]:
        """Do all the hashing; return the claims that must still be verified before the receipt is believed.

        They are the subject's signature on the record, then the log's on the checkpoint.
        Raises `Untrue` when the commitment opens to another record, the notice differs, the entry is not in
        the tree, or the checkpoint is not from a trusted log.
        """
        record = self.opening.record
        verify_commitment(self.leaf.commitment, salt=self.opening.salt, record=record.to_bytes())
        if self.leaf.notice_hash != record.notice_hash:
            raise Untrue("receipt: the log names another notice than the record")
        _, claims = self.proof.check(leaf.hash_of(self.leaf), trusted)
        return (self.opening.claim(), *claims)
