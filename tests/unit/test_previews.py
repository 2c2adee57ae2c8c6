"""A preview: what a link says, who the persona is, and that the stage neither keeps nor sends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.record import Gpc
from edge_client.canary import ModelName
from edge_client.device import Device
from edge_client.dice import Chance
from edge_client.events import ChoiceMade, ErasureAsked, ItemDismissed, PageViewed, ProfileAsked
from edge_client.preview.persona import Persona, read_personas
from edge_client.preview.stage import NOBODY, StagedHost, staged
from edge_client.preview.token import FRAGMENT, MAX_TOKEN_CHARS, Preview, note_of, sorted_codes
from edge_client.preview.traced import traced
from edge_client.profile import DAY_MS
from edge_client.signals.kept import KeptSignals
from edge_client.wire.paths import ItemId
from tests.support.city import CONTROLLER, NOW_MS, NOW_S, SITE, City, notice
from tests.support.pair import PairedHost, Services, seeded

DEMO = Path(__file__).resolve().parent.parent.parent / "demo/agency/personas.json"
SIGNER = Ed25519Signer.from_seed("smallville.example/previews", bytes(32))
MINUTE_MS = 60_000
MOVER: dict[str, Any] = {
    "name": "mover",
    "visits": [["/moving/checklist", 2880], ["/moving/address", 2875], ["/bins/new", 20]],
    "answers": {"household": "large"},
    "signals": [["read", "/moving/checklist", 2879, 2]],
}


def mover(**changes: Any) -> Persona:
    return Persona.from_value({**MOVER, **changes})


def preview(**changes: Any) -> Preview:
    return replace(Preview(SITE, NOW_S + 3600, mover()), **changes)


def test_a_link_says_what_was_signed_and_nothing_else() -> None:
    """What is behind the sign opens to the same preview, under a signature that holds over all of it."""
    said = preview(at="2027-04-05T09:00", codes=("ward:a", "ward:b"), variant=ModelName.TRIAL)
    fragment = said.signed(SIGNER)
    assert fragment.startswith(FRAGMENT)
    note = note_of(fragment)
    verify_claims(note.claims((SIGNER.key,)))
    assert Preview.parse(note.text) == said
    other = Ed25519Signer.from_seed("smallville.example/previews", b"o" * 32)
    with pytest.raises(Untrue):
        note.claims((other.key,))


@pytest.mark.parametrize(
    "fragment",
    ["", "#main", FRAGMENT, FRAGMENT + "a b", FRAGMENT + "YWJj", FRAGMENT + "a" * (MAX_TOKEN_CHARS + 1)],
)
def test_what_is_no_link_is_refused(fragment: str) -> None:
    """Another fragment, none, one that is no note, or longer than any."""
    with pytest.raises(Malformed):
        note_of(fragment)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"site": "Small Ville"},
        {"expires": -1},
        {"at": "tomorrow"},
        {"at": "2027-04-05T09:00:00"},
        {"codes": ["ward:b", "ward:a"]},
        {"variant": "best"},
        {"more": 1},
    ],
)
def test_a_preview_is_read_strictly(changes: dict[str, Any]) -> None:
    """A field of another kind, out of order or too many."""
    value = json.loads(str(preview()).split("\n")[1])
    text = f"nearside preview {SITE}\n{canonical.encode({**value, **changes}).decode()}\n"
    with pytest.raises(Malformed):
        Preview.parse(text)


def test_the_first_line_names_the_site_that_is_signed() -> None:
    """A note whose first line says another site than its JSON is none."""
    with pytest.raises(Malformed):
        Preview.parse(str(preview()).replace(f"nearside preview {SITE}", "nearside preview elsewhere"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"visits": [["/a?b=c", 1]]},
        {"visits": [["/a", -1]]},
        {"visits": [["/a", 1], ["/b", 2]]},
        {"visits": [["/a", True]]},
        {"answers": {"household": "not a name"}},
        {"signals": [["searched", "Jane Doe", 1, 0]]},
        {"signals": [["guessed", "/a", 1, 0]]},
        {"signals": [["marked", "/a", 1, 0]]},
        {"signals": [["marked", "/a", 1, 0, "audience:Jane Doe"]]},
        {"signals": [["read", "/a", 1, 1, "audience:tenants"]]},
        {"email": "somebody"},
    ],
)
def test_a_persona_is_read_strictly(changes: dict[str, Any]) -> None:
    """No more than a device would keep of a citizen, and in the order of time."""
    with pytest.raises(Malformed):
        mover(**changes)


def test_a_persona_prints_back() -> None:
    """What is read is what is printed."""
    assert mover().to_value() == MOVER


def test_a_persona_can_have_seen_a_page_that_says_what_it_is() -> None:
    """As a device would keep it, in the session of its visit."""
    signs = [["marked", "/a", 20, 0, "audience:tenants"]]
    persona = mover(signals=signs)
    assert persona.to_value() == {**MOVER, "signals": signs}
    (signal,) = KeptSignals.from_bytes(persona.kept(NOW_MS)["signals"]).rows
    assert (signal.mark, signal.session) == ("audience:tenants", 2)


def test_visits_fall_into_sessions_as_on_a_device() -> None:
    """A gap of half an hour begins another."""
    assert [visit.session for visit in mover().profile(NOW_MS).visits] == [1, 1, 2]
    assert mover().profile(NOW_MS).last_ms == NOW_MS - 20 * MINUTE_MS


def test_a_file_has_each_name_once() -> None:
    """The demo's own personas are read; a name that is there twice is refused."""
    named = read_personas(canonical.encode(json.loads(DEMO.read_text())))
    assert list(named) == ["newcomer", "business", "parking", "family"]
    with pytest.raises(Malformed):
        read_personas(canonical.encode({"v": 1, "personas": [MOVER, MOVER]}))


