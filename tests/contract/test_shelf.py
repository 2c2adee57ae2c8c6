"""The shelf of public files, and how long a browser may keep what it got from there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from nearside.deployment import Deployment
from nearside.local.stack import Stack
from tests.support import patient

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack

IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass
class Watched:
    """An S3 client that notes the order in which objects are put."""

    client: Any
    keys: list[str] = field(default_factory=list)

    def put_object(self, **arguments: Any) -> None:
        self.keys.append(arguments["Key"])
        self.client.put_object(**arguments)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """What a device loads: a loader, and the runtime that it names."""
    for file in ("loader.js", f"runtime/{secrets.token_hex(8)}/worker.js", "runtime/0/panel.js", "z.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file)
    return tmp_path


def test_the_runtime_is_there_before_the_loader_names_it(stack: Stack, build: Path) -> None:
    """Whoever comes during a deployment finds the old loader, or a new one with everything it names."""
    shelf = Deployment.of(stack).shelf
    watched = Watched(shelf.client)
    list(replace(shelf, client=watched).write_folder(build, prefix="nearside/"))  # type: ignore[arg-type]  # puts are all it does
    named = [key.startswith("nearside/runtime/") for key in watched.keys]
    assert named == [True, True, False, False]


def test_only_what_is_there_may_be_kept_for_ever(stack: Stack, build: Path) -> None:
    """A file of the runtime is immutable; the 404 that stood in its place before is not kept at all."""
    paths = [f"/nearside/{file.relative_to(build)}" for file in sorted(build.glob("runtime/*/worker.js"))]
    paths.append(f"/nearside/riverton/files/{secrets.token_hex(32)}")
    for path in paths:
        missing = patient.get(stack.url + path)
        assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
    shelf = Deployment.of(stack).shelf
    list(shelf.write_folder(build, prefix="nearside/"))
    shelf.write(paths[-1].lstrip("/"), b"{}", immutable=True)
    for path in paths:
        found = patient.get(stack.url + path)
        assert (found.status_code, found.headers["cache-control"]) == (200, IMMUTABLE)
    assert patient.get(f"{stack.url}/nearside/loader.js").headers["cache-control"] == "public, max-age=30"
