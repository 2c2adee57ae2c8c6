"""`nearside ledger witness`: cosign a log that continues what was seen of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import WitnessKey
from consent_ledger.storage.whole_file import replace_file
from nearside.commands.ledger.trust import answer
from nearside.public_log.source import open_log
from nearside.signing_key import read_key, write_key
from nearside.witnessing import FileWitnessStore, observe

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("log", metavar="LOG", required=False)
@click.option("--key", required=True, type=_FILE, help="File of the witness's signing key.")
@click.option("--init", "name", metavar="NAME", help="Make the key file, under this name, and do no more.")
@click.option(
    "--log-key", "log_keys", multiple=True, metavar="VKEY", help="Verifier key of the log; repeatable."
)
@click.option("--memory", type=_FILE, help="File that remembers what was cosigned; one for each log.")
@click.option("--out", type=_FILE, help="File for the cosigned note.  [default: standard output]")
def witness(
    log: str | None,
    *,
    key: Path,
    name: str | None,
    log_keys: tuple[str, ...],
    memory: Path | None,
    out: Path | None,
) -> None:
    """Cosign the checkpoint of LOG if it continues the one that was cosigned last.

    A log that forked, shrank or was rewritten is refused with status 1, and both checkpoints are kept as
    evidence beside the memory, in a folder named after it. The memory is on disk before a cosignature is
    printed; whoever loses it must retire the key.

    \b
    Examples:
      nearside ledger witness --init witness.example --key witness.key
      nearside ledger witness https://riverton.example/ledger --log-key "$LOG" \\
        --key witness.key --memory riverton.seen --out cosigned.note
    """

    def make(under: str) -> Iterator[str]:
        signer = write_key(key, under, seed=secrets.token_bytes(32))
        yield str(WitnessKey(signer.key.name, signer.key.public_key))

    def cosign(place: str, store: FileWitnessStore) -> Iterator[str]:
        trusted, signer = LogKeys.parse(*log_keys), read_key(key)
        with open_log(place) as source:
            cosigned = observe(source, trusted, signer=signer, memory=store, now=lambda: int(time.time()))
        if out is None:
            yield cosigned.decode("utf-8").removesuffix("\n")
        else:
            replace_file(out, cosigned)

    if name is not None and not (log or log_keys or memory or out):
        answer(lambda: make(name))
    elif name is None and log and log_keys and memory:
        answer(lambda: cosign(log, FileWitnessStore(memory)))
    else:
        raise click.UsageError("give a LOG, its --log-key and a --memory; or --init NAME and --key alone")
