"""uvicorn in a thread, on a socket that is already listening, with no access log."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

import uvicorn

from consent_ledger.errors import Refused
from nearside.local.asgi import Application

_START_S: Final = 10.0


@contextmanager
def serving(app: Application, front: socket.socket) -> Iterator[None]:
    """Serve until the body ends; requests under way are finished. Raises `Refused` when it does not start."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=5,
        # Longer than clients keep theirs: one that is closed while it is taken up again looks like no answer.
        timeout_keep_alive=75,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [front]}, name="front door")
    thread.start()
    try:
        deadline = time.monotonic() + _START_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise Refused("server: did not start")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
