/** How a consent record is spelt: every part of it that does not vary (docs/formats/consent-record.md, "Layout"). */

import { PURPOSES } from "./purposes.js";
import { printHex } from "./spelling.js";

const CONTEXT = Object.freeze({
  agency: "urn:nearside:agency:",
  dct: "http://purl.org/dc/terms/",
  dpv: "https://w3id.org/dpv#",
  "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
  "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
  nearside: "urn:nearside:terms:",
  pd: "https://w3id.org/dpv/pd#",
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  schema: "https://schema.org/",
  skos: "http://www.w3.org/2004/02/skos/core#",
});

/** At the address that the notice of the record names. */
const IN_THE_NOTICE = "nearside:notice";

/**
 * @param {import("./record.js").ConsentRecord} record
 * @returns {import("./canonical.js").Json} the whole record in JSON-LD
 */
export function layOut(record) {
  const about = PURPOSES[record.purpose];
  const controller = `agency:${record.controller}`;
  const subject = `urn:ed25519:${printHex(record.subject)}`;
  return {
    "@context": { ...CONTEXT },
    "@type": ["dpv:ConsentRecord"],
    "dct:conformsTo": "dpv-27560:record",
    "dct:created": record.time,
    "dct:creator": subject,
    "dct:language": record.language,
    "dpv:hasDataSubject": { "@type": ["dpv:DataSubject"], "dpv:hasIdentifier": subject },
    "dpv:hasEntity": {
      [controller]: {
        "@type": ["dpv:DataController"],
        "dpv:hasIdentifier": controller,
        "dpv:hasName": record.controller,
        "schema:contactPoint": [
          { "@type": ["schema:ContactPoint", "schema:PostalAddress"], "dpv:hasNotice": IN_THE_NOTICE },
        ],
      },
      [subject]: { "@type": ["dpv:DataSubject"], "dpv:hasIdentifier": subject },
    },
    "dpv:hasIdentifier": `urn:uuid:${record.uuid}`,
    "dpv:hasNotice": [
      {
        "@type": ["dpv:ConsentNotice"],
        "dct:hasVersion": record.noticeVersion,
        "dct:language": record.language,
        "dpv:hasIdentifier": `urn:sha256:${printHex(record.notice)}`,
      },
    ],
    "dpv:hasProcess": [
      {
        "@type": ["dpv:Process"],
        "dpv:hasConsentControl": [
          { "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"], "dpv:isExercisedAt": IN_THE_NOTICE },
        ],
        "dpv:hasConsentStatus": [
          {
            "@type": [record.status],
            "dpv:hasDuration": {
              "@type": "dpv:UntilEventDuration",
              "rdf:value": "the next record of this subject about this purpose",
            },
            "dpv:isExercisedAt": controller,
            "dpv:isIndicatedAtTime": record.time,
            "dpv:isIndicatedBy": subject,
            "nearside:globalPrivacyControl": record.gpc,
          },
        ],
        "dpv:hasDataController": [controller],
        "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
        "dpv:hasJurisdiction": [{ "@type": ["dpv:Jurisdiction"], "dpv:hasEntity": controller }],
        "dpv:hasLegalBasis": [record.basis],
        "dpv:hasPersonalData": [about.data],
        "dpv:hasProcessing": about.processing,
        "dpv:hasPurpose": [
          {
            "@type": ["dpv:Purpose"],
            "dpv:hasIdentifier": `nearside:${record.purpose}`,
            "skos:broader": about.broader,
            "skos:prefLabel": about.label,
          },
        ],
        "dpv:hasRecipient": [about.leavesDevice ? controller : subject],
        "dpv:hasRight": [
          {
            "@type": ["dpv:DataSubjectRight"],
            "dpv:isExercisedAt": IN_THE_NOTICE,
            "skos:prefLabel": "Withdraw, and have the controller's copy erased",
          },
        ],
        "dpv:hasStorageCondition": [
          {
            "@type": ["dpv:StorageLocation", "dpv:StorageDuration"],
            "dpv:hasDuration": { "@type": "dpv:TemporalDuration", "rdf:value": about.duration },
            "dpv:hasLocation": about.location,
          },
        ],
      },
    ],
    "dpv:isAfter": record.previous && `urn:sha256:${printHex(record.previous)}`,
  };
}
