"""Must not type-check: a driver that performs every effect but one, and so would lose it without a word."""

from __future__ import annotations

from typing import assert_never

from edge_client.effects import (
    AskScores,
    Effect,
    EraseArm,
    EraseDecided,
    EraseProfile,
    EraseReporter,
    EraseSignals,
    EraseTold,
    FetchProof,
    OpenModel,
    SaveArm,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SaveSignals,
    SaveTold,
    SendConsent,
    SendErasure,
    ShowCollection,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
    ShowTaken,
    SignErasure,
    SignRecord,
    VerifyReceipt,
)


def leaves_the_device(effect: Effect) -> bool:
    """Say whether an effect sends something; `SendReport` was forgotten."""
    match effect:
        case SendConsent() | FetchProof() | SendErasure():
            return True
        case (
            SaveProfile()
            | SaveTold()
            | SaveSignals()
            | SaveDecided()
            | SaveReporter()
            | SaveBook()
            | SaveArm()
        ):
            return False
        case EraseProfile() | EraseTold() | EraseSignals() | EraseDecided() | EraseReporter() | EraseArm():
            return False
        case ShowPlan() | ShowProfile() | ShowReceipts() | ShowCollection() | ShowTaken():
            return False
        case AskScores() | OpenModel():
            return False
        case SignRecord() | SignErasure() | VerifyReceipt():
            return False
        case _:
            assert_never(effect)
