"""Page views as journeys, journeys as pairs of pages, and what each visitor adds to the counts."""

from __future__ import annotations

from typing import Any

import ibis

from model_export.counting.contributions import MOST_PAGES, Limits
from model_export.counting.scale.workshop import Dialect, Workshop
from model_export.counting.visits import MOST_PAGES_A_MINUTE


def hurried(views: Any) -> Any:
    """The `host`s that opened more pages within a minute than a person reads."""
    a_minute = views.group_by("host", minute=views.at // 60).agg(pages=views.count())
    return a_minute.filter(a_minute.pages > MOST_PAGES_A_MINUTE).select("host").distinct()


def steps_of_visitors(views: Any, limits: Limits) -> Any:
    """Page views (`host`, `at`, `number`, `page`) as steps: `unit`, `session`, `place` and `page`.

    A page looked at again straight away is no step.
    """
    in_order = ibis.window(group_by=views.host, order_by=[views.at, views.number])
    beside = views.select(
        "at",
        "page",
        unit=views.host,
        place=ibis.row_number().over(in_order),
        last_at=views.at.lag().over(in_order),
        last_page=views.page.lag().over(in_order),
    )
    begins = beside.last_at.isnull() | (beside.at - beside.last_at > limits.gap_seconds)
    marked = beside.select("unit", "place", "page", "last_page", begins=ibis.ifelse(begins, 1, 0))
    so_far = ibis.window(group_by=marked.unit, order_by=marked.place, preceding=None, following=0)
    counted = marked.mutate(session=marked.begins.sum().over(so_far))
    stepped = (counted.begins == 1) | (counted.page != counted.last_page)
    return counted.filter(stepped).select("unit", "session", "place", "page")


def pairs(steps: Any, limits: Limits, workshop: Workshop) -> Any:
    """Each unit's pairs of pages, each once: `unit`, `source`, `target`, and where made, `at` and `after`.

    `at` is the place of the later page where the pair was first made, `after` of the earlier one.
    """
    made = _whole(steps) if limits.window is None else _within(steps, limits.window, workshop)
    keys = ["unit", "source", "target"]
    first = made.group_by(keys).agg(at=made.at.min())
    named = made.rename(then="at").join(first, [*keys, ibis._.then == first.at])
    return named.group_by(keys).agg(at=named.at.min(), after=named.after.min())


def _whole(steps: Any) -> Any:
    seen = steps.group_by("unit", "session", "page").agg(place=steps.place.min())
    within = ibis.window(group_by=[seen.unit, seen.session], order_by=seen.place)
    ranked = seen.mutate(rank=ibis.row_number().over(within))
    first = ranked.filter(ranked.rank < MOST_PAGES)
    earlier = first.select("unit", "session", source="page", after="place")
    both = first.join(earlier, ["unit", "session", first.place > earlier.after])
    return both.select("unit", "source", "after", target=both.page, at=both.place)


def _within(steps: Any, window: int, workshop: Workshop) -> Any:
    in_order = ibis.window(group_by=[steps.unit, steps.session], order_by=steps.place)
    back = {f"page_{step}": steps.page.lag(step).over(in_order) for step in range(1, window + 1)}
    back |= {f"place_{step}": steps.place.lag(step).over(in_order) for step in range(1, window + 1)}
    beside = steps.select("unit", "place", "page", **back)
    if window > 1:
        beside = workshop.keep("beside", beside)
    made = [
        beside.select(
            "unit",
            source=beside[f"page_{step}"],
            after=beside[f"place_{step}"],
            target=beside.page,
            at=beside.place,
        )
        for step in range(1, window + 1)
    ]
    together = ibis.union(made[0], *made[1:]) if window > 1 else made[0]
    return together.filter(together.source.notnull() & (together.source != together.target))


def add_up_visitors(pairs: Any, limits: Limits, dialect: Dialect) -> Any:
    """What all visitors add to each pair: `source`, `target` and `value`.

    Of a visitor's pairs those of smallest hash count, as
    `model_export.counting.contributions.priority` has it.
    """
    text = pairs.unit + " " + pairs.source + " " + pairs.target
    hashed = pairs.select("unit", "source", "target", priority=dialect.digest(text))
    ranked = hashed.mutate(
        rank=ibis.row_number().over(ibis.window(group_by=hashed.unit, order_by=hashed.priority)),
        number=hashed.count().over(ibis.window(group_by=hashed.unit)),
    )
    kept = ranked.filter(ranked.rank < limits.bound)
    return _sum(kept.mutate(value=_share(kept.number, limits)))


def add_up_sessions(pairs: Any, occurrences: Any, limits: Limits) -> Any:
    """What rows of equal sessions add to each pair, taking turns: `source`, `target` and `value`.

    `occurrences` says how many sessions each `unit` stands for.
    """
    by_place = ibis.window(group_by=pairs.unit, order_by=[pairs.at, pairs.after])
    ranked = pairs.mutate(
        rank=ibis.row_number().over(by_place),
        number=pairs.count().over(ibis.window(group_by=pairs.unit)),
    ).join(occurrences, "unit")
    taken = ibis.least(ranked.number, ibis.literal(limits.bound, "int64"))
    turns = ranked.occurrences * taken
    times = turns // ranked.number + ibis.ifelse(ranked.rank < turns % ranked.number, 1, 0)
    return _sum(ranked.mutate(value=times * _share(ranked.number, limits)))


def _share(number: Any, limits: Limits) -> Any:
    if limits.parts == 1:
        return ibis.literal(1, "int64")
    return ibis.literal(limits.parts, "int64") // ibis.least(number, ibis.literal(limits.bound, "int64"))


def _sum(added: Any) -> Any:
    total = added.group_by("source", "target").agg(value=added.value.sum())
    return total.filter(total.value > 0)
