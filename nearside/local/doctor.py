"""Whether this machine can run a deployment, and what to do where it cannot."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from consent_ledger.errors import Malformed, Refused
from nearside.local.claims import Running, check_format, find_running, is_claimed, listening
from nearside.local.last_runs import SCHEDULES, read_last_runs
from nearside.local.ministack import check_state
from nearside.local.ownership import check_ours
from nearside.local.unsaved import unsaved_of
from nearside.settings import Settings

PYTHON: Final = (3, 11)
NODE: Final = 20
LEAST_FREE: Final = 1024**3
LITTLE_FREE: Final = 5 * 1024**3
LEAST_FILES: Final = 1024
BUILT: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right is before what it runs."""

_PIN: Final = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\]+))?", re.M
)


class Verdict(StrEnum):
    """How bad a finding is."""

    FINE = "ok"
    WARNS = "warning"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and found; `remedy` is empty where nothing is wrong."""

    about: str
    verdict: Verdict
    said: str
    remedy: str = ""


def examine(state: Path, *, port: int, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything that a deployment needs, changing nothing."""
    yield judge_python(sys.version_info[:2])
    yield judge_node(_version_of("node"))
    yield judge_chromium(settings.chromium)
    yield _ministack(settings)
    for lock, python in (("main.txt", None), ("ministack.txt", settings.ministack)):
        yield _packages(settings.project / "requirements" / lock, python)
    yield judge_disk(shutil.disk_usage(_nearest(state)).free)
    yield judge_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield judge_clock(now, newest=_newest(state))
    yield _port(port, state)
    yield _state(state)
    if (running := find_running(state)) is not None:
        yield judge_unsaved(running)


def judge_python(found: tuple[int, ...]) -> Finding:
    """Python 3.11 or later."""
    said = ".".join(map(str, found))
    if found >= PYTHON:
        return Finding("python", Verdict.FINE, said)
    return Finding("python", Verdict.BLOCKS, said, "install Python 3.11 or later, and run make setup")


def judge_node(found: str | None) -> Finding:
    """Node, which only builds and tests need."""
    major = re.match(r"v?([0-9]+)", found or "")
    if major and int(major[1]) >= NODE:
        return Finding("node", Verdict.FINE, str(found))
    remedy = f"install Node {NODE} or later; make setup needs it to build what devices load"
    return Finding("node", Verdict.BLOCKS, found or "not found", remedy)


def judge_chromium(found: Path | None) -> Finding:
    """A Chromium, which only the headless demo and browser tests need."""
    if found:
        return Finding("chromium", Verdict.FINE, found.name)
    remedy = "run make chromium, or name one in NEARSIDE_CHROMIUM; only demo --headless and tests need it"
    return Finding("chromium", Verdict.WARNS, "not found", remedy)


def judge_disk(free: int) -> Finding:
    """Room for the state: what cannot be kept is not acknowledged."""
    said = f"{free / 1024**3:.1f} GiB free"
    if free < LEAST_FREE:
        return Finding("disk", Verdict.BLOCKS, said, "make room, or name a folder elsewhere with --state")
    if free < LITTLE_FREE:
        return Finding("disk", Verdict.WARNS, said, "make room soon: what cannot be kept is refused")
    return Finding("disk", Verdict.FINE, said)


def judge_files(most: int) -> Finding:
    """How many files and connections one process may have open."""
    if most == resource.RLIM_INFINITY or most >= LEAST_FILES:
        return Finding(
            "open files", Verdict.FINE, "no limit" if most == resource.RLIM_INFINITY else str(most)
        )
    return Finding("open files", Verdict.BLOCKS, str(most), f"raise the limit: ulimit -n {4 * LEAST_FILES}")


def judge_clock(now: datetime, *, newest: datetime | None) -> Finding:
    """A clock that is not behind the code, nor behind what the state already holds."""
    said, remedy = f"{now:%Y-%m-%d %H:%M} UTC", "set the clock: records and checkpoints are dated by it"
    if now < BUILT:
        return Finding("clock", Verdict.BLOCKS, f"{said}, before this version was made", remedy)
    if newest is not None and (newest - now).total_seconds() > 60:
        return Finding("clock", Verdict.BLOCKS, f"{said}, before what the state holds", remedy)
    return Finding("clock", Verdict.FINE, said)


