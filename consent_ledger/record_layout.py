"""The layout of a consent record: JSON-LD in the Data Privacy Vocabulary, and what is read back out of it.

W3C DPV 2; guide to ISO/IEC TS 27560:2023, Final Community Group Report of 1 August 2024, profile `record`;
`conformance.py` lists the guide's mandatory fields. The words that vary are the enumerations below.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict, TypeVar

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.purposes import Purpose, describe

if TYPE_CHECKING:
    from consent_ledger.record import ConsentRecord

SCHEMA = "dpv-27560:record"

_IN_THE_NOTICE = "nearside:notice"
"""At the address that the notice of this record names: how to change one's mind, and whom to write to."""

_Word = TypeVar("_Word", bound=enum.Enum)


class Status(enum.Enum):
    """What was decided (DPV, taxonomy of consent status)."""

    GIVEN = "dpv:ConsentGiven"
    REFUSED = "dpv:ConsentRefused"
    WITHDRAWN = "dpv:ConsentWithdrawn"


class Gpc(enum.Enum):
    """What the browser's own signal had to do with a decision (Global Privacy Control).

    `present`: it was on while the citizen decided by hand. `applied`: it decided itself, which can only take
    consent away.
    """

    ABSENT = "absent"
    PRESENT = "present"
    APPLIED = "applied"


class LegalBasis(enum.Enum):
    """The ground that the controller names."""

    CONSENT = "dpv:Consent"
    GDPR_CONSENT = "eu-gdpr:A6-1-a"


class RecordFields(TypedDict):
    """What varies from record to record, under the names and in the units of `ConsentRecord`."""

    record_id: str
    subject_key: bytes
    controller: str
    purpose: Purpose
    status: Status
    gpc: Gpc
    legal_basis: LegalBasis
    notice_hash: bytes
    notice_version: int
    notice_language: str
    event_at: int
    previous: bytes | None


def lay_out(record: ConsentRecord) -> dict[str, Json]:
    """Return the record in JSON-LD, as a value for canonical JSON."""
    about = describe(record.purpose)
    controller = f"agency:{record.controller}"
    subject = f"urn:ed25519:{record.subject_key.hex()}"
    time = f"{datetime.fromtimestamp(record.event_at, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "@context": _context(),
        "@type": ["dpv:ConsentRecord"],
        "dct:conformsTo": SCHEMA,
        "dct:created": time,
        "dct:creator": subject,
        "dct:language": record.notice_language,
        "dpv:hasDataSubject": {
            "@type": ["dpv:DataSubject"],
            "dpv:hasIdentifier": subject,
        },
        "dpv:hasEntity": {
            controller: {
                "@type": ["dpv:DataController"],
                "dpv:hasIdentifier": controller,
                "dpv:hasName": record.controller,
                "schema:contactPoint": [
                    {
                        "@type": ["schema:ContactPoint", "schema:PostalAddress"],
                        "dpv:hasNotice": _IN_THE_NOTICE,
                    }
                ],
            },
            subject: {"@type": ["dpv:DataSubject"], "dpv:hasIdentifier": subject},
        },
        "dpv:hasIdentifier": f"urn:uuid:{record.record_id}",
        "dpv:hasNotice": [
            {
                "@type": ["dpv:ConsentNotice"],
                "dct:hasVersion": record.notice_version,
                "dct:language": record.notice_language,
                "dpv:hasIdentifier": f"urn:sha256:{record.notice_hash.hex()}",
            }
        ],
        "dpv:hasProcess": [
            {
                "@type": ["dpv:Process"],
                "dpv:hasConsentControl": [
                    {
                        "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
                        "dpv:isExercisedAt": _IN_THE_NOTICE,
                    }
                ],
                "dpv:hasConsentStatus": [
                    {
                        "@type": [record.status.value],
                        "dpv:hasDuration": {
                            "@type": "dpv:UntilEventDuration",
                            "rdf:value": "the next record of this subject about this purpose",
                        },
                        "dpv:isExercisedAt": controller,
                        "dpv:isIndicatedAtTime": time,
                        "dpv:isIndicatedBy": subject,
                        "nearside:globalPrivacyControl": record.gpc.value,
                    }
                ],
                "dpv:hasDataController": [controller],
                "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
                "dpv:hasJurisdiction": [{"@type": ["dpv:Jurisdiction"], "dpv:hasEntity": controller}],
                "dpv:hasLegalBasis": [record.legal_basis.value],
                "dpv:hasPersonalData": list(about.data),
                "dpv:hasProcessing": list(about.processing),
                "dpv:hasPurpose": [
                    {
                        "@type": ["dpv:Purpose"],
                        "dpv:hasIdentifier": f"nearside:{record.purpose.value}",
                        "skos:broader": about.broader,
                        "skos:prefLabel": about.label,
                    }
                ],
                # What stays on the device is received by nobody but its holder.
                "dpv:hasRecipient": [controller if about.leaves_device else subject],
                "dpv:hasRight": [
                    {
                        "@type": ["dpv:DataSubjectRight"],
                        "dpv:isExercisedAt": _IN_THE_NOTICE,
                        "skos:prefLabel": "Withdraw, and have the controller's copy erased",
                    }
                ],
                "dpv:hasStorageCondition": [
                    {
                        "@type": ["dpv:StorageLocation", "dpv:StorageDuration"],
                        "dpv:hasDuration": {
                            "@type": "dpv:TemporalDuration",
                            "rdf:value": about.duration,
                        },
                        "dpv:hasLocation": about.location,
                    }
                ],
            }
        ],
        "dpv:isAfter": None if record.previous is None else f"urn:sha256:{record.previous.hex()}",
    }


