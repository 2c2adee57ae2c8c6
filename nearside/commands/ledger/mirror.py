"""`nearside ledger mirror`: a copy of a log that anyone can keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.errors import Untrue
from nearside.commands.ledger.progress import progress
from nearside.commands.ledger.trust import answer, log_key_option, quorum_option, witness_option
from nearside.public_log.mirror import MAX_PROBES, Mirrored
from nearside.public_log.mirror import mirror as mirror_log
from nearside.public_log.source import open_log


@click.command()
@click.argument("log", metavar="LOG")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@log_key_option
@witness_option
@quorum_option
def mirror(
    log: str, out: Path, *, log_keys: tuple[str, ...], witnesses: tuple[str, ...], quorum: int
) -> None:
    """Copy the public part of LOG to the folder OUT, or bring a copy there up to date.

    Everything is checked before it is written: tiles and entries against the signed checkpoint, the
    checkpoint against the one that the copy holds. A log that does not continue the copy is refused with
    status 1, and both checkpoints are kept in OUT/evidence. Only what is new is fetched, and a run that was
    cut short goes on where it was. OUT is a valid copy at any moment, and can be served as it is.

    \b
    Example:
      nearside ledger mirror https://riverton.example/ledger copy --log-key "$LOG"
    """

    def copy() -> Mirrored:
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=quorum)
        with ExitStack() as cleanup:

            def watch(files: int) -> Callable[[int], None]:
                return cleanup.enter_context(progress("Copying", files))

            source = cleanup.enter_context(open_log(log))
            return mirror_log(source, out, trusted=trusted, watch=watch)

    def tell() -> Iterator[str]:
        done = copy()
        yield "copy holds"
        yield f"log       {done.checkpoint.origin}, {quorum} witnesses required"
        yield f"entries   {done.checkpoint.size}"
        yield f"root      {done.checkpoint.root.hex()}"
        yield f"files     {done.fetched} fetched, {done.present} there from a run that was cut short"
        if done.unserved:
            yield f"documents that entries name and the log does not serve  {done.unserved}"
        if done.unprobed:
            yield f"superseded checkpoints: only the last {MAX_PROBES} sizes were asked for"
        if done.wrong:
            raise Untrue(f"document: {done.wrong} with other bytes than the log names")

    answer(tell)
