"""Tags that are one tag spelt twice."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

from edge_client.wire.catalogue import CatalogueItem
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Sure, Told, replaced
from model_export.advisor.material import Material

_RARER = 5
_SHORT, _LONG = 5, 10


def tag_typos(material: Material) -> Iterator[Told]:
    """Topics and life events that differ from a commoner one in spelling alone."""
    for field, used in (("topic", _topics(material)), ("life_events", _life_events(material))):
        for rare, common in _pairs(used):
            yield _typo(material, field, rare=rare, common=common, used=used)


def _pairs(used: Mapping[str, list[int]]) -> Iterator[tuple[str, str]]:
    """Every tag that looks like a slip of a commoner one, with that one; each tag once."""
    found: set[str] = set()
    # The commonest first, and of equals the one written with hyphens: it is what slips are slips of.
    order = sorted(used, key=lambda tag: (-len(used[tag]), "_" in tag or " " in tag, tag))
    for common, rare in combinations(order, 2):
        if (
            rare not in found
            and common not in found
            and (_plain(rare) == _plain(common) or _is_slip(rare, common, used))
        ):
            found.add(rare)
            yield rare, common


def _typo(
    material: Material, field: str, *, rare: str, common: str, used: Mapping[str, list[int]]
) -> Finding:
    catalogue, pages = material.catalogue, used[rare]
    is_same = _plain(rare) == _plain(common)
    patch: list[Mapping[str, object]] = []
    for at in pages:
        patch += replaced(catalogue, at, field, _mended(catalogue.items[at], field, rare=rare, common=common))
    noun = "topic" if field == "topic" else "life event"
    return Finding(
        Code.TAG_TYPO,
        tuple(catalogue.pages[at] for at in pages),
        f"the {noun} {rare!r} is on {len(pages)} and {common!r} on {len(used[common])} pages:"
        + (" one tag in two spellings" if is_same else " it looks like a slip of the pen"),
        (
            Evidence(f"pages with {rare}", len(pages), "pages"),
            Evidence(f"pages with {common}", len(used[common]), "pages"),
        ),
        Fix(f"write {common!r} for {rare!r}", patch=tuple(patch)),
        Sure.CERTAIN if is_same else Sure.LIKELY,
        visitors=sum(material.visitors[catalogue.pages[at]] for at in pages),
    )


def _mended(item: CatalogueItem, field: str, *, rare: str, common: str) -> object:
    if field == "topic":
        return common
    return list(dict.fromkeys(common if tag == rare else tag for tag in item.life_events))


def _topics(material: Material) -> dict[str, list[int]]:
    used: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(material.catalogue.items):
        if item.topic:
            used[item.topic].append(at)
    return used


def _life_events(material: Material) -> dict[str, list[int]]:
    used: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(material.catalogue.items):
        for event in dict.fromkeys(item.life_events):
            used[event].append(at)
    return used


def _plain(tag: str) -> str:
    """A tag without what people write differently: case, what joins words, and the plural."""
    words = re.split(r"[\s_\-./]+", tag.casefold().strip())
    return " ".join(word[:-1] if len(word) > 4 and word.endswith("s") else word for word in words)


def _is_slip(rare: str, common: str, used: Mapping[str, list[int]]) -> bool:
    """Whether the rarer tag is a letter or two from the other, and rare enough to be an accident."""
    if len(used[rare]) * _RARER > len(used[common]) or Counter(_digits(rare)) != Counter(_digits(common)):
        return False
    first, second = _plain(rare), _plain(common)
    shorter = min(len(first), len(second))
    return shorter >= _SHORT and distance(first, second) <= (1 if shorter < _LONG else 2)


def _digits(tag: str) -> list[str]:
    return re.findall(r"\d", tag)


def distance(first: str, second: str) -> int:
    """How many letters must be put in, left out, changed or swapped with the next to make one the other.

    Optimal string alignment, of Damerau (1964) and Levenshtein (1966).
    """
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, start=1):
        line = [row]
        for column, other in enumerate(second, start=1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == second[column - 2] and first[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, above = above, line
    return above[-1]
