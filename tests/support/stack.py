"""The whole deployment for tests: one for the session, started when a test first asks for it.

A test module that wants it names this file in `pytest_plugins`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nearside.local.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which that deployment keeps all that it keeps."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def stack(stack_state: Path) -> Iterator[Stack]:
    """A running deployment with a state folder of its own."""
    with local_stack(stack_state) as running:
        yield running