def read_fields(value: Json) -> RecordFields:
    """Return the fields that stand in a decoded value; raises `Malformed` where one is missing or unreadable.

    Looks at these alone: whoever reads must compare the rest with what `lay_out` makes of them.
    """
    previous = _at(value, "dpv:isAfter")
    return {
        "record_id": _after(_text(value, "dpv:hasIdentifier"), "urn:uuid:"),
        "subject_key": _key(_text(value, "dpv:hasDataSubject", "dpv:hasIdentifier")),
        "controller": _after(_text(value, *_PROCESS, "dpv:hasDataController", 0), "agency:"),
        "purpose": _member(Purpose, _after(_text(value, *_PURPOSE), "nearside:")),
        "status": _member(Status, _text(value, *_STATUS, "@type", 0)),
        "gpc": _member(Gpc, _text(value, *_STATUS, "nearside:globalPrivacyControl")),
        "legal_basis": _member(LegalBasis, _text(value, *_PROCESS, "dpv:hasLegalBasis", 0)),
        "notice_hash": _hash(_text(value, *_NOTICE, "dpv:hasIdentifier")),
        "notice_version": _whole(value, *_NOTICE, "dct:hasVersion"),
        "notice_language": _text(value, *_NOTICE, "dct:language"),
        "event_at": _seconds(_text(value, "dct:created")),
        "previous": None if previous is None else _hash(_text(value, "dpv:isAfter")),
    }


_PROCESS = ("dpv:hasProcess", 0)
_PURPOSE = (*_PROCESS, "dpv:hasPurpose", 0, "dpv:hasIdentifier")
_STATUS = (*_PROCESS, "dpv:hasConsentStatus", 0)
_NOTICE = ("dpv:hasNotice", 0)


def _context() -> dict[str, Json]:
    return {
        "agency": "urn:nearside:agency:",
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "nearside": "urn:nearside:terms:",
        "pd": "https://w3id.org/dpv/pd#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
    }


def _at(value: Json, *path: str | int) -> Json:
    for step in path:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                raise Malformed("consent record: a field is missing")
    return value


def _text(value: Json, *path: str | int) -> str:
    found = _at(value, *path)
    if not isinstance(found, str):
        raise Malformed("consent record: a field is not a string")
    return found


def _whole(value: Json, *path: str | int) -> int:
    found = _at(value, *path)
    if isinstance(found, bool) or not isinstance(found, int):
        raise Malformed("consent record: a field is not an integer")
    return found


def _after(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise Malformed("consent record: an identifier is of another kind")
    return text.removeprefix(prefix)


def _key(text: str) -> bytes:
    return read_hex(_after(text, "urn:ed25519:"), 32, noun="consent record: subject")


def _hash(text: str) -> bytes:
    return read_hex(_after(text, "urn:sha256:"), HASH_BYTES, noun="consent record: hash")


def _seconds(text: str) -> int:
    if not text.endswith("Z"):
        raise Malformed("consent record: not a time in utc")
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        raise Malformed("consent record: not a time in utc") from None


def _member(kind: type[_Word], text: str) -> _Word:
    try:
        return kind(text)
    except ValueError:
        raise Malformed("consent record: a word is not in its vocabulary") from None
