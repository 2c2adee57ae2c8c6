"""Settings that every suite shares: no network beyond loopback, and seeds that do not move."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from nearside.settings import Settings
from tests.support.examples import MANY, examples
from tests.support.second_try import SecondTries

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=examples(MANY),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Play a browser's failed test once more, in the open."""
    config.pluginmanager.register(SecondTries())


LONGEST_FIRST = ("browser", "pyodide", "contract")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put suites of long files first, so that no worker is left with one when the other is done."""
    suites = Path(__file__).parent
    order = {name: at for at, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(suites).parts[0], len(order)))


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches past this machine: a connection to any other address fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
            raise AssertionError("a test tried to leave this machine")
        connect(self, address)  # type: ignore[arg-type]  # the stub's address type is private

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of public data sets, or a skip that says how to name one."""
    folder = Settings.read().data
    if not folder.is_dir():
        pytest.skip("public data sets not found: set NEARSIDE_DATA to their folder")
    return folder
