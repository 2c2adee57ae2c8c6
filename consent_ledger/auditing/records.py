"""Records as an auditor gets them: opened by the officer, or shown by a receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from consent_ledger import leaf
from consent_ledger.auditing.answers import Evidence, Finding, Tally
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.material import NamedFile, Officer
from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import ClaimVerifier
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.receipt import Opening, Receipt


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """A receipt that belongs to the log: its file, itself, and its index."""

    name: str
    receipt: Receipt
    index: int


def read_receipts(
    files: Iterable[NamedFile], *, facts: Facts, trusted: LogKeys, verify: ClaimVerifier
) -> tuple[tuple[ShownReceipt, ...], tuple[Finding, ...]]:
    """Verify receipts against their own checkpoints and against this copy; remember what they show."""
    shown, findings = [], Tally()
    for name, raw in files:
        try:
            receipt = Receipt.from_bytes(raw)
            verify(receipt.check(trusted))
            index = facts.index_of(leaf.hash_of(receipt.leaf))
            if index is None:
                raise Untrue("receipt: this copy does not hold its entry")
            if index != receipt.proof.index:
                raise Untrue("receipt: its entry has another index in this copy")
        except (Malformed, Untrue) as error:
            evidence = (Evidence.of(f"receipts/{name}", raw),)
            findings.add(Finding("receipt-false", f"{name}: {error}", evidence=evidence))
            continue
        facts.open(index, receipt.opening, shown=True)
        shown.append(ShownReceipt(name, receipt, index))
    return tuple(shown), findings.findings()


def read_openings(
    officer: Officer | None, facts: Facts, *, verify: ClaimVerifier, is_behind: bool
) -> Iterator[Finding]:
    """Verify and remember the records that the officer opened.

    With `is_behind` the copy is older than the records: one that it lacks is then no finding.
    """
    for name, raw in () if officer is None else officer.openings():
        try:
            opening = Opening.from_bytes(raw)
        except (Malformed, Untrue) as error:
            yield Finding("record-unreadable", f"record {name}: {error}")
            continue
        index = facts.index_of(opening.entry())
        if index is None:
            if not is_behind:
                yield Finding("record-not-logged", f"record {name}: the log does not hold it")
            continue
        try:
            verify((opening.claim(),))
        except Untrue:
            text = f"entry {index}: its subject did not sign the record"
            yield Finding("record-not-signed", text, index)
            continue
        facts.write("DELETE FROM event WHERE place = ?", [(index,)])
        facts.open(index, opening, shown=False)


def put_in_turn(facts: Facts) -> None:
    """Give each event its turn in its subject's chain: inside a batch, places in the log are shuffled."""
    query = "SELECT subject, entry, previous, place FROM event ORDER BY subject, decided, place"
    turns = (
        (turn, place)
        for _, rows in groupby(facts.rows(query), key=lambda row: row[0])
        for turn, place in enumerate(_in_order(list(rows)), start=1)
    )
    # By way of a table of their own: a table is not written while it is read.
    facts.write("CREATE TEMP TABLE IF NOT EXISTS turn (turn INTEGER, place INTEGER PRIMARY KEY)", [()])
    facts.write("INSERT INTO turn VALUES (?, ?)", turns)
    facts.write("UPDATE event SET turn = (SELECT turn.turn FROM turn WHERE turn.place = event.place)", [()])
    facts.write("DROP TABLE turn", [()])


def _in_order(rows: list[tuple[Any, ...]]) -> Iterator[int]:
    """The places of one subject's events, each after the one that it follows."""
    entries = {entry for _, entry, _, _ in rows}
    following: dict[bytes | None, list[tuple[bytes, int]]] = {}
    for _, entry, previous, place in rows:
        following.setdefault(previous if previous in entries else None, []).append((entry, place))
    waiting = following.pop(None, [])[::-1]
    while waiting:
        entry, place = waiting.pop()
        yield place
        waiting += following.pop(entry, [])[::-1]
