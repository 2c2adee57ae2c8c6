"""Pages that are closed between two things that their device does."""

from __future__ import annotations

from tests.support.pair import PairedHost

ACTS = ("save", "erase", "sign", "post", "show", "fetch_proof", "verify")


class Closed(Exception):
    """The page was closed."""


def close_after(host: PairedHost, acts: int) -> None:
    """Let the host do so many things, and then nothing more, as a page that is closed between two of them."""
    left = acts

    def guarded(name: str) -> None:
        real = getattr(PairedHost, name)

        async def act(*arguments: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Closed
            return await real(host, *arguments)

        setattr(host, name, act)

    for name in ACTS:
        guarded(name)


def open_again(host: PairedHost) -> None:
    """Let the host do everything again: the next page."""
    for name in ACTS:
        delattr(host, name)
