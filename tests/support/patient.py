"""Requests that wait: on a busy machine an answer may take longer than a client's usual five seconds."""

from __future__ import annotations

from functools import partial

import httpx

WAIT_S = 60.0

get = partial(httpx.get, timeout=WAIT_S)
post = partial(httpx.post, timeout=WAIT_S)
head = partial(httpx.head, timeout=WAIT_S)
