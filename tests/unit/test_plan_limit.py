"""The plan's limit: it is read before the first paint of every page, so its size is bounded, whole pages at a
time."""

from __future__ import annotations

import json

from consent_ledger import canonical
from edge_client.explanation import Reason, ReasonKind
from edge_client.plan import PagePlan, Plan, Suggestion
from edge_client.ranking import Ranked
from tests.support.pages import numbered

CATALOGUE = numbered(["t"] * 99)
POPULAR = Reason(ReasonKind.POPULAR, None)


def plan_of(pages: int) -> Plan:
    """A plan for so many pages, each with twelve items of its own in a slot."""
    return Plan(
        bundle_version=3,
        expires=1_800_000_000,
        lang="en",
        pages=tuple(
            PagePlan(
                f"/page/{'x' * 300}/{number:02d}",
                (("related", tuple(Suggestion(Ranked(item, 1.0), POPULAR) for item in range(12))),),
            )
            for number in range(pages)
        ),
    )


def test_a_plan_of_more_than_eight_kibibytes_loses_pages_from_its_end() -> None:
    """What is left is the first pages, as many as fit, complete and in canonical JSON."""
    raw = plan_of(40).to_bytes(CATALOGUE)
    kept = list(json.loads(raw)["pages"])
    assert kept == [page.page for page in plan_of(len(kept)).pages]
    assert raw == plan_of(len(kept)).to_bytes(CATALOGUE)
    assert 7500 < len(raw) <= 8192 < len(raw) + 700
    assert canonical.decode(raw) == json.loads(raw)


def test_a_plan_that_cannot_fit_at_all_is_empty_and_still_a_plan() -> None:
    """One page alone may be too large: the loader then finds no page, and the server's own content stays."""
    huge = PagePlan("/" + "x" * 9000, (("related", (Suggestion(Ranked(0, 1.0), POPULAR),)),))
    value = json.loads(Plan(3, 1_800_000_000, "en", (huge,)).to_bytes(CATALOGUE))
    assert value == {
        "v": 1,
        "bundle": 3,
        "expires": 1_800_000_000,
        "lang": "en",
        "items": [],
        "because": [],
        "pages": {},
    }


def test_a_plan_carries_how_long_it_is_good_and_for_what() -> None:
    """The loader drops it when the bundle expires, or for a page in another language."""
    value = json.loads(plan_of(1).to_bytes(CATALOGUE))
    assert (value["expires"], value["lang"], value["bundle"]) == (1_800_000_000, "en", 3)
    assert [item[0] for item in value["items"]] == [f"/p/{number:02d}" for number in range(12)]
