"""A verified bundle, put together from parts: for suites that need no keys, no ledger and no shelf."""

from __future__ import annotations

from consent_ledger import canonical
from edge_client.bundle import Bundle
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.learning_task import LearningTerms, learning_task
from tests.support.city import NOW_S, SITE, catalogue, notice_value, rules

EXPIRES_S = NOW_S + 400 * 24 * 60 * 60


def bundle_of(
    *,
    pages: Catalogue | None = None,
    rules_: Rules | None = None,
    version: int = 1,
    expires: int = EXPIRES_S,
    pairs_per_week: int = 4,
) -> Bundle:
    """Return a bundle of the city's pages, rules and notices, or of others; `expires` is in Unix seconds."""
    pages = pages or catalogue()
    return Bundle(
        manifest=Manifest(
            site=SITE,
            version=version,
            previous=None,
            not_before=0,
            expires=expires,
            min_client="0.1.0",
            keys="00" * 32,
            files={},
            code={},
        ),
        catalogue=pages,
        rules=rules_ or Rules.parse(rules()),
        notices=Notices.parse(canonical.encode({"v": 1, "notices": [notice_value()]})),
        tasks=(learning_task(pages, LearningTerms(pairs_per_week=pairs_per_week)),),
        model=b"model",
    )
