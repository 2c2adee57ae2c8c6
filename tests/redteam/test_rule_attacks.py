"""An agency, or whoever writes for it, that would learn by a rule what it may not: stopped twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Refused
from edge_client.rules.compile import check_rules
from edge_client.wire.archetypes import Archetype, Archetypes
from tests.support.city import SITE, City, catalogue
from tests.support.pair import Pair
from tests.support.ruled import DEFINITIONS, condition, only, rule, value, visited

GRIEVING = condition("grieving", visited(topics=["bereavement"]))
ATTACKS: dict[str, dict[str, Any]] = {
    "sends-a-trigger-for-what-was-seen": {"rules": [rule("tell", when="parks", egress="trigger")]},
    "counts-who-grieves": {"rules": [rule("count", when="grieves", egress="count")]},
    "infers-grief": {"definitions": [*DEFINITIONS, GRIEVING], "rules": [rule("sad", when="grieving")]},
    "hides-by-age": {"rules": [rule("hide", when="over-sixty", does="withhold", items=["/housing/repairs"])]},
}


PAIR = (Archetype("Parkers", (1,)), Archetype("Others", (2,)))
AUDIENCES = [*(each["name"] for each in DEFINITIONS if "when" in each), "alike", "all-but"]


def of_attack(name: str) -> bytes:
    return canonical.encode(value(**ATTACKS[name]))


@pytest.mark.parametrize("name", ATTACKS)
def test_such_rules_are_not_published(tmp_path: Path, name: str) -> None:
    """The publisher refuses them before anything is signed or logged."""
    city = City(tmp_path, rules=of_attack(name))
    with pytest.raises(Refused, match=r"rules: (rule|condition)"):
        city.publish()
    assert list(city.shelf.paths("nearside/")) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_a_device_does_not_take_them_from_a_publisher_that_looks_away(tmp_path: Path, name: str) -> None:
    """Signed, logged and proven, the bundle is refused all the same; the one before it stays in use."""
    city = City(tmp_path)
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        city.rules = of_attack(name)
        with patch("lambdas.shared.publishing.bundle_files.check_rules"):
            city.publish()
        with pytest.raises(Refused):
            await pair.device.install()
        await pair.view("/bins/new")

    asyncio.run(story())
    bundle = pair.device.session.bundle
    assert bundle is not None
    assert bundle.manifest.version == 1
    assert pair.plans()


def test_what_a_citizen_never_answered_no_rule_can_use(tmp_path: Path) -> None:
    """An audience of those who said so is empty until they say so, whatever they look at."""
    offers = rule("mourn", when="grieves", items=["/grief/first-days"], rung="task")
    city = City(tmp_path, rules=canonical.encode(value(rules=[offers])))
    city.publish()
    pair = Pair(city)

    async def story() -> None:
        await pair.open()
        await pair.choose("suggest")
        await pair.view(*["/grief/first-days", "/"] * 10, gap_ms=60 * 60 * 1000)

    asyncio.run(story())
    assert pair.plans()
    assert not any(b"/grief/first-days" in plan for plan in pair.plans())
    assert b"grief" not in b"".join(pair.host.kept.values())


@pytest.mark.parametrize("when", AUDIENCES)
@pytest.mark.parametrize("about", [{"items": ["/housing/repairs"]}, {"items": [], "topics": ["housing"]}])
def test_an_entitlement_is_withheld_from_no_audience(when: str, about: dict[str, Any]) -> None:
    """Not by age, grief, language, device, hour or habit, nor by a group of these or their opposite:
    whichever attribute it is, and however it is wrapped."""
    definitions = [
        *DEFINITIONS,
        condition("alike", {"archetype": {"names": ["Parkers"]}}),
        condition("all-but", {"not": "over-sixty"}),
    ]
    groups = Archetypes(SITE, "0" * 64, 12, 10, 850, 3, 400, PAIR, bytes(24))
    hides = only(rule("hide", when=when, does="withhold", **about), definitions=definitions)
    with pytest.raises(Refused, match="hides /housing/repairs, to which people are entitled"):
        check_rules(hides, catalogue(), groups)
    offers = only(rule("offer", when=when, does="offer", **about), definitions=definitions)
    check_rules(offers, catalogue(), groups)
