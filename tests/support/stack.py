"""The whole deployment for tests: one for the session, started when a test first asks for it.

A test module that wants it names this file in `pytest_plugins`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nearside.local.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running deployment with a state folder of its own."""
    with local_stack(tmp_path_factory.mktemp("state")) as running:
        yield running
