"""From an order to the files that it wants, and the job on to who publishes.

The same order makes the same files under the same hashes, so that nothing is remembered here: stopped
anywhere, the next delivery does all of it again and sends the same message. How often that was, the queue
tells: what ends whoever makes it each time is not tried for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.manifest import MAX_FILE_BYTES, FileEntry
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.paging import Answer, JobMessage, Order, Wanted

MOST_TRIES: Final = 3
"""How often the same message has something made, before it is answered that nothing could be."""

Read = Callable[[str], bytes]
"""Gives a file by its SHA-256 in hex. Raises `Untrue` where it is missing or is another."""

Make = Callable[[Wanted, Read], Mapping[str, bytes]]
"""Makes the files that are wanted, by name. Raises `Malformed`, `Refused` or `Untrue` where it cannot."""


class Files(Protocol):
    """The files of a site: those that everyone may fetch, and those that its agency's people approved."""

    def read(self, job: Job, sha256: str) -> bytes:
        """Return a file of either kind. Raises `Untrue` where it is missing or is another."""
        ...

    def is_settled(self, job: Job) -> bool:
        """Whether something became of a job already."""
        ...

    def keep(self, job: Job, data: bytes) -> FileEntry:
        """Keep a file under its hash where who publishes reads it."""
        ...


@dataclass(frozen=True, slots=True)
class PageModelService:
    """Makes what orders want; `send` gives a job to who publishes."""

    files: Files
    make: Make
    send: Callable[[JobMessage], None]

    def do(self, order: Order, *, received: int = 1) -> Answer | None:
        """Do an order, send its job on, and return what came of it; None where its job is over.

        `received` counts the deliveries of its message, this one too: in each of those before, time or memory
        ran out, or a service was away, and nobody was left to say so. An order that waits is sent again and
        again: what is made once is not made for each of them.
        """
        if self.files.is_settled(order.job):
            return None
        answer = self._answer(order, received)
        self.send(JobMessage(order.job, answer))
        return answer

    def _answer(self, order: Order, received: int) -> Answer:
        job, wanted = order.job, order.wanted
        asked = wanted
        if received > MOST_TRIES:
            if not (wanted.or_words and received == MOST_TRIES + 1):
                return Answer(
                    wanted.digest, {}, f"model: none could be made for these pages in {MOST_TRIES} tries"
                )
            # A rollback always works: where it cannot be told why the other is not made, words alone do.
            asked = replace(wanted, made_from=None)
        try:
            made = self.make(asked, lambda sha256: self.files.read(job, sha256))
            too_long = [name for name, data in made.items() if len(data) > MAX_FILE_BYTES]
            if too_long:
                raise Refused(f"{too_long[0]}: longer than a file may be")
        except (Malformed, Refused, Untrue) as error:
            # The same comes of it whenever it is tried again: whoever asked is told why.
            return Answer(wanted.digest, {}, str(error))
        return Answer(wanted.digest, {name: self.files.keep(job, data) for name, data in made.items()})
