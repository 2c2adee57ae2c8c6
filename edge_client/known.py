"""What this device knows, said for the citizen's eyes."""

from __future__ import annotations

from collections.abc import Callable

from consent_ledger import canonical
from edge_client.archetype import described
from edge_client.canary import tried
from edge_client.contributing import LEARN
from edge_client.profile import Profile
from edge_client.rules.collect import collection_of
from edge_client.session import SUGGEST, Session
from edge_client.signals.signal import Signal, Switch
from edge_client.wire.catalogue import page_above
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId


def known_of(session: Session, profile: Profile, levels: canonical.Json = None) -> bytes:
    """Print what the page's panel reads: what was seen, with titles from the catalogue where there is one;
    what pages noticed beside, and what they may notice, for how many days at most; what was told; whether a
    model is on trial here; and which pages the recent ones are like. With `levels` (`edge_client.levels`)
    it says these, too: a device without Python has none."""
    bundle = session.bundle

    def title(item: ItemId) -> str:
        # A step below a page, such as its form, has no title of its own.
        page = page_above(item, bundle.catalogue) if bundle else None
        known = bundle.catalogue.get(page) if bundle and page else None
        return known.title if known else item

    visits: list[canonical.Json] = [[visit.item, title(visit.item), visit.at_ms] for visit in profile.visits]
    dismissed: list[canonical.Json] = [[item, title(item)] for item in sorted(profile.dismissed)]
    groups = described(profile, bundle, session.told) if bundle and session.book.allows(SUGGEST) else None
    more: dict[str, canonical.Json] = {
        "trial": None if bundle is None else tried(session.arm, bundle.canary),
        "archetype": groups,
        "switches": _switches(session),
    }
    more |= {} if levels is None else {"levels": levels}
    noticed: list[canonical.Json] = [
        [
            signal.kind.value,
            signal.about,
            _said(signal, title),
            signal.at_ms,
            signal.bucket,
            *([signal.mark] if signal.mark else []),
        ]
        for signal in session.signals.rows
    ]
    topics = session.told.topics.items()
    told: dict[str, canonical.Json] = {
        "noticed": noticed,
        "answers": dict(session.told.answers),
        "ends": dict(session.told.ends_ms),
        "topics": [[topic, stance.value, _such(topic, session)] for topic, stance in topics],
        "pinned": [[item, title(item)] for items in session.told.pins.values() for item in items],
    }
    return canonical.encode({"visits": visits, "dismissed": dismissed, **told, **more})


def _such(topic: str, session: Session) -> str:
    """Return the title of a page that a topic is about, in the page's language if there is one."""
    lang = session.view.lang if session.view else None
    items = [item for item in session.bundle.catalogue.items if item.topic == topic] if session.bundle else []
    return min(items, key=lambda item: item.lang != lang).title if items else ""


def _said(signal: Signal, title: Callable[[ItemId], str]) -> str:
    return signal.about if signal.kind is SignalKind.SEARCHED else title(ItemId(signal.about))


def _switches(session: Session) -> canonical.Json:
    """Say of each kind whether the citizen lets it be noticed, and for how many days at most it is kept: 0
    where no rule needs it; then for how many at most the citizen lets it be kept, None for as many. None
    where nothing is noticed at all."""
    bundle, suggests, learns = session.bundle, session.book.allows(SUGGEST), session.book.allows(LEARN)
    if bundle is None or not (suggests or learns):
        return None
    days = collection_of(bundle, suggests=suggests, learns=learns).days_by_switch()
    kept = session.signals
    return [
        [switch.value, switch not in kept.off, days[switch], kept.most_days.get(switch)] for switch in Switch
    ]
