"""What is saved late is saved again until it succeeds, whatever went wrong, and whoever asks is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest

from nearside.local.claims import Running
from nearside.local.doctor import Verdict, judge_unsaved
from nearside.local.ministack_calls import KEPT, changes, sends_kept
from nearside.local.ministack_state import read_first_segment
from nearside.local.ministack_watch import LONGEST_REST_S, UNSAVED, Watch
from nearside.local.unsaved import Unsaved
from tests.support.state_world import World

FULL = OSError(28, "No space left on device")


class Saves:
    """Saves that go as `results` say, one after the other; an error is raised."""

    def __init__(self, *results: Mapping[str, str] | Exception) -> None:
        self.results = list(results)
        self.done = 0

    async def save_the_rest(self) -> Mapping[str, str]:
        self.done += 1
        result = self.results.pop(0) if self.results else {}
        if isinstance(result, Exception):
            raise result
        return result

    async def save_all(self) -> Mapping[str, str]:
        return await self.save_the_rest()

    async def save(self, services: list[str]) -> None:
        raise FULL


class Room:
    """A watch whose clock moves by what it rests; `told` is what it says after each rest."""

    def __init__(self, saves: Any, *, until: float) -> None:
        self.at = 0.0
        self.until = until
        self.rests: list[float] = []
        self.told: list[dict[str, Any]] = []
        self.over = asyncio.Event()
        self.watch = Watch(
            self.application,
            saves,
            changes,
            replayed=False,
            unwritable=lambda error: pytest.fail(str(error)),
            clock=lambda: self.at,
            rest=self.rest,
        )

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"] != UNSAVED, "the application is asked for what is not its own"

    async def rest(self, seconds: float) -> None:
        self.told.append(await self.ask())
        self.rests.append(seconds)
        if self.at >= self.until:
            self.over.set()
            await asyncio.Event().wait()
        self.at += seconds

    async def ask(self) -> dict[str, Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.watch({"type": "http", "path": UNSAVED, "method": "GET", "headers": []}, send, send)
        found: dict[str, Any] = json.loads(sent[1]["body"])
        return found

    async def run(self) -> None:
        saving = asyncio.ensure_future(self.watch.save_what_changes())
        post: Any = {"type": "http", "path": "/", "method": "POST", "headers": []}
        await self.watch(post, self.rest, self.rest)
        ended = asyncio.ensure_future(self.over.wait())
        await asyncio.wait([saving, ended], return_when=asyncio.FIRST_COMPLETED, timeout=10)
        ended.cancel()
        assert not saving.done(), "nobody saves any more"
        saving.cancel()


def play(script: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(script())


@pytest.mark.parametrize(
    "error", [FULL, RuntimeError("dictionary changed size"), TypeError("canary-77"), MemoryError()]
)
def test_no_error_ends_the_saving(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told at once and said in the output, by its kind alone, and made again until it succeeds."""
    saves = Saves(error, error, {})

    async def script() -> None:
        room = Room(saves, until=7.0)
        await room.run()
        assert [each["services"] for each in room.told][:4] == [{}, *3 * [{"all": type(error).__name__}]]
        assert room.told[-1] == {"services": {}, "for_s": 0}

    play(script)
    assert saves.done == 3
    said = capsys.readouterr().err
    assert said.count(f"state: all is not saved: {type(error).__name__}\n") == 2
    assert "canary" not in said


def test_it_is_told_for_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    """Since the first failure of a row; tries come further and further apart, and never stop."""
    saves = Saves(*[{"sqs": "OSError"}] * 50)

    async def script() -> None:
        room = Room(saves, until=600.0)
        await room.run()
        assert room.told[-1]["services"] == {"sqs": "OSError"}
        assert 500 < room.told[-1]["for_s"] < 700
        assert max(room.rests) == LONGEST_REST_S
        assert saves.done > 10

    play(script)


def test_one_service_that_cannot_be_saved_keeps_no_other_from_it(tmp_path: Path) -> None:
    """Whichever comes first; which it is, and why, comes back."""

    async def script() -> None:
        world = World(tmp_path)
        await world.call(action="CreateTable")
        states = world.snapshots._states()
        world.snapshots._states = lambda: {**states, "aaa": broken, "zzz": lambda: {"here": True}}
        assert await world.snapshots.save_the_rest() == {"aaa": "RuntimeError"}
        assert (tmp_path / "services" / "zzz.json").exists()
        assert await world.snapshots.save_all() == {"aaa": "RuntimeError"}

    play(script)


def broken() -> Any:
    raise RuntimeError("dictionary changed size during iteration")


def test_what_was_erased_is_owed_until_it_is_out_of_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save that should have removed it failed: the next one removes it, though nothing changed since."""

    async def script() -> None:
        world = World(tmp_path)
        await world.call(action="CreateTable")
        await world.call(("a", "secret"))
        await world.call(("a", None))
        with monkeypatch.context() as full:
            full.setattr("nearside.local.ministack_state.replace_file", no_room)
            assert (await world.snapshots.save_the_rest())["dynamodb"] == "OSError"
        assert b"secret" in written(tmp_path)
        first = read_first_segment(tmp_path / "services")
        assert await world.snapshots.save_the_rest() == {}
        assert b"secret" not in written(tmp_path)
        assert read_first_segment(tmp_path / "services") > first

    play(script)
    assert World(tmp_path).service.rows() == {}


def no_room(*arguments: object, **options: object) -> None:
    raise FULL


def written(folder: Path) -> bytes:
    return b"".join(
        file.read_bytes() for part in ("journal", "services") for file in (folder / part).iterdir()
    )


@pytest.mark.parametrize(
    ("action", "queue", "kept"),
    [
        ("AmazonSQS.SendMessage", "jobs", True),
        ("AmazonSQS.SendMessageBatch", "jobs", True),
        ("AmazonSQS.SendMessage", "wake", False),
        ("AmazonSQS.DeleteMessage", "jobs", False),
        ("AmazonSQS.ReceiveMessage", "jobs", False),
        ("", "jobs", False),
    ],
)
def test_messages_that_nobody_says_twice_are_told_from_others(action: str, queue: str, *, kept: bool) -> None:
    """By the mark of their queue."""
    marks = {"jobs": {KEPT: ""}, "wake": {"other": ""}}
    sends = sends_kept(lambda url: marks.get(url, {}))
    body = json.dumps({"QueueUrl": queue, "MessageBody": "x"}).encode()
    assert sends("POST", "/", {"x-amz-target": action}, body, {}) is kept


def test_a_doctor_says_what_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """By service and for how long; where nobody answers that is a finding too."""
    running = Running("http://127.0.0.1:9", "http://127.0.0.1:9", {})
    assert judge_unsaved(running).verdict is Verdict.WARNS
    unsaved = Unsaved({"sqs": "OSError", "dynamodb": "OSError"}, 1200)
    monkeypatch.setattr("nearside.local.doctor.unsaved_of", lambda url: unsaved)
    found = judge_unsaved(running)
    assert (found.verdict, found.said) == (
        Verdict.WARNS,
        "not saved: dynamodb (OSError), sqs (OSError), for 1,200 s",
    )
    monkeypatch.setattr("nearside.local.doctor.unsaved_of", lambda url: Unsaved({}, 0))
    assert judge_unsaved(running).verdict is Verdict.FINE
