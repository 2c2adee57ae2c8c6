"""What rows of verifying vectors are made of: outcomes, and three witnesses with keys that never change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import Ed25519Signer

COSIGNED_AT = 1_795_300_100
MALFORMED, UNTRUE = {"error": "Malformed"}, {"error": "Untrue"}

Row = dict[str, Any]


def row(why: str, do: str, given: Mapping[str, Any], outcome: Mapping[str, Any]) -> Row:
    """One vector."""
    return {"why": why, "do": do, "given": dict(given), "outcome": dict(outcome)}


def witness(number: int) -> Ed25519Signer:
    """The signer of witness 1, 2 or 3."""
    return Ed25519Signer.from_seed(f"witness-{number}.example/cosigner", bytes([2 + number]) * 32)


def witness_key(number: int) -> WitnessKey:
    """The key of witness 1, 2 or 3."""
    return WitnessKey(witness(number).key.name, witness(number).key.public_key)
