"""Must not type-check: a driver that performs every effect but one, and so would lose it without a word."""

from __future__ import annotations

from typing import assert_never

from edge_client.effects import (
    AskScores,
    Effect,
    EraseProfile,
    EraseReporter,
    FetchProof,
    SaveBook,
    SaveProfile,
    SaveReporter,
    SendConsent,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
    SignRecord,
    VerifyReceipt,
)


def leaves_the_device(effect: Effect) -> bool:
    """Say whether an effect sends something; `SendReport` was forgotten."""
    match effect:
        case SendConsent() | FetchProof():
            return True
        case SaveProfile() | SaveReporter() | SaveBook() | EraseProfile() | EraseReporter():
            return False
        case AskScores() | ShowPlan() | ShowProfile() | ShowReceipts() | SignRecord() | VerifyReceipt():
            return False
        case _:
            assert_never(effect)
