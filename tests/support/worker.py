"""The line between a page and its worker, outside a browser: the real one, over a paired host."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Protocol
from unittest.mock import patch

from tests.support.pair import Pair


class WorkerLine(Protocol):
    """What a page may say to the device: `edge_client.pyodide_host.Line`."""

    async def receive(self, kind: str, text: str) -> None:
        """Handle one message of a page; `text` is JSON."""
        ...


@contextmanager
def worker_line(pair: Pair) -> Iterator[WorkerLine]:
    """Yield the worker's line to the pair's device.

    `js` and `pyodide.ffi` exist in a browser only; what the line needs of them are names to import, because
    the paired host stands where the browser's own would.
    """
    names = {
        "js": ("Object", "Uint8Array"),
        "pyodide": (),
        "pyodide.ffi": ("JsException", "to_js"),
    }
    modules = {name: ModuleType(name) for name in names}
    for name, members in names.items():
        for member in members:
            setattr(modules[name], member, type(member, (Exception,), {}))
    with patch.dict(sys.modules, modules):
        sys.modules.pop("edge_client.pyodide_host", None)
        module = importlib.import_module("edge_client.pyodide_host")
        yield module.Line(pair.device, pair.host)
