"""The demo's second site has rules of its own: the city's speak of the city's pages."""

from __future__ import annotations

from demo.govuk import SITE
from demo.stage import AGENCY
from edge_client.rules.compile import problems_of
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules


def test_the_samples_rules_hold_for_any_catalogue() -> None:
    """Nothing in them names a page; the city's own would be refused here."""
    page = CatalogueItem(ItemId("/browse"), "Browse", "", "browse", ItemKind.INFORMATION, "en")
    sample = Catalogue(SITE, (page,))
    own, citys = (Rules.parse((AGENCY / f"{name}.json").read_bytes()) for name in ("sample-rules", "rules"))
    assert not [problem for problem in problems_of(own, sample) if problem.is_fatal]
    assert [problem for problem in problems_of(citys, sample) if problem.is_fatal]
