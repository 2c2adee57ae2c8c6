"""Whose each site is: read strictly, and no site is called as folders of the agencies' bucket are."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from consent_ledger.errors import Malformed
from lambdas.shared.agency.sites import RESERVED, Sites
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.template import load
from tests.support.templates import ROOT


def test_every_site_has_one_agency() -> None:
    """An agency may have several; a site that two claim is refused, and so is what is no pair."""
    sites = Sites.parse("riverton:riverton,riverton:parks,lakeside.example:lakeside")
    assert (sites.owner_of("parks"), sites.owner_of("lakeside")) == ("riverton", "lakeside.example")
    assert sites.owner_of("nowhere") is None
    assert sites.of(sites.owners["parks"]) == ("parks", "riverton")
    for text in ("", "riverton", "a:x,b:x", "a:x,", "a/b:x", "a:x/y", "A:x", "a:x b:y"):
        with pytest.raises(Malformed, match="not pairs"):
            Sites.parse(text)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_site_is_called_as_a_folder_is(name: str) -> None:
    """By no parameter of the deployment, and not by the function either; names that hold one are free."""
    with pytest.raises(Malformed, match=f"none may be called {name}"):
        Sites.parse(f"riverton:riverton,lakeside:{name}")
    root = load(ROOT / "template.yaml")
    resolver = Resolver(LocalValues("", "", {}))
    for parameter, bad, good in (
        ("Site", name, f"{name}-2"),
        ("AgencySites", f"a:{name}", f"a:{name}-2"),
        ("AgencySites", f"a:{name},b:x", f"a:x{name},b:x"),
        ("AgencySites", f"a:x,b:{name}", f"a:x,b:{name}s"),
    ):
        with pytest.raises(Malformed, match=f"{parameter} does not match"):
            resolver.resolve({"Ref": parameter}, replace(root, arguments={parameter: bad}))
        assert resolver.resolve({"Ref": parameter}, replace(root, arguments={parameter: good})) == good


def test_every_folder_that_a_role_tells_apart_is_reserved() -> None:
    """A role names `agencies/*/<folder>/*`, and a star of a role matches slashes as well: of a site that was
    called as a folder is, files would be jobs."""
    told = set[str]()
    for template in sorted((ROOT / "infra").glob("*.yaml")):
        told |= set(re.findall(r"(?:agencies|nearside)/\*/([a-z]+)/\*", template.read_text()))
    assert told == RESERVED
