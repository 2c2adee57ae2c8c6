"""Reaches witnesses over HTTPS, all at once: a slow one keeps nobody waiting once enough have answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from consent_ledger.errors import Malformed
from consent_ledger.witness import WitnessAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from consent_ledger.quorum import Answered, Job, Post

TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 10.0
GRACE_S: Final = 0.2
"""How long those are waited for that are not needed any more: a witness that keeps up is asked only once."""
_MOST_BYTES: Final = 64 * 1024
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def poster(url: str, *, timeout_s: float = TIMEOUT_S) -> Post:
    """Return what brings a request to the witness whose submission prefix is `url`.

    No redirect is followed, and no more of an answer is read than a witness may say.
    Raises `Malformed` unless the address is `https`, or `http` on this machine.
    """
    address = _address(url)

    def post(request: bytes) -> WitnessAnswer | None:
        connection = _connection(address, timeout_s)
        try:
            connection.request(
                "POST",
                f"{address.path.rstrip('/')}/add-checkpoint",
                body=request,
                headers={"content-type": "text/plain; charset=utf-8"},
            )
            answer = connection.getresponse()
            body = answer.read(_MOST_BYTES + 1)
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
        if len(body) > _MOST_BYTES:
            return None
        return WitnessAnswer(answer.status, body, answer.getheader("content-type", ""))

    return post


def together(
    jobs: Sequence[Job],
    enough: Callable[[Sequence[Answered]], bool],
    *,
    deadline_s: float = DEADLINE_S,
    grace_s: float = GRACE_S,
) -> list[Answered]:
    """Run all jobs at once; return what came back by the deadline, or shortly after it was enough."""
    ends_at = time.monotonic() + deadline_s
    pool = ThreadPoolExecutor(len(jobs), thread_name_prefix="witness")
    waiting = {pool.submit(job) for job in jobs}
    answers: list[Answered] = []
    late = False
    try:
        while waiting and (left := ends_at - time.monotonic()) > 0:
            done, waiting = wait(waiting, timeout=left, return_when=FIRST_COMPLETED)
            answers += [each.result() for each in done]
            if not late and enough(answers):
                late, ends_at = True, min(ends_at, time.monotonic() + grace_s)
    finally:
        # Whoever is still at it ends by its own time limit; its answer is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    return answers


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        raise Malformed("witness: the address cannot be read") from None
    if address.hostname is None or port == 0 or address.query or address.fragment or address.username:
        raise Malformed("witness: the address is not a host and a path")
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
        raise Malformed("witness: the address is not https")
    return address


def _connection(address: SplitResult, timeout_s: float) -> HTTPConnection:
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    return kind(address.hostname or "", address.port, timeout=timeout_s)
