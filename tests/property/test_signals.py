"""Whatever pages say that they noticed: what is kept is scrubbed, needed, switched on, and reads back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_client.events import PageViewed, SignalsNoticed
from edge_client.profile import DAY_MS, SESSION_GAP_MS, Profile
from edge_client.rules.collect import Collection
from edge_client.signals.kept import MOST_SIGNALS, KeptSignals
from edge_client.signals.needs import Need
from edge_client.signals.noted import Noted, noted_of
from edge_client.signals.signal import Signal, Switch, is_scrubbed
from edge_client.signals.words import lexicon_of, scrub_query, words_of
from edge_client.telling import after_noticing, after_viewing
from edge_client.wire.noticed import SignalKind
from edge_client.wire.paths import ItemId
from tests.support.pages import numbered

PAGES = numbered(["bins", "bins", "parking", "parking", "grief"])
LEXICON = lexicon_of(PAGES, lambda item: item == "/p/04")
NEEDED = Collection(
    PAGES,
    every_page=30,
    sessions=True,
    signals={
        SignalKind.CLICKED: Need(topics={"bins": 14}),
        SignalKind.READ: Need(pages={"/p/02": 7}, bucket=2),
        SignalKind.SEARCHED: Need(topics={"parking": 1}),
        SignalKind.FORM_BEGUN: Need(pages={"/p/03/apply": 30}),
        SignalKind.MARKED: Need().marked(["audience:tenants"], ["/p/02"], ["bins"], days=9),
    },
    lexicon={word: topic for word, topic in LEXICON.items() if topic == "parking"},
)
typed = st.text(max_size=30) | st.sampled_from(
    ["jane@example.org parking", "parking 485 777 3456", "Parking", "bins", "/p/00", "/p/02", "/p/03/apply"]
)
notes = st.builds(
    Noted,
    st.sampled_from(SignalKind),
    typed | st.sampled_from([f"{item.id}{end}" for item in PAGES.items for end in ("", "/apply", "?q=a#b")]),
    st.integers(0, 40 * DAY_MS),
    st.integers(0, 3),
    st.sampled_from(["", "audience:tenants", "audience:owners"]),
)
gaps = st.sampled_from([1000, SESSION_GAP_MS + 1, 2 * DAY_MS])
off = st.frozensets(st.sampled_from(Switch))


@given(st.lists(st.tuples(gaps, st.lists(notes, max_size=8)), max_size=8), off)
def test_what_is_kept_is_scrubbed_needed_and_switched_on(
    story: list[tuple[int, list[Noted]]], switched_off: frozenset[Switch]
) -> None:
    """After every page: nothing raw, nothing that no rule needs, nothing too old, of a session that was."""
    collection = NEEDED.without(switched_off)
    profile, kept, at_ms = Profile(), KeptSignals(off=switched_off), 40 * DAY_MS
    for gap_ms, noted in story:
        at_ms += gap_ms
        kept = after_noticing(kept, SignalsNoticed(tuple(noted), at_ms), collection, profile=profile)
        for signal in kept.rows:
            assert is_scrubbed(signal.kind, signal.about)
            assert signal.switch not in switched_off
            assert at_ms - signal.at_ms <= collection.days_of_signal(signal) * DAY_MS
            # A page that begins a session says what it is before its own view is told.
            begins = signal.kind is SignalKind.MARKED and profile.starts_session(signal.at_ms)
            assert 0 < signal.session <= profile.last_session + int(begins)
            assert (signal.mark == "audience:tenants") == (signal.kind is SignalKind.MARKED)
            if signal.kind is SignalKind.SEARCHED:
                assert set(signal.about.split()) <= set(collection.lexicon)
        assert KeptSignals.from_bytes(kept.to_bytes()) == kept
        view = PageViewed(ItemId("/p/00"), "en", (), at_ms)
        profile = after_viewing(profile, view, collection, keep_days=30)


rows = st.builds(
    lambda kind, about, at_ms, session, bucket: Signal(
        kind, " ".join(sorted(words_of(about))) or "word", at_ms, session, bucket
    ),
    st.just(SignalKind.SEARCHED),
    st.text(max_size=20),
    st.integers(0, 2**50),
    st.integers(1, 9),
    st.integers(0, 3),
)


@given(st.lists(rows, max_size=20), st.sampled_from(Switch))
def test_a_switch_takes_all_of_its_kind_and_nothing_else(signals: list[Signal], switch: Switch) -> None:
    """Whatever is kept: the rest stays, in its order, and switching on again brings nothing back."""
    kept = KeptSignals()
    for signal in signals:
        kept = kept.with_signal(signal)
    after = kept.switched(switch, on=False)
    assert after.rows == tuple(each for each in kept.rows if each.switch is not switch)
    assert after.switched(switch, on=True).rows == after.rows
    assert len(kept.rows) <= MOST_SIGNALS


@given(query=st.text(max_size=80), known=st.sets(st.text(min_size=1, max_size=12), max_size=8))
def test_of_a_search_nothing_is_left_that_the_site_does_not_say(query: str, known: set[str]) -> None:
    """What is left is among the known words; it holds no digit; and scrubbing it again changes nothing."""
    left = scrub_query(query, known)
    assert set(left) <= known
    assert not any(letter.isdecimal() or letter == "@" for word in left for letter in word)
    assert scrub_query(" ".join(left), known) == left


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from([*SignalKind]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=20,
)


@given(anything)
def test_whatever_a_page_says_is_read_or_left_out(value: object) -> None:
    """Nothing that it says raises."""
    assert all(isinstance(each.about, str) and each.at_ms >= 0 for each in noted_of(value))