def judge_unsaved(running: Running) -> Finding:
    """Whether a deployment that runs saves what no answer waits for."""
    try:
        unsaved = unsaved_of(running.endpoint_url)
    except Refused:
        remedy = "stop it and start it again; what was answered is kept"
        return Finding("saving", Verdict.WARNS, "its services do not answer", remedy)
    if not unsaved.services:
        return Finding("saving", Verdict.FINE, "all is saved")
    remedy = (
        "make room; ministack.log in the folder says more. Until then what was erased lies in files still"
    )
    return Finding("saving", Verdict.WARNS, f"not saved: {unsaved}", remedy)


def judge_packages(lock: str, pins: str, installed: Callable[[str], str | None]) -> Finding:
    """Whether what is installed is what was locked; a pin with a marker may be for other machines.

    Of a package with several pins any will do: which of them is meant hangs on the machine.
    """
    pinned: dict[str, list[str | None]] = {}
    for name, release, marker in _PIN.findall(pins):
        pinned.setdefault(name, []).extend((release, None) if marker else (release,))
    wrong = [
        f"{name} is {installed(name) or 'missing'} and not {releases[0]}"
        for name, releases in pinned.items()
        if installed(name) not in releases
    ]
    about = f"packages of {lock}"
    if not wrong:
        return Finding(about, Verdict.FINE, f"{len(pinned)} as locked")
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return Finding(about, Verdict.WARNS, wrong[0] + more, "run make setup")


def _packages(lock: Path, python: Path | None) -> Finding:
    try:
        pins = lock.read_text(encoding="utf-8")
    except OSError:
        return Finding(f"packages of {lock.name}", Verdict.WARNS, "no lock was found", "run make setup")
    return judge_packages(lock.name, pins, _installed if python is None else _installed_beside(python))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _installed_beside(python: Path) -> Callable[[str], str | None]:
    """What is installed for another Python, by the names of its packages' folders."""
    found = {}
    for folder in python.parent.parent.glob("lib/python*/site-packages/*.dist-info"):
        name, _, released = folder.name.removesuffix(".dist-info").partition("-")
        found[_plain(name)] = released
    return lambda name: found.get(_plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _ministack(settings: Settings) -> Finding:
    if settings.ministack.is_file():
        return Finding("ministack", Verdict.FINE, "installed")
    return Finding(
        "ministack",
        Verdict.BLOCKS,
        "not installed",
        "run make setup, or name its Python in NEARSIDE_MINISTACK",
    )


def _version_of(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  # the one in PATH
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _nearest(state: Path) -> Path:
    """The folder that is there and that the state will be on the disk of."""
    return next(each for each in (state.absolute(), *state.absolute().parents) if each.exists())


def _newest(state: Path) -> datetime | None:
    ages = [file.stat().st_mtime for name in ("journal", "services") for file in (state / name).glob("*")]
    return datetime.fromtimestamp(max(ages), UTC) if ages else None


def _port(port: int, state: Path) -> Finding:
    running = find_running(state)
    if running and running.url.endswith(f":{port}"):
        return Finding("port", Verdict.FINE, f"{port} is this deployment's")
    try:
        with listening(port):
            return Finding("port", Verdict.FINE, f"{port} is free")
    except Refused:
        return Finding(
            "port", Verdict.BLOCKS, f"{port} is in use", "choose another with --port, or stop what has it"
        )


def _state(state: Path) -> Finding:
    try:
        check_ours(state)
        if is_claimed(state):
            return Finding("state", Verdict.FINE, "in use by a deployment that runs")
        if not (state / "format.json").exists():
            return Finding("state", Verdict.FINE, "none yet; nearside up makes it")
        check_format(state / "format.json")
        check_state(state)
        read_last_runs(state / SCHEDULES)
    except (Malformed, Refused) as error:
        said, _, remedy = str(error).partition("; ")
        return Finding("state", Verdict.BLOCKS, said.removeprefix("state: "), remedy)
    except OSError:
        return Finding(
            "state", Verdict.BLOCKS, "it cannot be read", "give its files to whoever runs nearside"
        )
    return Finding("state", Verdict.FINE, "whole")
