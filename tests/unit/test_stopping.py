"""Ctrl-C while many devices are at work: one sentence, and nothing of where in the code they were."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from edge_client.ports import Unreachable
from nearside.commands.demo import going_on
from nearside.commands.stopping import run_until_told

AT_WORK = """
import asyncio, os, signal
from nearside.commands.stopping import run_until_told, saying_so, until_told_to_stop

async def one(number):
    try:
        for look in range(5000):
            await asyncio.sleep(0)
            if (number, look) == (3, 20):
                os.kill(os.getpid(), {signal})
    finally:
        left.append(number)

async def everybody():
    await asyncio.gather(*(one(number) for number in range(8)))
    print("not told")

left = []
with until_told_to_stop(), saying_so():
    {run}(everybody())
print(sorted(left))
"""


def at_work(run: str, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """A script of eight tasks, one of which gets the signal."""
    script = AT_WORK.format(run=run, signal=int(number))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_tasks_are_cancelled_and_one_sentence_is_said(number: signal.Signals) -> None:
    """Each of them clears up; `asyncio.run` alone would print where every one of them was."""
    done = at_work("run_until_told", number)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Stopping.\n[0, 1, 2, 3, 4, 5, 6, 7]\n"
    assert "Traceback" in at_work("asyncio.run", number).stderr


def test_what_is_not_told_to_stop_runs_to_its_end() -> None:
    """With its result or its error, and with the handlers as they were."""

    async def two() -> int:
        await asyncio.sleep(0)
        return 2

    async def cancelled() -> None:
        raise asyncio.CancelledError

    before = signal.getsignal(signal.SIGINT)
    assert run_until_told(two()) == 2
    with pytest.raises(asyncio.CancelledError):
        run_until_told(cancelled())
    assert signal.getsignal(signal.SIGINT) is before


def test_a_demo_that_cannot_go_on_says_how_it_does() -> None:
    """One line and a status of 1, and no traceback."""

    @click.command()
    def broken() -> None:
        with going_on():
            raise Unreachable("host: no answer")

    done = CliRunner().invoke(broken)
    assert done.exit_code == 1
    assert done.output == "Error: demo: host: no answer; run it again, it goes on where it was\n"
