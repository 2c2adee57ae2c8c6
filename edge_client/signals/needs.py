"""Which signals rules need, how long, and what a page is told of that: nothing else is collected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from consent_ledger import canonical
from edge_client.signals.signal import Signal
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.noticed import Noticed, SignalKind
from edge_client.wire.paths import ItemId


@dataclass(frozen=True, slots=True)
class Need:
    """How many days signals of one kind are needed, by page (one name for all languages) and by topic; what
    was read is needed from `bucket` on. Of pages that are marked, `marks` says it by mark."""

    pages: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    bucket: int = 0
    marks: Mapping[str, Need] = field(default_factory=dict)

    def more(self, pages: Iterable[str], topics: Iterable[str], *, days: int, bucket: int) -> Need:
        """Return the need of this and of one rule more: the longest time and the shortest reading count."""
        return Need(
            {**self.pages, **{name: max(self.pages.get(name, 0), days) for name in pages}},
            {**self.topics, **{name: max(self.topics.get(name, 0), days) for name in topics}},
            min(self.bucket, bucket) if self.pages or self.topics else bucket,
            self.marks,
        )

    def marked(self, marks: Iterable[str], pages: Sequence[str], topics: Sequence[str], *, days: int) -> Need:
        """Return it with the need of pages that have one of these marks."""
        before = ((mark, self.marks.get(mark, Need())) for mark in marks)
        after = {mark: need.more(pages, topics, days=days, bucket=0) for mark, need in before}
        return replace(self, marks={**self.marks, **after})

    def days_of(self, page: str, topics: Iterable[str]) -> int:
        """Return how many days something about a page or some topics is needed; 0 where it is not."""
        return max(self.pages.get(page, 0), *(self.topics.get(topic, 0) for topic in topics), 0)

    @property
    def longest(self) -> int:
        """The most days that anything of it is needed."""
        return max((*self.pages.values(), *self.topics.values()), default=0)


Needs = Mapping[SignalKind, Need]


def with_need(needs: Needs, test: Noticed, names: Iterable[str]) -> Needs:
    """Return the needs with those of one condition, whose pages are called `names`.

    A form that was begun is one until it is sent, so both are needed.
    """
    kinds = (test.kind, SignalKind.FORM_FINISHED) if test.kind is SignalKind.FORM_BEGUN else (test.kind,)
    pages = tuple(names)
    made = dict(needs)
    for kind in kinds:
        before = made.get(kind, Need())
        # What is asked of this session is kept no longer than a session can last.
        days = max(test.days, 1)
        needed = before.more(pages, test.topics, days=days, bucket=test.bucket)
        made[kind] = needed.marked(test.marks, pages, test.topics, days=days)
    return made


def topics_of(signal: Signal, *, catalogue: Catalogue, lexicon: Mapping[str, str]) -> frozenset[str]:
    """Return the topics that a signal is about."""
    if signal.kind is SignalKind.SEARCHED:
        return frozenset(lexicon[word] for word in signal.about.split() if word in lexicon)
    known = catalogue.get(ItemId(signal.about))
    return frozenset() if known is None else frozenset({known.topic})


def told_to_pages(
    needs: Needs,
    *,
    catalogue: Catalogue,
    lexicon: Mapping[str, str],
    sensitive: Collection[ItemId],
    one_name: Callable[[str], str],
    until_ms: int,
) -> bytes:
    """Print what a page may notice: paths to which clicks, reading and forms count, and words of searches;
    paths that may be marked, and the marks.

    It is the same for everyone with the same switches; a page that is in none of its lists notices nothing,
    and none that is sensitive is in any.
    """
    lists: dict[str, canonical.Json] = {}
    for kind, need in needs.items():
        if kind is SignalKind.SEARCHED:
            lists[kind.value] = list[canonical.Json](sorted(lexicon))
            continue
        of_catalogue = {item.id for item in catalogue.items if need.days_of(one_name(item.id), (item.topic,))}
        lists[kind.value] = list[canonical.Json](sorted((of_catalogue | set(need.pages)) - set(sensitive)))
        if need.marks:
            lists["marks"] = list[canonical.Json](sorted(need.marks))
    return canonical.encode({"v": 1, "until_ms": until_ms, **lists})
