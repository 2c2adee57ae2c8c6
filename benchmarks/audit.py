"""How long an audit takes and how much memory it holds, by the number of entries.

Run as `python -m benchmarks.audit`. Each size is a copy in a folder (consents, one erasure in a hundred, a
checkpoint every 256 entries that three witnesses cosigned), audited by `nearside ledger audit` in a process
of its own with two of three required. The copies are made first and are not measured.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from consent_ledger import leaf, tiles
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.documents import path_of
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import ConsentLeaf, ErasureLeaf, NoticeLeaf
from consent_ledger.merkle import Frontier, leaf_hash
from consent_ledger.note import sign_note

BATCH = 65_536
EVERY = 256
WITNESSES = tuple(
    Ed25519Signer.from_seed(f"witness-{number}.example", bytes([number]) * 32) for number in (1, 2, 3)
)
NOTICE = b"the notice"
SIGNER = Ed25519Signer.from_seed("riverton.example/ledger/2026", bytes(32))


def entry(number: int) -> bytes:
    """The entry at an index: a notice first, then consents, each hundredth one an erasure."""
    notice = hashlib.sha256(NOTICE).digest()
    digest = hashlib.sha256(b"%d" % number).digest()
    if number == 0:
        return leaf.to_bytes(NoticeLeaf(notice))
    if number % 100 == 0:
        return leaf.to_bytes(ErasureLeaf(1, digest[:16]))
    return leaf.to_bytes(ConsentLeaf(digest, notice))


def make_copy(folder: Path, size: int) -> None:
    """Write a copy of a log of `size` entries, batch by batch."""
    frontier = Frontier()

    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    (folder / "documents").mkdir(parents=True)
    (folder / path_of(hashlib.sha256(NOTICE).digest())).write_bytes(NOTICE)
    (folder / "checkpoints").mkdir()
    for first in range(0, size, BATCH):
        entries = [entry(number) for number in range(first, min(first + BATCH, size))]
        hashes = [leaf_hash(each) for each in entries]
        for path, data in tiles.grow(first, entries, hashes, read).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        for start in range(0, len(hashes), EVERY):
            frontier = frontier.extend(hashes[start : start + EVERY])
            note = sign_note(str(Checkpoint(SIGNER.key.name, frontier.size, frontier.root())), SIGNER)
            for witness in WITNESSES:
                note = cosign(note, witness, cosigned_at=1_793_600_000 + frontier.size)
            last = frontier.size == size
            (folder / ("checkpoint" if last else f"checkpoints/{frontier.size}")).write_bytes(note.to_bytes())


def audit(folder: Path) -> tuple[float, int, str]:
    """Seconds, peak memory in KiB, and the last line that the audit printed."""
    line = [sys.executable, "-m", "benchmarks.audit", "--run", str(folder)]
    started = time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    memory, _, said = done.stdout.strip().rpartition("\n")[2].partition(" ")
    return time.perf_counter() - started, int(memory), said


def run(folder: str) -> None:
    """Audit in this process, then print its peak memory in KiB and how the audit ended."""
    from click.testing import CliRunner

    from nearside.commands.ledger.audit import audit as command

    keys = ["--log-key", str(SIGNER.key), "--quorum", "2"]
    for witness in WITNESSES:
        keys += ["--witness", str(WitnessKey(witness.key.name, witness.key.public_key))]
    result = CliRunner().invoke(command, [folder, *keys, "--rows", "0"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(memory, f"status {result.exit_code}, {result.stdout.strip().rpartition(chr(10))[2]}")


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--run", metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(arguments.run)
        return
    print(f"{'entries':>10}  {'seconds':>8}  {'entries/s':>9}  {'peak MiB':>8}  result")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            make_copy(Path(folder), size)
            seconds, memory, said = audit(Path(folder))
        print(f"{size:>10,}  {seconds:>8.1f}  {size / seconds:>9,.0f}  {memory / 1024:>8.0f}  {said}")


if __name__ == "__main__":
    main()
