"""Every record has what ISO/IEC TS 27560 asks for, by the guide of the Data Privacy Vocabulary."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.conformance import (
    ALL,
    ANY,
    ENTITY,
    RECEIPT,
    RECORD,
    Mandatory,
    missing_fields,
    missing_receipt_fields,
    receipt_document,
)
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.purposes import Purpose
from consent_ledger.record import MAX_RECORD_BYTES, ConsentRecord, Gpc, LegalBasis, Status
from consent_ledger.sidecar import pack
from edge_client.wire.consent import BODY_BYTES, RecordConsent
from tests.support.ledger import opening, receipt_for, record

TERMS = frozenset(
    {
        "dpv:Anonymise",
        "dpv:Collect",
        "dpv:CommunicationManagement",
        "dpv:Consent",
        "dpv:ConsentGiven",
        "dpv:ConsentNotice",
        "dpv:ConsentRecord",
        "dpv:ConsentRefused",
        "dpv:ConsentWithdrawn",
        "dpv:DataController",
        "dpv:DataSubject",
        "dpv:DataSubjectDataSource",
        "dpv:DataSubjectRight",
        "dpv:Jurisdiction",
        "dpv:Process",
        "dpv:ProvideConsent",
        "dpv:ProvidePersonalisedRecommendations",
        "dpv:Purpose",
        "dpv:RemoteLocation",
        "dpv:RequestedServiceProvision",
        "dpv:ServiceOptimisation",
        "dpv:ServiceUsageAnalytics",
        "dpv:StorageDuration",
        "dpv:StorageLocation",
        "dpv:Store",
        "dpv:TemporalDuration",
        "dpv:UntilEventDuration",
        "dpv:Use",
        "dpv:WithdrawConsent",
        "dpv:WithinDevice",
        "dpv:hasConsentControl",
        "dpv:hasConsentStatus",
        "dpv:hasDataController",
        "dpv:hasDataSource",
        "dpv:hasDataSubject",
        "dpv:hasDuration",
        "dpv:hasEntity",
        "dpv:hasIdentifier",
        "dpv:hasJurisdiction",
        "dpv:hasLegalBasis",
        "dpv:hasLocation",
        "dpv:hasName",
        "dpv:hasNotice",
        "dpv:hasPersonalData",
        "dpv:hasProcess",
        "dpv:hasProcessing",
        "dpv:hasPurpose",
        "dpv:hasRecipient",
        "dpv:hasRight",
        "dpv:hasStorageCondition",
        "dpv:isAfter",
        "dpv:isExercisedAt",
        "dpv:isIndicatedAtTime",
        "dpv:isIndicatedBy",
        "eu-gdpr:A6-1-a",
        "pd:BrowsingBehaviour",
        "pd:EmailAddress",
        "pd:Location",
        "pd:ServiceConsumptionBehaviour",
    }
)
"""The terms in records; all are in the term lists of version 2.3, and a new one must be looked up there."""


def every_record() -> list[ConsentRecord]:
    """One record of each purpose, status, signal and legal ground that there can be."""
    return [
        record(purpose=purpose, status=status, gpc=gpc, legal_basis=basis, previous=bytes(32))
        for purpose in Purpose
        for status in Status
        for gpc in Gpc
        for basis in LegalBasis
        if not (status is Status.GIVEN and gpc is Gpc.APPLIED)
    ]


def take_out(value: Any, path: tuple[str, ...], root: Any) -> None:
    """Remove what a path leads to, wherever it leads."""
    step, rest = path[0], path[1:]
    if not rest:
        assert value
        value.clear() if step in (ALL, ANY) else value.pop(step)
    elif step in (ALL, ANY):
        for item in value:
            take_out(item if rest[0] != ENTITY else root["dpv:hasEntity"], _named(item, rest), root)
    else:
        take_out(value[step] if rest[0] != ENTITY else root["dpv:hasEntity"], _named(value[step], rest), root)


def _named(name: Any, rest: tuple[str, ...]) -> tuple[str, ...]:
    return (name, *rest[1:]) if rest[0] == ENTITY else rest


@pytest.mark.parametrize("made", every_record(), ids=lambda made: f"{made.purpose.value}-{made.status.name}")
def test_every_record_has_every_mandatory_field(made: ConsentRecord) -> None:
    """Whatever is decided about whichever purpose, and however the browser signalled."""
    assert missing_fields(made.to_json()) == ()
    assert ConsentRecord.from_bytes(made.to_bytes()) == made


@pytest.mark.parametrize("field", RECORD, ids=lambda field: field.name)
def test_a_field_taken_out_is_named(field: Mandatory) -> None:
    """Each path of each field is looked at: without it the field is reported, and the record refused."""
    for path in field.paths:
        whole: Any = record().to_json()
        take_out(whole, path, whole)
        assert field.name in missing_fields(whole)
        with pytest.raises(ValueError, match="consent record"):
            ConsentRecord.from_json(whole)


def test_the_list_is_the_guides() -> None:
    """Twenty-five fields of a record and four of a receipt must be present, each by its own section."""
    assert (len(RECORD), len(RECEIPT)) == (25, 4)
    sections = [field.section for field in (*RECORD, *RECEIPT)]
    assert sections == sorted(sections, key=lambda section: [int(part) for part in section.split(".")])
    assert len(set(sections)) == len(sections)
    assert {section.split(".")[0] for section in sections} == {"8", "9"}


@pytest.mark.parametrize(
    "odd", [None, "record", 7, [], {}, {"dpv:hasProcess": {"a": 1}}, {"dpv:hasProcess": []}]
)
def test_what_is_no_record_lacks_what_a_record_has(odd: Any) -> None:
    """Any value at all is answered, never with an error."""
    assert len(missing_fields(odd)) >= 24
    assert missing_receipt_fields(odd)


def test_an_entity_that_is_not_declared_is_missing() -> None:
    """A controller that is named and nowhere described has no name, identifier, role or contact."""
    whole: Any = record().to_json()
    del whole["dpv:hasEntity"]["agency:riverton"]
    assert set(missing_fields(whole)) == {
        "entity name",
        "entity identifier",
        "entity role",
        "entity contact",
        "entity postal address",
    }


@pytest.mark.parametrize("purpose", Purpose)
def test_a_signal_for_privacy_never_gives_consent(purpose: Purpose) -> None:
    """It can refuse and withdraw; a given that it is said to have decided is untrue, made or read."""
    with pytest.raises(Untrue, match="cannot give consent"):
        record(purpose=purpose, gpc=Gpc.APPLIED)
    refused = record(purpose=purpose, status=Status.REFUSED, gpc=Gpc.APPLIED).to_bytes()
    with pytest.raises(Untrue, match="cannot give consent"):
        ConsentRecord.from_bytes(refused.replace(b"dpv:ConsentRefused", b"dpv:ConsentGiven"))
    for odd in (b"true", b'"on"', b"null"):
        with pytest.raises(Malformed):
            ConsentRecord.from_bytes(refused.replace(b'"applied"', odd))


def test_no_term_is_used_that_was_not_looked_up() -> None:
    """The words of the vocabulary in all records are those that were compared with its term lists."""
    text = "".join(made.to_bytes().decode() for made in every_record())
    assert set(re.findall(r'"((?:dpv|pd|eu-gdpr):[A-Za-z0-9-]+)"', text)) == TERMS


def test_the_longest_record_fits_everywhere() -> None:
    """The largest value in every place: within the limit, the request and the sidecar."""
    for purpose in Purpose:
        made = opening(
            controller="a" * 100, purpose=purpose, notice_version=canonical.MAX_INTEGER, previous=bytes(32)
        )
        assert len(made.record.to_bytes()) <= MAX_RECORD_BYTES
        assert len(RecordConsent(made.record, made.salt, made.signature).to_bytes()) == BODY_BYTES
        pack(made)


def test_a_receipt_in_the_guides_terms() -> None:
    """A receipt printed as the guide knows receipts has the header's fields and its record's; without one of
    them it is named."""
    document = receipt_document(receipt_for(opening()), created_at=0)
    assert missing_receipt_fields(document) == ()
    assert document["dct:created"] == "1970-01-01T00:00:00Z"
    for field in RECEIPT:
        less: Any = copy.deepcopy(document)
        del less[field.paths[0][0]]
        assert missing_receipt_fields(less) == (field.name,)
    inner: Any = copy.deepcopy(document)
    del inner["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"]
    assert missing_receipt_fields(inner) == ("notice", "notice language")
