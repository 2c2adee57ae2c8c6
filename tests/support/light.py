"""Devices without a model, worked out by the device's own Python: what its JavaScript is held to.

A world is a site's catalogue, rules and archetypes (`tests/support/light_sites.py`); a device is what it
keeps, and the page that it looks at (`tests/support/light_days.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from consent_ledger.errors import Refused
from consent_ledger.record import Gpc
from edge_client import events
from edge_client.bundle import Bundle
from edge_client.choosing import ConsentTerms
from edge_client.decided import Decided
from edge_client.decision import Decision, Outcome, prepare, reason_of, work_out
from edge_client.dice import dice_of
from edge_client.effects import AskScores, Effect, ShowCollection, ShowPlan
from edge_client.known import known_of
from edge_client.profile import Profile
from edge_client.rules.compile import check_rules
from edge_client.rules.facts import Context
from edge_client.session import Session
from edge_client.shown import Shown
from edge_client.signals.kept import KeptSignals
from edge_client.signals.noted import noted_of
from edge_client.signals.signal import Switch
from edge_client.told import Stance, Told
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.audience import CameFrom, DeviceClass
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from edge_client.wishes import ItemWanted
from tests.support.bundles import bundle_of
from tests.support.city import CONTROLLER, notice_value
from tests.support.pages import chance

SEED = bytes(16)
FIRST_SLOTS = 3
NOTHING_KEPT = {"profile": None, "told": None, "signals": None, "shown": None}


def opened(value: dict[str, Any]) -> Bundle:
    """Return a world as a device has it."""
    pages, rules = Catalogue.parse(value["catalogue"].encode()), Rules.parse(value["rules"].encode())
    groups = value["archetypes"]
    bundle = bundle_of(pages=pages, rules_=rules, version=value["version"], expires=value["expires"])
    return replace(bundle, archetypes=None if groups is None else Archetypes.parse(groups.encode()))


def verdict(value: dict[str, Any]) -> str:
    """Say whether the rules of a world may be used."""
    bundle = opened(value)
    try:
        check_rules(bundle.rules, bundle.catalogue, bundle.archetypes)
    except Refused:
        return "Refused"
    return "sound"


def decided(bundle: Bundle, kept: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Work out what a device shows that asks no model, and of its first slots how each came out."""
    question = prepare(
        _view(view),
        profile=Profile() if kept["profile"] is None else Profile.from_bytes(kept["profile"].encode()),
        told=Told() if kept["told"] is None else Told.from_bytes(kept["told"].encode()),
        shown=Shown() if kept["shown"] is None else Decided.from_bytes(kept["shown"].encode()).shown,
        bundle=bundle,
        signals=() if kept["signals"] is None else KeptSignals.from_bytes(kept["signals"].encode()).rows,
    )
    asked, outcome = without_model(question, bundle)
    return {
        "plan": outcome.plan.to_bytes(bundle.catalogue).decode(),
        "offers": [
            [
                [
                    None if offer.rule is None else offer.rule.name,
                    offer.index,
                    None if offer.out is None else offer.out.value,
                ]
                for offer in filled.offers
            ]
            for filled in outcome.filled[:FIRST_SLOTS]
        ],
        "reasons": [
            [
                [reason.kind.value, reason.because, list(reason.named)]
                for placed in filled.placed
                for reason in [reason_of(placed, each, bundle)]
            ]
            for each, filled in zip(asked.asked[:FIRST_SLOTS], outcome.filled, strict=False)
        ],
    }


def without_model(question: Decision, bundle: Bundle) -> tuple[Decision, Outcome]:
    """Decide as where no slot may ask the model."""
    asked = replace(question, asked=tuple(replace(each, needs_model=False) for each in question.asked))
    return asked, work_out(asked, (), bundle=bundle, hidden=dice_of(SEED))


