"""What happens inside Pyodide: puts the pieces where they belong, and runs pytest. Read by `run.mjs`."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import types
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

SITE = Path("/site")
# Pure Python all of them: what has an extension module cannot be loaded.
TOOLS = (
    "_hypothesis_ftz_detector.py", "_hypothesis_globals.py", "_hypothesis_pytestplugin.py", "_pytest",
    "hypothesis", "iniconfig", "packaging", "pluggy", "py.py", "pygments", "pytest", "rfc8785",
    "sortedcontainers",
)  # fmt: skip
# Not on a device, but what suites use to play the other side; so are the modules that the wheel leaves out.
SERVERS = ("lambdas", "nearside")
SHARED = ("consent_ledger", "edge_client")
CONFIG = """[pytest]
addopts = -ra --import-mode=importlib -p no:cacheprovider -p no:faulthandler --rootdir=/project
markers =
    browser: drives a real Chromium
    stack: needs the local stack
    data: needs the public data sets
"""


def run(suites: Sequence[str]) -> int:
    """Run the suites; return pytest's exit status."""
    for name in TOOLS:
        (SITE / name).symlink_to(Path("/installed") / name)
    for name in (*SERVERS, *left_out()):
        (SITE / name).parent.mkdir(parents=True, exist_ok=True)
        (SITE / name).symlink_to(Path("/project") / name)
    tests = Path("/checked")
    tests.mkdir()
    (tests / "tests").symlink_to("/project/tests")
    (tests / "pytest.ini").write_text(CONFIG)
    sys.path[:0] = [str(SITE), str(tests)]
    sys.dont_write_bytecode = True
    os.chdir(tests)
    for module in (_exceptions(), _ed25519()):
        sys.modules[module.__name__] = module
    asyncio.run = run_here

    import pytest

    found = [f"/checked/{suite}" for suite in suites]
    # Rewriting every assertion, so that it says more when it fails, takes the browser's Python eight seconds.
    plain = ("-q", "--assert=plain", "--junitxml=/out/junit.xml", "-c", "/checked/pytest.ini")
    return int(pytest.main([*plain, *found]))


def left_out() -> list[str]:
    """Name the modules of the shared packages that the project has and the wheel has not."""
    names = (
        file.relative_to("/project").as_posix()
        for package in SHARED
        for file in sorted((Path("/project") / package).rglob("*.py"))
    )
    return [name for name in names if not (SITE / name).exists()]


class PlainLoop(asyncio.BaseEventLoop):
    """A loop without files: the browser's own cannot be waited for in the middle of a function."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> tuple[()]:
        """Wait until the next timer; nothing else can happen."""
        time.sleep(timeout or 0)
        return ()

    def _process_events(self, event_list: object) -> None:
        """Nothing to do: there are no files."""

    def _write_to_self(self) -> None:
        """Nothing to wake: there is one thread."""


def run_here(story: Coroutine[Any, Any, T]) -> T:
    """Do what `asyncio.run` does, on a plain loop."""
    outer = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    loop = PlainLoop()
    try:
        return loop.run_until_complete(story)
    finally:
        loop.close()
        asyncio.events._set_running_loop(outer)


def _exceptions() -> types.ModuleType:
    module = types.ModuleType("cryptography.exceptions")
    module.InvalidSignature = type("InvalidSignature", (Exception,), {})  # type: ignore[attr-defined]
    return module


def _ed25519() -> types.ModuleType:
    """The part of `cryptography` that the project uses for Ed25519, over Node's OpenSSL."""
    import node_ed25519  # type: ignore[import-not-found]  # registered by run.mjs

    class Ed25519PublicKey:
        def __init__(self, raw: bytes) -> None:
            self._raw = raw

        @classmethod
        def from_public_bytes(cls, raw: bytes) -> Ed25519PublicKey:
            if len(raw) != 32:
                raise ValueError("ed25519: a public key has 32 bytes")
            return cls(raw)

        def public_bytes_raw(self) -> bytes:
            return self._raw

        def verify(self, signature: bytes, message: bytes) -> None:
            if not node_ed25519.verify(self._raw, message, signature):
                raise sys.modules["cryptography.exceptions"].InvalidSignature

    class Ed25519PrivateKey:
        def __init__(self, seed: bytes) -> None:
            self._seed = seed

        @classmethod
        def from_private_bytes(cls, seed: bytes) -> Ed25519PrivateKey:
            return cls(seed)

        @classmethod
        def generate(cls) -> Ed25519PrivateKey:
            return cls(os.urandom(32))

        def public_key(self) -> Ed25519PublicKey:
            return Ed25519PublicKey(node_ed25519.publicOf(self._seed).to_bytes())

        def sign(self, message: bytes) -> bytes:
            signature: bytes = node_ed25519.sign(self._seed, message).to_bytes()
            return signature

    module = types.ModuleType("cryptography.hazmat.primitives.asymmetric.ed25519")
    module.Ed25519PublicKey = Ed25519PublicKey  # type: ignore[attr-defined]
    module.Ed25519PrivateKey = Ed25519PrivateKey  # type: ignore[attr-defined]
    return module
