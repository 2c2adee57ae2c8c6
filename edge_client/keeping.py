"""This device's own storage: how what a session wants kept is kept, and read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, assert_never

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.canary import Arm
from edge_client.consent import ConsentBook
from edge_client.decided import Decided
from edge_client.effects import (
    EraseArm,
    EraseDecided,
    EraseProfile,
    EraseReporter,
    EraseTold,
    SaveArm,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SaveTold,
    Storing,
)
from edge_client.ports import Host
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.session import Session
from edge_client.told import Told

T = TypeVar("T")


async def store(effect: Storing, host: Host) -> None:
    """Keep or remove what one effect names."""
    match effect:
        case SaveProfile(profile):
            await host.save("profile", profile.to_bytes())
        case SaveTold(told):
            await host.save("told", told.to_bytes())
        case SaveDecided(decided):
            await host.save("decided", decided.to_bytes())
        case SaveReporter(reporter):
            await host.save("reporter", reporter.to_bytes())
        case SaveBook(book):
            await host.save("book", book.to_bytes())
        case SaveArm(arm):
            await host.save("arm", arm.to_bytes())
        case EraseProfile():
            await host.erase("profile")
        case EraseTold():
            await host.erase("told")
        case EraseDecided():
            await host.erase("decided")
        case EraseReporter():
            await host.erase("reporter")
        case EraseArm():
            await host.erase("arm")
        case _:
            assert_never(effect)


async def load(kind: str, parse: Callable[[bytes], T], host: Host) -> T | None:
    """Return what was kept under `kind`; what cannot be read is dropped, so that the page always works."""
    raw = await host.load(kind)
    if raw is None:
        return None
    try:
        return parse(raw)
    except (Malformed, Untrue, Refused):
        await host.erase(kind)
        return None


async def as_kept(session: Session, host: Host) -> Session:
    """Return the session with everything that this device keeps of it."""
    return replace(
        session,
        book=await load("book", ConsentBook.from_bytes, host) or ConsentBook(),
        profile=await load("profile", Profile.from_bytes, host) or Profile(),
        told=await load("told", Told.from_bytes, host) or Told(),
        decided=await load("decided", Decided.from_bytes, host) or Decided(),
        reporter=await load("reporter", Reporter.from_bytes, host),
        arm=await load("arm", Arm.from_bytes, host),
    )
