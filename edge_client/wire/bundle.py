"""`bundle.json`: the signed manifest of what is live, and the proof that the log holds it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.leaf import BundleLeaf
from consent_ledger.note import Note, Signer, sign_note
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.manifest import Manifest

MAX_BUNDLE_BYTES: Final = 128 * 1024
_MAX_PART: Final = 96 * 1024


@dataclass(frozen=True, slots=True)
class PublishedBundle:
    """What `/nearside/<site>/bundle.json` holds; nothing of it is believed before its signatures hold.

    `manifest` is what the note's text says. What parses prints back byte for byte.
    """

    note: Note
    manifest: Manifest
    proof: TlogProof

    @classmethod
    def of(cls, note: Note, proof: str) -> PublishedBundle:
        """Put a signed manifest and the text of its proof together. Raises `Malformed`."""
        return cls(note, Manifest.parse(note.text), TlogProof.parse(proof))

    @classmethod
    def from_bytes(cls, raw: bytes) -> PublishedBundle:
        """Read canonical JSON `{"v":1,"manifest":...,"proof":...}`. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_BUNDLE_BYTES), "bundle")
        fields.whole("v", low=1, high=1)
        note = fields.text("manifest", max_length=_MAX_PART)
        proof = fields.text("proof", max_length=_MAX_PART)
        fields.done()
        parsed = cls.of(Note.from_bytes(note.encode()), proof)
        if parsed.to_bytes() != raw:
            raise Malformed("bundle: not in canonical form")
        return parsed

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode({"v": 1, "manifest": self.note.to_bytes().decode(), "proof": str(self.proof)})

    @property
    def manifest_hash(self) -> bytes:
        """SHA-256 of the note's text, 32 bytes: what the log's leaf and the next manifest name."""
        return hashlib.sha256(self.note.text.encode()).digest()

    @property
    def leaf(self) -> BundleLeaf:
        """The leaf that the proof must be of."""
        return BundleLeaf(self.manifest.site, self.manifest.version, self.manifest_hash)


def sign_manifest(manifest: Manifest, signer: Signer) -> Note:
    """Sign a manifest as the agency. Raises `Malformed` when it is too long to be signed."""
    return sign_note(manifest.to_bytes().decode(), signer)
