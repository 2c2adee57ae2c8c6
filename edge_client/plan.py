"""The plan: what each slot shows on the likely next pages, decided now and applied before their first
paint."""

from __future__ import annotations

from dataclasses import dataclass, replace

from consent_ledger import canonical
from edge_client.explanation import Reason
from edge_client.ranking import Ranked
from edge_client.wire.catalogue import Catalogue, CatalogueItem

MAX_PLAN_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One item in a slot, with the reason for it."""

    item: Ranked
    reason: Reason


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What every slot of one page shows; `page` is its item id."""

    page: str
    slots: tuple[tuple[str, tuple[Suggestion, ...]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Plans for some pages in one language, made from one bundle version and good until it expires.

    From `later_ms` on (Unix milliseconds), when this session is over, `later` counts instead of `pages`; None
    where they do not differ.
    """

    bundle_version: int
    expires: int
    lang: str
    pages: tuple[PagePlan, ...]
    later_ms: int | None = None
    later: tuple[PagePlan, ...] = ()

    def to_bytes(self, catalogue: Catalogue) -> bytes:
        """Print the JSON that the loader reads: item texts once, then per page and slot their places and
        reasons.

        At most `MAX_PLAN_BYTES`: the pages at the end are left out until it fits.
        """
        for count in range(len(self.pages), 0, -1):
            raw = canonical.encode(self._value(self.pages[:count], catalogue))
            if len(raw) <= MAX_PLAN_BYTES:
                return raw
        return canonical.encode(replace(self, later=())._value((), catalogue))

    def _value(self, pages: tuple[PagePlan, ...], catalogue: Catalogue) -> canonical.Json:
        items: dict[int, int] = {}
        titles: dict[int, int] = {}
        placed = _placed(pages, items, titles)
        later: dict[str, canonical.Json] = {}
        if self.later_ms is not None:
            later = {"later": {"from": self.later_ms, "pages": _placed(self.later, items, titles)}}
        return {
            "v": 1,
            "bundle": self.bundle_version,
            "expires": self.expires,
            "lang": self.lang,
            "items": [_shown(catalogue.items[index]) for index in items],
            "because": [catalogue.items[index].title for index in titles],
            "pages": placed,
            **later,
        }


def _shown(item: CatalogueItem) -> list[canonical.Json]:
    texts: list[canonical.Json] = [item.id, item.title, item.summary]
    return texts if item.picture is None else [*texts, item.picture.name, item.picture.alt]


def _placed(
    pages: tuple[PagePlan, ...], items: dict[int, int], titles: dict[int, int]
) -> dict[str, canonical.Json]:
    return {
        page.page: {
            slot: [
                [
                    items.setdefault(suggestion.item.index, len(items)),
                    suggestion.reason.kind.value,
                    None
                    if suggestion.reason.because is None
                    else titles.setdefault(suggestion.reason.because, len(titles)),
                ]
                for suggestion in suggestions
            ]
            for slot, suggestions in page.slots
        }
        for page in pages
    }
