"""Writes the vectors of the witness protocol; the example of the specification is typed in by hand.

Run as `python -m tests.support.witness_vectors`: the files change only when the format does.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent_ledger.checkpoint import Checkpoint
from consent_ledger.merkle import consistency_proof, leaf_hash, nodes_of, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.witness import AddCheckpoint
from tests.support.ledger import ORIGIN, log_signer
from tests.support.witnesses import AT, witness

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "witness"
SOURCE = (
    "made by `python -m tests.support.witness_vectors` after C2SP tlog-witness; private keys are 32 equal "
    f"bytes: log 0x01, another log key 0x09, witness 0x64; the witness's clock stands at {AT}"
)
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501  # C2SP tlog-witness, "add-checkpoint", example request body
A_HASH = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="
LEAVES = [leaf_hash(b"%d" % number) for number in range(64)]
OTHERS = [leaf_hash(b"other %d" % number) for number in range(64)]
BAD = {
    "empty": "",
    "no old line": EXAMPLE.split("\n", 1)[1],
    "another word": EXAMPLE.replace("old ", "new ", 1),
    "leading zero": EXAMPLE.replace("old 2", "old 02", 1),
    "sign": EXAMPLE.replace("old 2", "old +2", 1),
    "two spaces": EXAMPLE.replace("old ", "old  ", 1),
    "larger than any log": EXAMPLE.replace("20852014", str(2**63), 1),
    "carriage returns": EXAMPLE.replace("\n", "\r\n"),
    "no empty line": EXAMPLE.replace("\n\n", "\n", 1),
    "two empty lines": EXAMPLE.replace("\n\n", "\n\n\n", 1),
    "a short hash": EXAMPLE.replace(A_HASH, "PlRN"),
    "a hash that is not base64": EXAMPLE.replace("PlRN", "Pl!N"),
    "a hash with unused bits": EXAMPLE.replace("pkaw=", "pkax="),
    "64 hashes": EXAMPLE.replace("\n", f"\n{A_HASH}" * 60 + "\n", 1),
    "not ascii": EXAMPLE.replace("old 2", "old ２", 1),
    "a checkpoint without origin": EXAMPLE.replace("example.com/behind-the-sofa\n", "\n", 1),
    "no checkpoint": EXAMPLE.replace("20852163\n", ""),
    "no signature": EXAMPLE.partition("\n— ")[0],
}


def checkpoint(size: int, *, leaves: list[bytes] = LEAVES, seed: int = 1) -> Note:
    """The log's signed checkpoint over the first leaves."""
    return sign_note(str(Checkpoint(ORIGIN, size, root_of(leaves[:size]))), log_signer(seed))


def request(old: int, size: int, *, leaves: list[bytes] = LEAVES, seed: int = 1) -> bytes:
    """A request whose proof is right for these leaves."""
    proof = consistency_proof(old, size, nodes_of(leaves)) if old <= size else ()
    return AddCheckpoint(old, proof, checkpoint(size, leaves=leaves, seed=seed)).to_bytes()


def sessions() -> dict[str, list[bytes]]:
    """Requests to a witness that begins with an empty memory, each list in its order."""
    forked = AddCheckpoint.from_bytes(request(8, 13, leaves=OTHERS))
    right = AddCheckpoint.from_bytes(request(8, 13))
    (line,) = checkpoint(5).signatures
    false = replace(line, signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    elsewhere = type(log_signer()).from_seed("elsewhere.example/ledger/2026", bytes([1]) * 32)
    unknown = sign_note(str(Checkpoint(elsewhere.key.name, 5, root_of(LEAVES[:5]))), elsewhere)
    return {
        "a log grows, and asks again without growth": [
            request(old, size) for old, size in ((0, 0), (0, 1), (1, 2), (2, 7), (7, 8), (8, 8), (8, 33))
        ],
        "told less or more than was seen": [request(3, 8), request(0, 8), request(3, 16), request(9, 16)],
        "rolled back": [request(0, 16), request(0, 8), request(8, 8), request(16, 8)],
        "another tree of the same size": [request(0, 8), request(8, 8, leaves=OTHERS)],
        "another empty tree": [
            AddCheckpoint(0, (), sign_note(str(Checkpoint(ORIGIN, 0, bytes(32))), log_signer())).to_bytes()
        ],
        "a fork with its own proof, the right one, none, one too long": [
            request(0, 8),
            *(
                replace(forked, proof=proof).to_bytes()
                for proof in (forked.proof, right.proof, (), (*right.proof, bytes(32)))
            ),
            right.to_bytes(),
        ],
        "a proof from nothing": [AddCheckpoint(0, (bytes(32),), checkpoint(5)).to_bytes()],
        "an unknown log": [AddCheckpoint(0, (), unknown).to_bytes()],
        "another key, a false signature, a false one beside a true one": [
            request(0, 5, seed=9),
            *(
                AddCheckpoint(0, (), Note(checkpoint(5).text, lines)).to_bytes()
                for lines in ((false,), (line, false))
            ),
        ],
        "a stranger's signature beside the log's": [
            AddCheckpoint(
                0, (), Note(checkpoint(5).text, (*checkpoint(5, seed=9).signatures, line))
            ).to_bytes()
        ],
    }


def played(requests: list[bytes]) -> list[dict[str, Any]]:
    """What our witness answers."""
    ours = witness()
    steps = []
    for each in requests:
        answer = ours.add_checkpoint(each)
        step = {"request": each.decode(), "status": answer.status}
        if answer.status in (200, 409):
            step |= {"body": answer.body.decode(), "type": answer.content_type}
        steps.append(step)
    return steps


def write(name: str, **content: Any) -> None:
    """Write one file of vectors."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write all files."""
    keys = {"log": str(log_signer().key), "witness": str(witness().key)}
    write(
        "requests.json",
        source="C2SP tlog-witness, section add-checkpoint, example request body",
        requests=[{"request": EXAMPLE, "old": 20852014, "hashes": 4, "size": 20852163}],
    )
    write(
        "bad_requests.json",
        source="the example of C2SP tlog-witness with one thing changed",
        requests=[{"why": why, "error": "Malformed", "request": text} for why, text in BAD.items()],
    )
    write(
        "sessions.json",
        source=SOURCE,
        keys=keys,
        sessions=[{"why": why, "steps": played(requests)} for why, requests in sessions().items()],
    )


if __name__ == "__main__":
    main()
