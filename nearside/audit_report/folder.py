"""The report as a folder: every table, every proof, the evidence of every finding, and a list of hashes.

Whoever gets the folder checks `SHA256SUMS`, and each proof against the entry beside it, with any tool that
reads C2SP tlog-proofs: `nearside ledger verify proofs/7.tlog-proof --entry proofs/7.leaf --log-key VKEY`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from consent_ledger.auditing.answers import Answer
from consent_ledger.auditing.proofs import Proofs
from consent_ledger.auditing.questions import EXPORT
from consent_ledger.auditing.study import Study
from consent_ledger.errors import Refused
from nearside.audit_report.machine import csv_table, json_report
from nearside.audit_report.text import report

NAMES: Final = {
    1: "append-only", 2: "receipts", 3: "consented-before", 4: "histories", 5: "decisions", 6: "withdrawals",
    7: "erasures", 8: "served", 9: "openings", 10: "live", 11: "witnesses",
}  # fmt: skip
_SAFE: Final = re.compile(r"[^A-Za-z0-9._/-]")


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """A folder that is written once; `hashes` are the files written so far with their SHA-256 in hex."""

    folder: Path
    hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> ReportFolder:
        """Make the folder, for its owner alone: decisions are in it.

        Raises `Refused` when something is in it already.
        """
        if folder.is_dir() and any(folder.iterdir()):
            raise Refused("report: the folder is not empty")
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return cls(folder)

    def place(self, name: str, data: bytes) -> None:
        """Write a file once; other bytes under a name that is taken get a name with their hash."""
        digest = hashlib.sha256(data).hexdigest()
        if self.hashes.get(name, digest) != digest:
            name = f"{name}-{digest[:16]}"
        self.write(name, [data])

    def write(self, name: str, pieces: Iterable[str | bytes]) -> None:
        """Write one file from its pieces; a name that is there already is left as it is."""
        if name in self.hashes:
            return
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with place.open("wb") as file:
            for piece in pieces:
                data = piece.encode("utf-8") if isinstance(piece, str) else piece
                digest.update(data)
                file.write(data)
        self.hashes[name] = digest.hexdigest()


def export(study: Study, answers: tuple[Answer, ...], folder: ReportFolder) -> Answer:
    """Write answers 1 to 11 with all their proofs; return the twelfth, which lists the files."""
    folder.write("checkpoint", [study.latest.note])
    proofs = Proofs.of(study) if study.provable else None
    proven: set[int] = set()
    for answer in answers:
        if answer.columns:
            folder.write(f"{answer.number:02d}-{NAMES[answer.number]}.csv", _ended(csv_table(answer), "\r\n"))
        for index in _indexes(study, answer):
            if proofs is not None and index not in proven:
                entry, proof = proofs.prove(index)
                folder.write(f"proofs/{index}.leaf", [entry])
                folder.write(f"proofs/{index}.tlog-proof", [proof])
                proven.add(index)
        for evidence in answer.files():
            folder.place(safe(evidence.name), evidence.read())
        for finding in answer.findings:
            for evidence in finding.evidence:
                folder.place(f"evidence/{finding.code}/{safe(evidence.name)}", evidence.read())
    last = Answer(
        12,
        EXPORT,
        f"{len(folder.hashes) + 2} files, {len(proven)} inclusion proofs; SHA256SUMS lists them",
        columns=("file", "sha256"),
        rows=lambda: iter(sorted(folder.hashes.items())),
    )
    folder.write("report.txt", _ended(report((*answers, last), most_rows=1000)))
    folder.write("report.json", _ended(json_report((*answers, last))))
    sums = [f"{digest}  {name}\n" for name, digest in sorted(folder.hashes.items())]
    folder.write("SHA256SUMS", sums)
    return last


def not_exported() -> Answer:
    """The twelfth answer when no folder was named."""
    return Answer(12, EXPORT, "nothing was written", missing="a folder for it, named with --out")


def _indexes(study: Study, answer: Answer) -> Iterator[int]:
    yield from answer.proven()
    for finding in answer.findings:
        if finding.index is not None and finding.index < study.size:
            yield finding.index


def _ended(lines: Iterable[str], end: str = "\n") -> Iterator[str]:
    for line in lines:
        yield f"{line}{end}"


def safe(name: str) -> str:
    """A relative path that stays inside, whatever the file that it speaks of was called."""
    parts = [part for part in _SAFE.sub("_", name).split("/") if part not in ("", ".", "..")]
    return "/".join(part[:100] for part in parts) or "unnamed"
