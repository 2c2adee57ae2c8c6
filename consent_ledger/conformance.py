"""Conformance: which fields ISO/IEC TS 27560:2023 asks for, and where a record or a receipt has them.

An entry point of the library, for agencies and auditors who must show conformance: no command calls it, and
tests hold the records that devices write to it.

The list is that of the guide "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV" (Final
Community Group Report of 1 August 2024): every field of which it says that it must be present, by section.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.receipt import Receipt

ALL: Final = "*"
"""In a path: every item of the array, of which there is at least one."""

ANY: Final = "?"
"""In a path: at least one item of the array."""

ENTITY: Final = "@entity"
"""In a path: what `dpv:hasEntity` of the record says of the entity named here."""

RECEIPT_SCHEMA: Final = "dpv-27560:receipt"


@dataclass(frozen=True, slots=True)
class Mandatory:
    """One mandatory field: the guide's name for it, the section that demands it, and the paths to it, each of
    which must lead to something that is not empty."""

    name: str
    section: str
    paths: tuple[tuple[str, ...], ...]


def _process(*path: str) -> tuple[str, ...]:
    return ("dpv:hasProcess", ALL, *path)


_CONTROLLER: Final = _process("dpv:hasDataController", ALL, ENTITY)
_STATUS: Final = _process("dpv:hasConsentStatus", ALL)
_STORAGE: Final = _process("dpv:hasStorageCondition", ANY)

RECORD: Final = (
    Mandatory("schema version", "8.1.1", (("dct:conformsTo",),)),
    Mandatory("record identifier", "8.1.2", (("dpv:hasIdentifier",),)),
    Mandatory("data subject", "8.1.3", (("dpv:hasDataSubject", "dpv:hasIdentifier"),)),
    Mandatory("notice", "8.2.1", (("dpv:hasNotice", ALL, "dpv:hasIdentifier"),)),
    Mandatory("notice language", "8.2.2", (("dct:language",), ("dpv:hasNotice", ALL, "dct:language"))),
    Mandatory("process", "8.3.1", (_process(),)),
    Mandatory("purpose", "8.3.2", (_process("dpv:hasPurpose", ALL, "skos:broader"),)),
    Mandatory("personal data", "8.3.3", (_process("dpv:hasPersonalData"),)),
    Mandatory("personal data type", "8.3.3.1", (_process("dpv:hasPersonalData", ALL),)),
    Mandatory(
        "storage condition",
        "8.3.4.2",
        ((*_STORAGE, "dpv:hasLocation"), (*_STORAGE, "dpv:hasDuration", "rdf:value")),
    ),
    Mandatory("data controller", "8.3.5", (_process("dpv:hasDataController", ALL),)),
    Mandatory("recipients", "8.3.7", (_process("dpv:hasRecipient", ALL, ENTITY),)),
    Mandatory(
        "consent change and withdrawal",
        "8.3.8",
        (_process("dpv:hasConsentControl", ALL, "dpv:isExercisedAt"),),
    ),
    Mandatory("jurisdiction", "8.3.9", (_process("dpv:hasJurisdiction", ALL),)),
    Mandatory("rights", "8.3.10", (_process("dpv:hasRight", ALL, "dpv:isExercisedAt"),)),
    Mandatory("entity name", "8.4.1", ((*_CONTROLLER, "dpv:hasName"),)),
    Mandatory(
        "entity identifier",
        "8.4.2",
        (
            (*_CONTROLLER, "dpv:hasIdentifier"),
            ("dpv:hasDataSubject", "dpv:hasIdentifier", ENTITY, "dpv:hasIdentifier"),
        ),
    ),
    Mandatory(
        "entity role",
        "8.4.3",
        ((*_CONTROLLER, "@type"), ("dpv:hasDataSubject", "dpv:hasIdentifier", ENTITY, "@type")),
    ),
    Mandatory("entity contact", "8.4.4", ((*_CONTROLLER, "schema:contactPoint", ANY),)),
    Mandatory(
        "entity postal address", "8.4.4.1", ((*_CONTROLLER, "schema:contactPoint", ANY, "dpv:hasNotice"),)
    ),
    Mandatory("consent type", "8.5.1", (_process("dpv:hasLegalBasis", ALL),)),
    Mandatory("consent state", "8.5.2", ((*_STATUS, "@type", ALL),)),
    Mandatory("event time", "8.5.3", ((*_STATUS, "dpv:isIndicatedAtTime"),)),
    Mandatory("event duration", "8.5.4", ((*_STATUS, "dpv:hasDuration", "rdf:value"),)),
    Mandatory("expression by entity", "8.5.5", ((*_STATUS, "dpv:isIndicatedBy", ENTITY),)),
)
"""What a record must have."""

RECEIPT: Final = (
    Mandatory("schema version of the receipt", "9.1.1", (("dct:conformsTo",),)),
    Mandatory("receipt identifier", "9.1.2", (("dpv:hasIdentifier",),)),
    Mandatory("associated consent record", "9.1.3", (("dpv:hasRecordOfActivity", ALL),)),
    Mandatory("creation timestamp", "9.1.4", (("dct:created",),)),
)
"""What a receipt must have beside what its records must have (section 9.2)."""


def missing_fields(record: Json) -> tuple[str, ...]:
    """The names of the mandatory fields that a record lacks, in the guide's order; () when it has all."""
    return tuple(_missing(record, RECORD))


def missing_receipt_fields(document: Json) -> tuple[str, ...]:
    """The same of a receipt's document, and of each record in it."""
    match document:
        case {"dpv:hasRecordOfActivity": list(records)}:
            inner = tuple(name for record in records for name in missing_fields(record))
        case _:
            inner = ()
    return (*_missing(document, RECEIPT), *inner)


def receipt_document(receipt: Receipt, *, created_at: int) -> dict[str, Json]:
    """A receipt in the guide's terms: the record, and the header of section 9.1.

    `created_at` is seconds since 1970. Proof, salt and signature are not among the guide's terms; whoever
    wants to verify needs the receipt itself.
    """
    return {
        "@context": receipt.opening.record.to_json()["@context"],
        "@type": ["dpv:ConsentReceipt"],
        "dct:conformsTo": RECEIPT_SCHEMA,
        "dct:created": f"{datetime.fromtimestamp(created_at, tz=UTC):%Y-%m-%dT%H:%M:%SZ}",
        "dpv:hasIdentifier": f"urn:sha256:{receipt.opening.entry().hex()}",
        "dpv:hasRecordOfActivity": [receipt.opening.record.to_json()],
    }


def _missing(root: Json, fields: tuple[Mandatory, ...]) -> Iterator[str]:
    for field in fields:
        if not all(_holds(root, path, root) for path in field.paths):
            yield field.name


def _holds(value: Json, path: tuple[str, ...], root: Json) -> bool:
    if not path:
        return value not in (None, "", [], {})
    step, rest = path[0], path[1:]
    match value:
        case list() if step == ALL:
            return bool(value) and all(_holds(item, rest, root) for item in value)
        case list() if step == ANY:
            return any(_holds(item, rest, root) for item in value)
        case str() if step == ENTITY:
            entities = root.get("dpv:hasEntity") if isinstance(root, dict) else None
            return isinstance(entities, dict) and value in entities and _holds(entities[value], rest, root)
        case dict():
            return step in value and _holds(value[step], rest, root)
        case _:
            return False
