"""A browser's test that failed is played once more, in the open: each is named with its error; few may be.

A browser, its workers and two tabs are scheduled by the machine; a test that waits for the wrong thing fails
once in a thousand plays. It is to be mended all the same, and a run with several of them has another cause.
Nothing else has a second try: a write that is lost once in a thousand times is lost, and what is sent or kept
once in a thousand times, and must never be, is too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pytest

NEVER: Final = ("test_egress.py", "test_late_writes.py", "test_what_leaves.py")
"""What shows that nothing leaves, and nothing stays."""

MOST: Final = 3
"""How many tests of one run may need their second try."""


@dataclass(eq=False)  # a plugin is told apart from others, and not compared
class SecondTries:
    """What had to be played again in this run; also where workers did it."""

    played_again: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give the tests of a real browser one more try."""
        for item in items:
            if item.get_closest_marker("browser") and item.path.name not in NEVER:
                item.add_marker(pytest.mark.flaky(reruns=1))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what is played again."""
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]  # the plugin's own outcome
            self.played_again.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a run with too many, though each went well in the end."""
        if exitstatus == pytest.ExitCode.OK and len(self.played_again) > MOST:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many there were, and that it was too many."""
        if self.played_again:
            found, much = len(self.played_again), len(self.played_again) > MOST
            terminalreporter.write_line(
                f"{found} tests needed a second try" + (f": more than {MOST}, the run fails" if much else ""),
                red=much,
                yellow=not much,
            )
