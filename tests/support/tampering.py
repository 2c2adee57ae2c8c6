"""What an attacker who holds the shelf does with a bundle: take it apart, and put another in its place."""

from __future__ import annotations

from typing import Final

from consent_ledger import canonical
from tests.support.city import SITE, City

BUNDLE: Final = f"nearside/{SITE}/bundle.json"


def parts(city: City) -> dict[str, str]:
    """Return the text of the manifest and of its proof."""
    value = canonical.decode(city.shelf.files[BUNDLE])
    assert isinstance(value, dict)
    return {"manifest": str(value["manifest"]), "proof": str(value["proof"])}


def replace_bundle(city: City, **changed: str) -> None:
    """Put another manifest, proof or both in the place of what is published."""
    city.shelf.files[BUNDLE] = canonical.encode({"v": 1, **parts(city), **changed})
