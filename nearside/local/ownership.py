"""Whose a state folder is: a deployment starts in its own, or in a new one, and nobody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from consent_ledger.errors import Refused

SERVICES: Final = ("journal", "objects", "services")
"""What MiniStack keeps of tables, buckets, keys and queues."""

OURS: Final = (
    "calls.json", "demo", "format.json", "functions.log", "functions.log.1", "issuer", "lock",
    "ministack.lock", "ministack.log", "ministack.pid", "people.json", "people.lock", "running.json",
    "schedules.json", *SERVICES,
)  # fmt: skip
"""Every name that a deployment or a demo of ours writes into its state folder."""

PRIVATE_FOLDER: Final = 0o700
"""The mode of a folder that its owner alone may enter."""

DRAFTS: Final = (".new", ".tmp")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def of_others(state: Path) -> list[str]:
    """Name what lies in the folder and is not ours, in order."""
    drafts = {f"{name}{ending}" for name in OURS for ending in DRAFTS}
    return sorted(each.name for each in state.iterdir() if each.name not in {*OURS, *drafts})


def check_ours(state: Path) -> None:
    """Raise `Refused` for a folder that is, or may have become, somebody else's, with what to do about it.

    One that is not there, is empty, or holds what a start of ours left, is ours. Raises `OSError` for one
    that cannot be read.
    """
    try:
        found = state.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise Refused("state: it is a file; name a folder with --state")
    if found.st_uid != os.geteuid():
        raise Refused("state: the folder belongs to another user; run as that user, or name another --state")
    if not (state / "format.json").exists() and (others := of_others(state)):
        raise Refused(
            f"state: the folder is no deployment's, and holds {others[0]}; name a new one with --state"
        )
    # Only now: nobody is told to take the rights to a folder that everybody uses from others.
    if found.st_mode & _OTHERS_WRITE and any(state.iterdir()):
        raise Refused(
            "state: other users may write to the folder; look whether all in it is yours, then chmod 700 it"
        )


def keep_private(state: Path) -> None:
    """Let nobody but its owner enter the folder: it holds private keys. Raises `OSError`."""
    if state.stat().st_mode & _OTHERS:
        state.chmod(PRIVATE_FOLDER)
