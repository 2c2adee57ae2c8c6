"""The twelve questions, in their order."""

from __future__ import annotations

from dataclasses import replace

from consent_ledger.auditing.answers import Answer
from consent_ledger.auditing.decisions import counted, withdrawn
from consent_ledger.auditing.growth import grown, one_view
from consent_ledger.auditing.histories import consented_before, whole_history
from consent_ledger.auditing.live import live
from consent_ledger.auditing.receipts import belonging
from consent_ledger.auditing.registers import erased, opened
from consent_ledger.auditing.served import served
from consent_ledger.auditing.study import Study

EXPORT = "Can all of this be handed over, with the proofs, to somebody who trusts nobody?"


def answers(study: Study) -> tuple[Answer, ...]:
    """Answers 1 to 11; the twelfth is the export of these."""
    asked = (
        grown, belonging, consented_before, whole_history, counted, withdrawn,
        erased, served, opened, live, one_view,
    )  # fmt: skip
    return tuple(_honest(study, question(study)) for question in asked)


def _honest(study: Study, answer: Answer) -> Answer:
    """The answer, called unknown when the copy's entries are not those that were signed."""
    if study.consistent or answer.missing is not None:
        return answer
    return replace(answer, missing="a copy whose entries make the root that was signed")
