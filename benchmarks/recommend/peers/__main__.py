"""One peer in a process of its own: `python -m benchmarks.recommend.peers NAME task.npz answer`.

Writes `answer.npz` (the scores) and `answer.json` (settings tried and chosen, seconds).
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.recommend.peers.items import item_peers
from benchmarks.recommend.peers.sessions import session_peers
from benchmarks.recommend.rows import Rows, Task
from benchmarks.recommend.tuning import Contender, compete


def peer(name: str, rows: Rows) -> Contender:
    """The contender of that name; only its own library is loaded."""
    match name:
        case "implicit ALS":
            from benchmarks.recommend.peers.factors import als_peer

            return als_peer(rows)
        case "implicit BPR":
            from benchmarks.recommend.peers.factors import bpr_peer

            return bpr_peer(rows)
        case "GRU network":
            from benchmarks.recommend.peers.network import network_peer

            return network_peer(rows)
        case _:
            return {each.name: each for each in (*item_peers(rows), *session_peers(rows))}[name]


def main(name: str, asked: str, answer: str) -> int:
    """Compete, and write the answer."""
    task = Task.read(Path(asked))
    found = compete(peer(name, task.rows), task)
    np.savez(f"{answer}.npz", scores=found.scores)
    trials = [asdict(trial) for trial in found.trials]
    Path(f"{answer}.json").write_text(
        json.dumps({"trials": trials, "chosen": dict(found.chosen), "seconds": found.seconds})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