def test_codes_are_each_there_once() -> None:
    """In the order in which a token has them."""
    assert sorted_codes(["ward:b", "ward:a", "ward:b"]) == ("ward:a", "ward:b")


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    made.publish()
    return made


def begin(
    city: City, said: Preview | None = None, *, shift_ms: int = 0
) -> tuple[PairedHost, Device, StagedHost]:
    """Open a stage over a citizen's own host, which records what is asked of it."""
    host = PairedHost(Services(city, now_ms=lambda: NOW_MS))
    device, stage = asyncio.run(
        staged(
            said or preview(),
            host,
            shift_ms=shift_ms,
            trust=city.trust,
            controller=CONTROLLER,
            chance=Chance(seeded(1), seeded(2)),
        )
    )
    return host, device, stage


def look(device: Device, at_ms: int) -> None:
    asyncio.run(device.feed(PageViewed(ItemId("/"), "en", (), at_ms)))


def test_a_persona_gets_the_plan_that_a_citizen_would(city: City) -> None:
    """The real engine decides, from the persona's visits: what was looked at is not suggested again."""
    host, device, _ = begin(city)
    look(device, NOW_MS)
    plan = json.loads(next(raw for kind, raw in host.shown if kind == "plan"))
    items = {item for item, *_ in plan["items"]}
    assert items
    assert not items & {"/moving/checklist", "/moving/address", "/bins/new"}
    assert len(plan["pages"]["/"]["home"]) == 3


def test_nothing_is_kept_and_nothing_is_sent(city: City) -> None:
    """Whatever happens on the stage, its citizen's own host keeps what it kept, signs nothing and is asked
    for nothing but the site's public files."""
    host, device, stage = begin(city)
    host.kept["profile"] = b"the citizen's own"
    before = dict(host.kept)
    look(device, NOW_MS)
    everything = ("suggest", "learn")
    for event in (
        ItemDismissed(ItemId("/parking/permit"), NOW_MS),
        ChoiceMade(frozenset(everything), notice(), Gpc.ABSENT, NOW_MS),
        PageViewed(ItemId("/parking/rules"), "en", (), NOW_MS + DAY_MS),
        ErasureAsked(),
        ProfileAsked(),
        ChoiceMade(frozenset(), notice(), Gpc.ABSENT, NOW_MS + 1),
    ):
        asyncio.run(device.feed(event))
    assert host.kept == before
    assert {request.method for request in host.wire} == {"GET"}
    assert all(request.path.startswith(f"/nearside/{SITE}/") for request in host.wire)
    assert device.session.terms.subject_key == NOBODY
    assert "book" in stage.kept


@pytest.mark.parametrize("shift_ms", [200 * DAY_MS, -200 * DAY_MS, 3000 * DAY_MS])
def test_the_clock_is_the_previews_and_the_bundle_is_todays(city: City, shift_ms: int) -> None:
    """Before the bundle's first day, and long after its last, it is used as it is live now; the persona's
    visits are as far behind the preview's time as they were."""
    host, device, stage = begin(city, shift_ms=shift_ms)
    assert asyncio.run(stage.now_ms()) == NOW_MS + shift_ms
    look(device, NOW_MS + shift_ms)
    assert any(kind == "plan" for kind, _ in host.shown)
    assert device.session.profile.visits[0].at_ms == NOW_MS + shift_ms - 2880 * MINUTE_MS


def test_a_variant_needs_a_model_on_trial(city: City) -> None:
    """Where there is none, nothing is shown in its place."""
    with pytest.raises(Refused):
        begin(city, preview(variant=ModelName.TRIAL))


def test_a_trace_is_the_decisions_own(city: City) -> None:
    """What it says is placed is what the plan shows, in its order; each step takes from what the one before
    left."""
    host, device, stage = begin(city)
    look(device, NOW_MS)
    plan = json.loads(next(raw for kind, raw in host.shown if kind == "plan"))
    said = json.loads(asyncio.run(traced(device.session, stage)))
    assert said["given"] == ["suggest"]
    assert said["kept"]["profile"] == len(stage.kept["profile"])
    home = next(slot for slot in said["slots"] if (slot["page"], slot["slot"]) == ("/", "home"))
    shown = [plan["items"][place][0] for place, _, _ in plan["pages"]["/"]["home"]]
    assert [item for item, *_ in home["placed"]] == shown
    assert [reason for *_, reason, _ in home["placed"]] == [
        reason for _, reason, _ in plan["pages"]["/"]["home"]
    ]
    left = None
    for _, came, went in home["steps"]:
        assert left is None or came == left
        left = came - sum(went.values())
    assert left == len(shown)
    about = {item.id: item.topic for item in device.session.bundle.catalogue.items}
    assert [topic for *_, topic in home["placed"]] == [about[item] for item in shown]


def test_what_was_not_decided_has_no_trace(city: City) -> None:
    """Without a decision, and where what was kept does not come out as it did."""
    _, device, stage = begin(city)
    assert json.loads(asyncio.run(traced(device.session, stage)))["slots"] == []
    look(device, NOW_MS)
    line = device.session.decided.lines[-1]
    forged = replace(line, text=line.text.replace(b'"seed":"', b'"seed":"00', 1))
    session = replace(device.session, decided=replace(device.session.decided, lines=(forged,)))
    assert json.loads(asyncio.run(traced(session, stage)))["slots"] == []
