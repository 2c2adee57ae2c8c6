"""`nearside ledger audit`: answer the privacy officer's twelve questions about a log, with proofs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from consent_ledger.auditing.answers import Answer
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.material import Asked, Material, NamedFile
from consent_ledger.auditing.questions import answers
from consent_ledger.auditing.study import read_study
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.fields import read_hex
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.note import MAX_NOTE_BYTES, Note
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import MAX_RECEIPT_BYTES
from consent_ledger.storage.whole_file import read_at_most
from nearside.audit_report.folder import ReportFolder, export, not_exported
from nearside.audit_report.machine import csv_report, json_report
from nearside.audit_report.text import report
from nearside.commands.ledger.progress import progress
from nearside.commands.ledger.trust import (
    FALSE,
    answer,
    log_key_option,
    quorum_option,
    witness_option,
)
from nearside.officer_folder import OfficerFolder, named_files
from nearside.public_log.evidence import EVIDENCE
from nearside.public_log.layout import CHECKPOINT, superseded
from nearside.public_log.source import PublicLog, need, open_log
from nearside.public_log.witness_copy import witness_copy

_file: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("log", metavar="LOG")
@log_key_option
@witness_option
@quorum_option
@click.option(
    "--officer",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The officer's own folder: opened records, registers, inventory, what witnesses hold.",
)
@click.option("--receipt", "receipts", multiple=True, type=_file, help="A receipt to ask about; repeatable.")
@click.option(
    "--subject", "subjects", multiple=True, metavar="HEX", help="A consent key to ask about; repeatable."
)
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), help="With --before.")
@click.option(
    "--before",
    metavar="INDEX|HASH",
    help="An entry by its index or leaf hash, or a release by its hash: was the purpose consented to before?",
)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="What was live on this day?  [default: the last known]"
)
@click.option(
    "--since", "since", multiple=True, type=_file, help="A checkpoint kept from another day; repeatable."
)
@click.option(
    "--witness-copy",
    "copies",
    multiple=True,
    metavar="FILE|URL",
    help="A checkpoint as a witness holds it, in a file or behind the witness's URL; repeatable.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
@click.option(
    "--rows", default=10, show_default=True, type=click.IntRange(0), help="Rows of each table as text."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for every table, proof and piece of evidence.",
)
def audit(
    log: str,
    *,
    log_keys: tuple[str, ...],
    witnesses: tuple[str, ...],
    quorum: int,
    officer: Path | None,
    receipts: tuple[Path, ...],
    subjects: tuple[str, ...],
    purpose: str | None,
    before: str | None,
    day: datetime | None,
    since: tuple[Path, ...],
    copies: tuple[str, ...],
    form: str,
    rows: int,
    out: Path | None,
) -> None:
    """Answer twelve questions about LOG, each with a proof.

    A folder is audited offline: nothing is asked of anybody. What a copy alone cannot tell is answered from
    the officer's folder, or said to be unknown.

    Exit status: 0 no findings, 1 findings, 2 unusable input.

    \b
    Example:
      nearside ledger audit copy --log-key "$LOG" --officer officer --out report
    """
    if (purpose is None) != (before is None):
        raise click.UsageError("--purpose goes with --before")
    if out is not None and form != "text":
        raise click.UsageError("--out writes every format: leave --format away")

    def check() -> Iterator[str]:
        asked = Asked(
            receipts=tuple(_named(receipts, MAX_RECEIPT_BYTES, noun="receipt")),
            subjects=tuple(read_hex(key, 32, noun="subject") for key in subjects),
            purpose=purpose,
            before=None if before is None else _event(before),
            day=None if day is None else day.date(),
        )
        trusted = LogKeys.parse(*log_keys, witnesses=witnesses, quorum=quorum)
        with ExitStack() as cleanup:
            folder = None if out is None else ReportFolder.new(out)
            source = cleanup.enter_context(open_log(log))
            facts = Facts()
            cleanup.callback(facts.close)
            held = {place: witness_copy(place, origin=trusted.origin) for place in copies}
            material = _material(source, Path(log), officer, since=since, copies=held)
            checkpoint = Checkpoint.parse(Note.from_bytes(material.checkpoint).text)
            with progress("Reading the log", checkpoint.size) as advance:
                study = read_study(
                    material,
                    asked=asked,
                    trusted=trusted,
                    verify=verify_claims,
                    facts=facts,
                    progress=advance,
                )
            given = answers(study)
            last = not_exported() if folder is None else export(study, given, folder)
            given = (*given, last)
            found.extend(each for each in given if each.findings)
            yield from _printed(given, form, rows)

    found: list[Answer] = []
    answer(check)
    if found:
        raise SystemExit(FALSE)


def _printed(given: tuple[Answer, ...], form: str, rows: int) -> Iterator[str]:
    match form:
        case "json":
            yield from json_report(given)
        case "csv":
            yield from csv_report(given)
        case _:
            yield from report(given, most_rows=rows)


def _material(
    source: PublicLog, log: Path, officer: Path | None, *, since: tuple[Path, ...], copies: dict[str, bytes]
) -> Material:
    folder = None if officer is None else OfficerFolder(officer)

    def kept() -> Iterator[NamedFile]:
        for size in source.superseded_sizes() or ():
            data = source.read(superseded(size))
            if data is not None:
                yield superseded(size), data
        yield from _named(since, MAX_NOTE_BYTES, noun="checkpoint")

    def witnessed() -> Iterator[NamedFile]:
        if folder is not None:
            yield from folder.witnessed()
        yield from copies.items()
        # What a mirror refused and kept is evidence as good as a witness's.
        yield from named_files(log / EVIDENCE, suffix="")

    return Material(source.read, need(source, CHECKPOINT), kept, witnessed, folder)


def _named(files: tuple[Path, ...], limit: int, *, noun: str) -> Iterator[NamedFile]:
    for file in files:
        yield file.name, read_at_most(file, limit, noun=noun)


def _event(text: str) -> bytes | int:
    if len(text) < 2 * HASH_BYTES and text.isascii() and text.isdigit():
        return int(text)
    return read_hex(text, HASH_BYTES, noun="event")
