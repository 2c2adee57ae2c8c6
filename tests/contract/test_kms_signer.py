"""The signer whose key never leaves KMS makes the same signatures as one in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed
from consent_ledger.note import Note, sign_note
from lambdas.shared.kms_signer import KmsSigner
from tests.support.ledger import ORIGIN

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)
pytestmark = pytest.mark.stack


def signer(stack: MiniStack, name: str = ORIGIN, *, spec: str = "ECC_NIST_EDWARDS25519") -> KmsSigner:
    kms = stack.client("kms")
    return KmsSigner(name, kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"], kms)


def test_a_checkpoint_signed_and_cosigned_in_kms_holds(ministack: MiniStack) -> None:
    """Log and witness with keys in KMS: what they sign verifies under the verifier keys that they name."""
    ours, theirs = signer(ministack), signer(ministack, "witness.example")
    note = cosign(sign_note(str(Checkpoint(ORIGIN, 3, bytes(32))), ours), theirs, cosigned_at=1_795_300_100)
    witness = WitnessKey(theirs.key.name, theirs.key.public_key)
    trusted = LogKeys.parse(str(ours.key), witnesses=[str(witness)], quorum=1)
    checkpoint, claims = trusted.check(Note.from_bytes(note.to_bytes()))
    verify_claims(claims)
    assert (checkpoint.size, len(claims)) == (3, 2)


def test_the_key_is_asked_for_once(ministack: MiniStack) -> None:
    """The same key, also when KMS would not answer a second time."""
    ours = signer(ministack)
    first = ours.key
    ministack.client("kms").disable_key(KeyId=ours.key_id)
    assert ours.key == first
    with pytest.raises(ClientError):
        ours.sign(b"x")


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_a_key_of_another_kind_is_no_signer(ministack: MiniStack, spec: str) -> None:
    """Only Ed25519 is taken for Ed25519."""
    with pytest.raises(Malformed, match="not an ed25519 public key"):
        signer(ministack, spec=spec).key  # noqa: B018  # the property asks KMS
