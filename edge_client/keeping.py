"""This device's own storage: how what a session wants kept is kept, and read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar, assert_never

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.canary import Arm
from edge_client.consent import ConsentBook
from edge_client.contributing import LEARN
from edge_client.decided import Decided
from edge_client.effects import (
    EraseArm,
    EraseDecided,
    EraseProfile,
    EraseReporter,
    EraseSignals,
    EraseTold,
    SaveArm,
    SaveBook,
    SaveDecided,
    SaveProfile,
    SaveReporter,
    SaveSignals,
    SaveTold,
    Storing,
)
from edge_client.ports import Host, Unkept
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.session import SUGGEST, Session
from edge_client.signals.kept import KeptSignals
from edge_client.told import Told

T = TypeVar("T")
_COVERED_BY: Final[Mapping[str, tuple[Callable[[bytes], object], tuple[str, ...]]]] = {
    "profile": (Profile.from_bytes, (SUGGEST, LEARN)),
    "told": (Told.from_bytes, (SUGGEST,)),
    "signals": (KeptSignals.from_bytes, (SUGGEST, LEARN)),
    "decided": (Decided.from_bytes, (SUGGEST,)),
    "reporter": (Reporter.from_bytes, (LEARN,)),
    "arm": (Arm.from_bytes, (SUGGEST,)),
}

_KEPT_BY: Final[Mapping[str, tuple[type, ...]]] = {
    "profile": (SaveProfile, EraseProfile),
    "told": (SaveTold, EraseTold),
    "signals": (SaveSignals, EraseSignals),
    "decided": (SaveDecided, EraseDecided),
    "reporter": (SaveReporter, EraseReporter),
    "arm": (SaveArm, EraseArm),
}


async def store(effect: Storing, host: Host) -> None:
    """Keep or remove what one effect names."""
    match effect:
        case SaveProfile(profile):
            await host.save("profile", profile.to_bytes())
        case SaveTold(told):
            await host.save("told", told.to_bytes())
        case SaveDecided(decided):
            await host.save("decided", decided.to_bytes())
        case SaveSignals(signals):
            await host.save("signals", signals.to_bytes())
        case EraseSignals():
            await host.erase("signals")
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
    """Return what was kept under `kind`; without what cannot be read, so that the page always works.

    What is damaged is dropped. What says which version it has was written by another version of this
    software, whose pages may be open as well, or come later: it stays until something is kept in its place.
    """
    raw = await host.load(kind)
    if raw is None:
        return None
    found = _read(parse, raw)
    if found is None and not _says_its_version(raw):
        await host.erase(kind)
    return found


async def forget_unkept(effects: Iterable[object], host: Host) -> None:
    """Remove what was to be kept anew or erased, where the storage took nothing: what is still there is what
    the citizen wants forgotten. The book stays: the same wish is told again until it is taken in."""
    for effect in effects:
        kind = next((kind for kind, types in _KEPT_BY.items() if isinstance(effect, types)), None)
        if kind is not None:
            with suppress(Unkept):
                await host.erase(kind)


async def erase_unread(book: ConsentBook, host: Host, *, is_cleared: bool) -> None:
    """Remove what no consent covers any more, and what cannot be read where the citizen has all forgotten.

    A session forgets only what it knows of: not what it cannot read, nor what is there under a lost book.
    """
    for kind, (parse, purposes) in _COVERED_BY.items():
        is_covered = any(book.allows(purpose) for purpose in purposes)
        if is_cleared or not is_covered:
            raw = await host.load(kind)
            if raw is not None and (not is_covered or _read(parse, raw) is None):
                await host.erase(kind)


def _read(parse: Callable[[bytes], T], raw: bytes) -> T | None:
    try:
        return parse(raw)
    except (Malformed, Untrue, Refused):
        return None


def _says_its_version(raw: bytes) -> bool:
    head, *_ = raw.split(b"\n")
    try:
        version = canonical.decode_object(head).get("v")
    except Malformed:
        return False
    return isinstance(version, int) and not isinstance(version, bool)


async def as_kept(session: Session, host: Host) -> Session:
    """Return the session with everything that this device keeps of it."""
    return replace(
        session,
        book=await load("book", ConsentBook.from_bytes, host) or ConsentBook(),
        profile=await load("profile", Profile.from_bytes, host) or Profile(),
        told=await load("told", Told.from_bytes, host) or Told(),
        signals=await load("signals", KeptSignals.from_bytes, host) or KeptSignals(),
        decided=await load("decided", Decided.from_bytes, host) or Decided(),
        reporter=await load("reporter", Reporter.from_bytes, host),
        arm=await load("arm", Arm.from_bytes, host),
    )
