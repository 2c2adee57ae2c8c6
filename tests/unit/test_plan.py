"""The plan: small, whole, and each text in it once."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from edge_client.explanation import Reason, ReasonKind
from edge_client.plan import MAX_PLAN_BYTES, PagePlan, Plan, Suggestion
from edge_client.ranking import Ranked
from tests.support.pages import numbered

CATALOGUE = numbered(["t"] * 90)
# Eighty pages of six suggestions each: more than fits.
MUCH = tuple(
    PagePlan(
        f"/p/{page:02d}",
        (
            (
                "related",
                tuple(
                    Suggestion(Ranked((page + step) % 90, 1.0), Reason(ReasonKind.THIS_PAGE, page))
                    for step in range(6)
                ),
            ),
        ),
    )
    for page in range(80)
)
REASONS = st.sampled_from(
    [Reason(ReasonKind.THIS_PAGE, 1), Reason(ReasonKind.LOOKED_AT, 2), Reason(ReasonKind.POPULAR, None)]
)
SLOTS = st.lists(
    st.tuples(st.integers(0, 89), REASONS).map(lambda pair: Suggestion(Ranked(pair[0], 1.0), pair[1])),
    min_size=1,
    max_size=6,
).map(tuple)
PAGES = st.lists(st.tuples(st.sampled_from(["home", "related"]), SLOTS), max_size=60).map(
    lambda slots: tuple(PagePlan(f"/p/{number:02d}", (slot,)) for number, slot in enumerate(slots))
)


def plan_of(pages: tuple[PagePlan, ...]) -> Plan:
    return Plan(bundle_version=3, expires=1_800_000_000, lang="en", pages=pages)


@given(pages=PAGES)
@example(pages=MUCH)
def test_a_plan_always_fits_and_leaves_out_whole_pages_from_the_end(pages: tuple[PagePlan, ...]) -> None:
    """At most six kibibytes; the pages that are there are the first ones, complete."""
    raw = plan_of(pages).to_bytes(CATALOGUE)
    assert len(raw) <= MAX_PLAN_BYTES
    kept = json.loads(raw)["pages"]
    assert list(kept) == [page.page for page in pages][: len(kept)]
    assert kept or not pages
    if len(kept) < len(pages):
        assert len(plan_of(pages[: len(kept) + 1]).to_bytes(CATALOGUE)) == len(raw)


@given(pages=PAGES)
def test_what_the_loader_reads_is_what_was_decided(pages: tuple[PagePlan, ...]) -> None:
    """Items and titles stand once; every place and reason leads back to the suggestion it came from."""
    value = json.loads(plan_of(pages).to_bytes(CATALOGUE))
    assert (value["v"], value["bundle"], value["lang"]) == (1, 3, "en")
    assert len({item[0] for item in value["items"]}) == len(value["items"])
    by_page = {page.page: dict(page.slots) for page in pages}
    for page, slots in value["pages"].items():
        for slot, placed in slots.items():
            for (place, kind, because), suggestion in zip(placed, by_page[page][slot], strict=True):
                item = CATALOGUE.items[suggestion.item.index]
                assert value["items"][place] == [item.id, item.title, item.summary]
                assert kind == suggestion.reason.kind.value
                named = suggestion.reason.because
                assert (because is None) == (named is None)
                if named is not None:
                    assert value["because"][because] == CATALOGUE.items[named].title
