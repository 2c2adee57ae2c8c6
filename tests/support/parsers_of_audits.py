"""Parsers of what an audit reads beside the log: registers of openings, and the terms of publications."""

from __future__ import annotations

from consent_ledger import canonical, merkle
from consent_ledger.auditing import models, terms
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.documents import ManifestNames
from consent_ledger.note import sign_note
from tests.support.ledger import log_signer, numbered_leaf
from tests.support.parser import Parser


def _terms() -> dict[str, bytes]:
    task = {
        "v": 1, "id": "riverton-moves-1", "kind": "page-pairs", "site": "riverton", "purpose": "learn",
        "pairs_per_week": 4, "k": 10, "epsilon_milli": 1000, "delta_exp": 6,
        "sentence": "We count which page follows which.",
    }  # fmt: skip
    release = {
        "v": 1, "site": "riverton", "period": {"from": "2026-W47", "to": "2026-W47"},
        "bound": {"pairs": 4, "unit": "device-week"}, "k": 10, "epsilon_milli": None,
        "delta_exp": None, "mechanism": "none",
        "cells": [[0, 1, 12], [1, 0, 10]],
    }  # fmt: skip
    manifest = {
        "v": 1, "version": 3, "not_before": 1, "expires": 2, "keys": "ab" * 32,
        "files": {"rules.json": {"bytes": 5, "sha256": "cd" * 32}},
        "code": {"loader.js": "ef" * 32},
    }  # fmt: skip
    proposal = {
        "v": 1, "site": "riverton", "verdict": "passed", "model": {"bytes": 3, "sha256": "12" * 32},
        "trained_on": ["34" * 32], "held_out": ["56" * 32], "approvers": [], "asked_by": None,
    }  # fmt: skip
    statement = {
        "v": 1, "site": "riverton", "step": "approved", "proposal": "12" * 32, "after": None,
        "share_milli": None,
    }  # fmt: skip
    said = f"nearside model riverton\n{canonical.encode(statement).decode()}\n"
    return {
        "proposal": canonical.encode(proposal),
        "statement": sign_note(said, log_signer()).to_bytes(),
        "task": canonical.encode(task),
        "release": canonical.encode(release),
        "manifest": b"nearside bundle riverton\n" + canonical.encode(manifest) + b"\n",
    }


def audit_parsers() -> tuple[Parser, ...]:
    """The register, and publications as far as an audit looks into them."""
    given = _terms()
    hashes = sorted(merkle.leaf_hash(numbered_leaf(number)) for number in range(3))
    access = AccessEntry("officer", "complaint 7", tuple(hashes), 1_795_300_000, bytes(16))
    return (
        Parser(
            "access register",
            ("auditing.access.AccessEntry.from_bytes",),
            AccessEntry.from_bytes,
            AccessEntry.to_bytes,
            (access.to_bytes(),),
            128 * 1024 * 1024,
        ),
        Parser(
            "task as audited",
            ("auditing.terms.TaskTerms.parse",),
            terms.TaskTerms.parse,
            None,
            (given["task"],),
            canonical.MAX_BYTES,
        ),
        Parser(
            "release as audited",
            ("auditing.terms.ReleaseTerms.parse",),
            terms.ReleaseTerms.parse,
            None,
            (given["release"],),
            64 * 1024 * 1024,
        ),
        Parser(
            "proposal as audited",
            ("auditing.models.ProposalTerms.parse",),
            models.ProposalTerms.parse,
            None,
            (given["proposal"],),
            canonical.MAX_BYTES,
        ),
        Parser(
            "statement as audited",
            ("auditing.models.StatementTerms.parse",),
            models.StatementTerms.parse,
            None,
            (given["statement"],),
            None,
        ),
        Parser(
            "manifest as audited",
            ("documents.ManifestNames.parse",),
            ManifestNames.parse,
            None,
            (given["manifest"],),
            None,
        ),
    )
