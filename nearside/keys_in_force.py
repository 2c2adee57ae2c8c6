"""The keys in force at a deployment, as the outputs of `template.yaml` name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from consent_ledger.cosignature import WitnessKey
from consent_ledger.keys import KeyList
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.live_bundle import bundle_key_name

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


def ledger_signer(outputs: Mapping[str, str], kms: KMSClient) -> KmsSigner:
    """The signer of checkpoints, whose name is the ledger's origin; `signer.key` is the verifier key."""
    return KmsSigner(outputs["LedgerOrigin"], outputs["LedgerKeyId"], kms)


def agency_signer(outputs: Mapping[str, str], kms: KMSClient) -> KmsSigner:
    """The signer of bundles, named after the agency."""
    return KmsSigner(bundle_key_name(outputs["LedgerOrigin"]), outputs["AgencyKeyId"], kms)


def keys_in_force(outputs: Mapping[str, str], kms: KMSClient) -> KeyList:
    """The keys in force, as they are logged; raises `Malformed` when the outputs name what is no key."""
    listed = outputs["WitnessKeys"]
    return KeyList.of(
        outputs["LedgerOrigin"],
        [ledger_signer(outputs, kms).key],
        witnesses=[] if listed == "none" else [WitnessKey.parse(vkey) for vkey in listed.split(",")],
        quorum=int(outputs["Quorum"]),
        bundles=[agency_signer(outputs, kms).key],
    )
