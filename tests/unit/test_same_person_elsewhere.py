"""The same profile at another moment: on another device, at another hour, in a visit about something new."""

from __future__ import annotations

import pytest

from edge_client.explanation import ReasonKind
from edge_client.profile import DAY_MS
from edge_client.rules.facts import Context
from edge_client.wire.audience import DeviceClass
from edge_client.wire.paths import ItemId
from tests.support.city import NOW_MS
from tests.support.deciding import BINS, HOUR_MS, at_home, looked, out_of, reasons
from tests.support.ruled import DEFINITIONS, condition, only, rule, slot, visited

ON_THE_WAY, AT_NIGHT = "/bins/missed", "/housing/repairs"
MOMENTS = only(
    rule("on-the-way", when="phone", items=[ON_THE_WAY]),
    rule("at-night", when="evening", items=[AT_NIGHT]),
    slots=[slot("home", ["/"], count=1, level="rules", per_topic=1)],
)
LEAD = only(
    rule("parks-often", when="parks", items=[AT_NIGHT]),
    rule("begins-business", when="now-business", items=["/business/food-licence"], rung="task"),
    definitions=[
        *DEFINITIONS,
        condition("now-business", visited(topics=["business"], least=3, days=0, sessions=1)),
    ],
    slots=[slot("home", ["/"], count=1, level="rules", per_topic=1)],
)


@pytest.mark.parametrize(
    ("device", "hour", "shown"),
    [
        (DeviceClass.PHONE, 9, ON_THE_WAY),
        (DeviceClass.DESKTOP, 20, AT_NIGHT),
        (DeviceClass.TABLET, 9, None),
        (None, None, None),
    ],
)
def test_another_device_or_hour_shows_something_else_and_says_so(
    device: DeviceClass | None, hour: int | None, shown: str | None
) -> None:
    """One profile, three moments, three home pages; without any the server's own content stays."""
    outcome = out_of(MOMENTS, looked("/parking/rules", BINS), context=Context(hour=hour, device=device))
    assert at_home(outcome) == ([] if shown is None else [shown])
    assert reasons(outcome) == ({} if shown is None else {shown: (ReasonKind.CONTEXT, None)})


def test_three_pages_of_this_visit_outweigh_a_long_history() -> None:
    """Twenty visits about parking; then somebody begins a business, and the third page of that leads."""
    history = looked(*["/parking/rules", "/parking/permit"] * 10, gap_ms=DAY_MS // 4)
    assert history.last_session == 20
    leads = []
    pages = ("/business/start", "/business/food-licence", "/business/start")
    profile = history
    for minute, page in enumerate(pages):
        at_ms = NOW_MS + HOUR_MS + minute * 60_000
        profile = profile.met(at_ms, None).visited(ItemId(page), at_ms=at_ms, keep_days=90)
        leads.append(at_home(out_of(LEAD, profile, page=ItemId(page))))
    assert leads == [[AT_NIGHT], [AT_NIGHT], ["/business/food-licence"]]
