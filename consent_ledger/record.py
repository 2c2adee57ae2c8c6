"""Consent records: one decision about one purpose, signed by the device that took it.

The layout is JSON-LD in the Data Privacy Vocabulary (W3C DPV 2; guide to ISO/IEC TS 27560:2023, Final
Community Group Report of 1 August 2024, profile `record`), spelt in canonical JSON; `conformance.py` lists
the guide's mandatory fields. A record never enters the log; a commitment to it does.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.purposes import Purpose, describe

SCHEMA = "dpv-27560:record"
MAX_RECORD_BYTES = 3776
SIGNATURE_PREFIX = b"nearside/v1/consent-record\n"
"""What the device signs begins with this, so that its signature is good for nothing else."""

_IN_THE_NOTICE = "nearside:notice"
"""At the address that the notice of this record names: how to change one's mind, and whom to write to."""

_Word = TypeVar("_Word", bound=enum.Enum)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CONTROLLER = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?")
_LANGUAGE = re.compile(r"[a-z]{2}")
_LATEST = 253402300799  # 9999-12-31T23:59:59Z, the last second that four digits of a year can name


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


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One decision.

    `record_id` is a random UUID (version 4); `subject_key` the device's Ed25519 consent key, 32 bytes, random
    for each device and agency; `notice_hash` SHA-256 of the exact notice shown, `notice_version` and
    `notice_language` (two letters) its number and language; `gpc` what the browser signalled;
    `event_at` seconds since 1970; `previous` the leaf hash of the same subject's last event.
    Raises `Malformed` when a field is out of its range, and `Untrue` for a withdrawal of nothing, or for
    consent that a browser's signal is said to have given.
    """

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
    previous: bytes | None = None

    def __post_init__(self) -> None:
        if _UUID.fullmatch(self.record_id) is None:
            raise Malformed("consent record: identifier is not a random uuid")
        if len(self.subject_key) != 32:
            raise Malformed("consent record: subject key is not 32 bytes long")
        if _CONTROLLER.fullmatch(self.controller) is None:
            raise Malformed("consent record: controller is not a plain name")
        if len(self.notice_hash) != HASH_BYTES:
            raise Malformed("consent record: notice hash is not 32 bytes long")
        if not 1 <= self.notice_version <= canonical.MAX_INTEGER:
            raise Malformed("consent record: notice version is out of range")
        if _LANGUAGE.fullmatch(self.notice_language) is None:
            raise Malformed("consent record: notice language is not two letters")
        if not 0 <= self.event_at <= _LATEST:
            raise Malformed("consent record: time is out of range")
        if self.previous is not None and len(self.previous) != HASH_BYTES:
            raise Malformed("consent record: previous event is not 32 bytes long")
        if self.status is Status.WITHDRAWN and self.previous is None:
            raise Untrue("consent record: withdraws what was never decided")
        if self.status is Status.GIVEN and self.gpc is Gpc.APPLIED:
            raise Untrue("consent record: a signal for privacy cannot give consent")

    def to_json(self) -> dict[str, Json]:
        """The record in JSON-LD, as a value for canonical JSON."""
        about = describe(self.purpose)
        controller = f"agency:{self.controller}"
        subject = f"urn:ed25519:{self.subject_key.hex()}"
        time = f"{datetime.fromtimestamp(self.event_at, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "@context": _context(),
            "@type": ["dpv:ConsentRecord"],
            "dct:conformsTo": SCHEMA,
            "dct:created": time,
            "dct:creator": subject,
            "dct:language": self.notice_language,
            "dpv:hasDataSubject": {
                "@type": ["dpv:DataSubject"],
                "dpv:hasIdentifier": subject,
            },
            "dpv:hasEntity": {
                controller: {
                    "@type": ["dpv:DataController"],
                    "dpv:hasIdentifier": controller,
                    "dpv:hasName": self.controller,
                    "schema:contactPoint": [
                        {
                            "@type": ["schema:ContactPoint", "schema:PostalAddress"],
                            "dpv:hasNotice": _IN_THE_NOTICE,
                        }
                    ],
                },
                subject: {"@type": ["dpv:DataSubject"], "dpv:hasIdentifier": subject},
            },
            "dpv:hasIdentifier": f"urn:uuid:{self.record_id}",
            "dpv:hasNotice": [
                {
                    "@type": ["dpv:ConsentNotice"],
                    "dct:hasVersion": self.notice_version,
                    "dct:language": self.notice_language,
                    "dpv:hasIdentifier": f"urn:sha256:{self.notice_hash.hex()}",
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
                            "@type": [self.status.value],
                            "dpv:hasDuration": {
                                "@type": "dpv:UntilEventDuration",
                                "rdf:value": "the next record of this subject about this purpose",
                            },
                            "dpv:isExercisedAt": controller,
                            "dpv:isIndicatedAtTime": time,
                            "dpv:isIndicatedBy": subject,
                            "nearside:globalPrivacyControl": self.gpc.value,
                        }
                    ],
                    "dpv:hasDataController": [controller],
                    "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
                    "dpv:hasJurisdiction": [{"@type": ["dpv:Jurisdiction"], "dpv:hasEntity": controller}],
                    "dpv:hasLegalBasis": [self.legal_basis.value],
                    "dpv:hasPersonalData": list(about.data),
                    "dpv:hasProcessing": list(about.processing),
                    "dpv:hasPurpose": [
                        {
                            "@type": ["dpv:Purpose"],
                            "dpv:hasIdentifier": f"nearside:{self.purpose.value}",
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
            "dpv:isAfter": None if self.previous is None else f"urn:sha256:{self.previous.hex()}",
        }

    def to_bytes(self) -> bytes:
        """The canonical record: what is signed and committed to."""
        return canonical.encode(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes) -> ConsentRecord:
        """Read a canonical record; raises `Malformed` unless it prints back byte for byte."""
        return cls.from_json(canonical.decode(data, max_bytes=MAX_RECORD_BYTES))

    @classmethod
    def from_json(cls, value: Json) -> ConsentRecord:
        """Read a record from a decoded value; raises `Malformed` when any part is not as we print it."""
        previous = _at(value, "dpv:isAfter")
        record = cls(
            record_id=_after(_text(value, "dpv:hasIdentifier"), "urn:uuid:"),
            subject_key=_key(_text(value, "dpv:hasDataSubject", "dpv:hasIdentifier")),
            controller=_after(_text(value, *_PROCESS, "dpv:hasDataController", 0), "agency:"),
            purpose=_member(Purpose, _after(_text(value, *_PURPOSE), "nearside:")),
            status=_member(Status, _text(value, *_STATUS, "@type", 0)),
            gpc=_member(Gpc, _text(value, *_STATUS, "nearside:globalPrivacyControl")),
            legal_basis=_member(LegalBasis, _text(value, *_PROCESS, "dpv:hasLegalBasis", 0)),
            notice_hash=_hash(_text(value, *_NOTICE, "dpv:hasIdentifier")),
            notice_version=_whole(value, *_NOTICE, "dct:hasVersion"),
            notice_language=_text(value, *_NOTICE, "dct:language"),
            event_at=_seconds(_text(value, "dct:created")),
            previous=None if previous is None else _hash(_text(value, "dpv:isAfter")),
        )
        # Everything that was not looked at above must be exactly what we would have printed.
        if canonical.encode(value) != record.to_bytes():
            raise Malformed("consent record: not the layout of this schema")
        return record

    def signed_bytes(self) -> bytes:
        """The message under the device's signature."""
        return SIGNATURE_PREFIX + self.to_bytes()

    def claim(self, signature: bytes) -> SignatureClaim:
        """That the subject's own key signed this record: without it an agency could invent a "given"."""
        return SignatureClaim(
            self.subject_key, self.signed_bytes(), signature, "consent record by its subject"
        )


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