def walked(value: dict[str, Any], steps: list[list[Any]]) -> list[dict[str, Any]]:
    """Take a device through some steps; say after each what it keeps, and what pages are told."""
    session = Session(ConsentTerms(CONTROLLER, bytes(32)), chance(visible=1, hidden=2))
    states: list[dict[str, Any]] = []
    for kind, what, at_ms in steps:
        session, effects = session.receive(_event(kind, what, at_ms, value))
        shown: list[list[str]] = []
        for effect in effects:
            session, said = _performed(session, effect)
            shown += said
        states.append(
            {
                "kept": _kept(session),
                "known": known_of(session, session.profile).decode(),
                "choices": dict(session.book.choices),
                "shown": shown,
            }
        )
    return states


def _performed(session: Session, effect: Effect) -> tuple[Session, list[list[str]]]:
    bundle = session.bundle
    match effect:
        case ShowCollection(collection) if bundle is not None:
            return session, [["collect", collection.for_pages(bundle.manifest.expires * 1000).decode()]]
        case AskScores() if bundle is not None and session.question is not None:
            _, outcome = without_model(session.question, bundle)
            plan = outcome.plan.to_bytes(bundle.catalogue).decode()
            return replace(session, question=None), [["plan", plan]]
        case ShowPlan():
            raise AssertionError("nothing scored")
        case _:
            return session, []


def _kept(session: Session) -> dict[str, str | None]:
    both = {
        "profile": (session.profile.to_bytes(), Profile().to_bytes()),
        "told": (session.told.to_bytes(), Told().to_bytes()),
        "signals": (session.signals.to_bytes(), KeptSignals().to_bytes()),
        "shown": (Decided(shown=session.decided.shown).to_bytes(), Decided().to_bytes()),
    }
    return {name: None if now == nothing else now.decode() for name, (now, nothing) in both.items()}


def _event(kind: str, what: Any, at_ms: int, value: dict[str, Any]) -> events.Event:
    match kind:
        case "choice":
            notice = Notice.from_value(notice_value())
            return events.ChoiceMade(frozenset(what["given"]), notice, Gpc(what["gpc"]), at_ms)
        case "bundle":
            return events.BundleOpened(opened({**value, **what}))
        case "view":
            return _view({**what, "at": at_ms})
        case "dismissed":
            return events.ItemDismissed(ItemId(what), at_ms)
        case "wanted":
            return ItemWanted(ItemId(what), at_ms)
        case "noticed":
            return events.SignalsNoticed(noted_of(what), at_ms)
        case "said" if what["type"] == "answer":
            return events.QuestionAnswered(
                what["question"], what["option"], at_ms, in_flow=what.get("in_flow") is True
            )
        case "said" if what["type"] == "topic":
            stance = None if what["stance"] is None else Stance(what["stance"])
            return events.TopicTold(what["topic"], stance, at_ms)
        case "said" if what["type"] == "pin":
            return events.ItemPinned(what["slot"], ItemId(what["item"]), at_ms)
        case "said":
            return events.ItemUnpinned(ItemId(what["item"]), at_ms)
        case "switched" if "days" in what:
            return events.RetentionChosen(Switch(what["kind"]), what["days"], at_ms)
        case "switched":
            return events.NoticingSwitched(Switch(what["kind"]), on=what["on"], at_ms=at_ms)
        case "grouped":
            return events.GroupingSwitched(on=what)
        case "another":
            return events.ForSomeoneElse(at_ms, what)
        case "unseen":
            return events.ItemForgotten(ItemId(what), at_ms)
        case "cleared":
            return events.ProfileCleared(at_ms)
        case _:
            raise AssertionError(kind)


def _view(what: dict[str, Any]) -> events.PageViewed:
    context = what["context"]
    return events.PageViewed(
        ItemId(what["item"]),
        what["lang"],
        tuple(map(ItemId, what["links"])),
        what["at"],
        tuple(map(ItemId, what["shown"])),
        Context(
            context["hour"],
            None if context["device"] is None else DeviceClass(context["device"]),
            None if context["came_from"] is None else CameFrom(context["came_from"]),
        ),
        tuple(map(ItemId, what.get("reminded", ()))),
    )
