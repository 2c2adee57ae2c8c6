"""A town to ask the advisor about, with faults to be planted in it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import jsonpatch
import numpy as np

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from model_export.advisor import Code, Finding, Material, advise
from tests.support import town as towns
from tests.support.city import rules as city_rules

TODAY = date(2026, 11, 22)
TOWN = towns.catalogue()
MEANS = towns.means(TOWN)
BUSY = towns.means(TOWN, visitors=1_000_000)
RULES = replace(Rules.parse(city_rules()), never_topics=("care-homes",))


def released(means: np.ndarray = MEANS, *, seed: int = 1, **how: object) -> Release:
    return towns.release(TOWN, means, seed=seed, **how)  # type: ignore[arg-type]  # the test's choice


def found(code: Code, **material: object) -> list[Finding]:
    """The findings of that code; the town stands in for what the test does not name."""
    asked = Material(**{"catalogue": TOWN, "today": TODAY, **material})  # type: ignore[arg-type]  # as above
    return list(advise(asked).only({code}).findings)


def hashes(*releases: Release) -> frozenset[str]:
    return frozenset(hashlib.sha256(release.to_bytes()).hexdigest() for release in releases)


def patched(town: Catalogue, finding: Finding) -> Catalogue:
    """The catalogue after the finding's patch, which must apply as RFC 6902 says."""
    value = canonical.decode(town.to_bytes())
    done = jsonpatch.apply_patch(value, [dict(operation) for operation in finding.fix.patch])
    return Catalogue.parse(canonical.encode(done))


def silenced(means: np.ndarray, page: int, *, arrivals: bool = True, departures: bool = True) -> np.ndarray:
    """The moves without those to a page, from it, or both."""
    mended = means.copy()
    if arrivals:
        mended[:, page] = 0.0
    if departures:
        mended[page] = 0.0
    return mended
