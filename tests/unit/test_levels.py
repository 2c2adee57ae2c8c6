"""A slot grows up by publishing alone: editors, rules, rules by score, the model; and back the same way."""

from __future__ import annotations

from dataclasses import replace

from edge_client.events import BundleOpened, PageViewed
from edge_client.rules.compile import problems_of
from edge_client.session import Session
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Level
from tests.support.bundles import bundle_of
from tests.support.city import NOW_MS, catalogue
from tests.support.living import after, answered, begun
from tests.support.ruled import only, rule, slot

LISTED = ["/moving/checklist", "/business/start", "/bins/missed"]
FEW = ["/parking/permit"]


def at_level(level: Level, items: list[str], *, version: int) -> BundleOpened:
    """The bundle of a site whose home slot is at a level, with one rule that offers some items."""
    made = only(
        rule("list", items=items),
        slots=[slot("home", ["/"], level=level.value), slot("related", [], level="editorial")],
    )
    if level is Level.EDITORIAL:
        made = replace(made, rules=())
    assert [str(each) for each in problems_of(made, catalogue()) if each.is_fatal] == []
    return BundleOpened(bundle_of(rules_=made, version=version))


def shown(session: Session, version: int) -> list[str]:
    """What the home page shows after the next look at a page; nothing where its own content stays."""
    session = after(session, PageViewed(ItemId("/bins/new"), "en", (), NOW_MS + version * 60_000))
    bundle = session.bundle
    assert bundle is not None
    kept = session.decided.lines[-1].read()
    plan = kept.replay(answered(kept.question(bundle).questions), bundle).plan
    slots = {name: items for page in plan.pages if page.page == "/" for name, items in page.slots}
    return [catalogue().items[each.item.index].id for each in slots.get("home", ())]


def test_a_slot_goes_through_all_four_levels_and_back_with_the_bundle() -> None:
    """Each level shows what it says, with the same rules, on one device; down as well as up."""
    levels = [
        Level.EDITORIAL,
        Level.RULES,
        Level.SCORED,
        Level.MODEL,
        Level.SCORED,
        Level.RULES,
        Level.EDITORIAL,
    ]
    by_score = ["/bins/missed", "/business/start", "/moving/checklist"]
    expected = {
        Level.EDITORIAL: [],
        Level.RULES: LISTED,
        Level.SCORED: by_score,
        Level.MODEL: by_score,
    }
    session = begun(only())
    for version, level in enumerate(levels, start=2):
        session = after(session, at_level(level, LISTED, version=version))
        assert shown(session, version) == expected[level]


def test_only_the_model_fills_what_rules_leave_empty() -> None:
    """One item for three places: below the top level the server's own content stays, whole."""
    session = begun(only())
    found = {}
    for version, level in enumerate(Level, start=2):
        session = after(session, at_level(level, FEW, version=version))
        found[level] = shown(session, version)
    assert [found[level] for level in (Level.EDITORIAL, Level.RULES, Level.SCORED)] == [[], [], []]
    assert found[Level.MODEL][0] == FEW[0]
    assert len(found[Level.MODEL]) == 3
