"""Requests that wait: on a busy machine an answer may take longer than a client's usual five seconds."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

WAIT_S = 60.0

# Nothing here is asked over TLS: a client that reads the machine's certificates for each request takes twenty
# times as long as its answer.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, timeout=WAIT_S, verify=_NO_CERTIFICATES)
post = partial(httpx.post, timeout=WAIT_S, verify=_NO_CERTIFICATES)
head = partial(httpx.head, timeout=WAIT_S, verify=_NO_CERTIFICATES)
request = partial(httpx.request, timeout=WAIT_S, verify=_NO_CERTIFICATES)
