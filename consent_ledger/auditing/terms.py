"""Terms: what an auditor reads in the documents that leaves name.

The whole formats are `edge_client.wire`'s, which stands above the ledger and is unknown to it; and whoever
audits a log without personalisation has no such package. So these readers take the fields that questions are
about, and leave the rest of a document to whoever uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.documents import ManifestNames, check, path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.tiles import PathReader

_Terms = TypeVar("_Terms")


def document(read: PathReader, digest: bytes) -> bytes | None:
    """The document with this SHA-256; None when the copy lacks it, or has other bytes in its place."""
    data = as_it_is(read, digest)
    try:
        return None if data is None else check(data, digest)
    except (Malformed, Untrue):
        return None


def as_it_is(read: PathReader, digest: bytes) -> bytes | None:
    """What lies in the place of a document, whatever it is; None for nothing, or for more than is read."""
    try:
        return read(path_of(digest))
    except Malformed:
        return None


@dataclass(frozen=True, slots=True)
class TaskTerms:
    """What a task's document promises: whose it is, its bounds, and the sentence that citizens read."""

    site: str
    purpose: str
    pairs_per_week: int
    k: int
    epsilon_milli: int
    delta_exp: int
    sentence: str

    @classmethod
    def parse(cls, data: bytes) -> TaskTerms:
        """Read a measurement task (docs/formats/release.md); raises `Malformed`."""
        match canonical.decode(data):
            case {
                "site": str(site),
                "purpose": str(purpose),
                "pairs_per_week": int(pairs),
                "k": int(k),
                "epsilon_milli": int(epsilon_milli),
                "delta_exp": int(delta_exp),
                "sentence": str(sentence),
            }:
                return cls(site, purpose, pairs, k, epsilon_milli, delta_exp, sentence)
            case _:
                raise Malformed("task: not the fields that an audit reads")


@dataclass(frozen=True, slots=True)
class ReleaseTerms:
    """What a release says of itself; privacy parameters are None without noise.

    `first` and `last` are its period, `pairs` the most that one unit adds to; `threshold` is the least
    value of a cell, of which `parts` make a whole unit; `version` is the format's.
    """

    site: str
    first: str | None
    last: str | None
    pairs: int
    k: int
    epsilon_milli: int | None
    delta_exp: int | None
    mechanism: str
    cells: int
    parts: int = 1
    threshold: int = 0
    version: int = 2

    @classmethod
    def parse(cls, data: bytes) -> ReleaseTerms:
        """Read a release of version 1 or 2 (docs/formats/release.md).

        Raises `Malformed`, and `Untrue` when a cell counts fewer than the release promises, or its threshold
        is lower than the fewest units that it promises. Whether its noise is as wide as that takes more than
        an audit reads: `edge_client.wire.release` knows.
        """
        value = canonical.decode(data, max_bytes=64 * 1024 * 1024)
        match value:
            case {"v": 2, "parts": int(parts), "threshold": int(threshold)}:
                version = 2
            case {"v": 1, "k": int(threshold)}:
                version, parts = 1, 1
            case _:
                raise Malformed("release: not the fields that an audit reads")
        match value:
            case {
                "site": str(site),
                "period": {"from": str() | None as first, "to": str() | None as last},
                "bound": {"pairs": int(pairs)},
                "k": int(k),
                "epsilon_milli": int() | None as epsilon_milli,
                "delta_exp": int() | None as delta_exp,
                "mechanism": str(mechanism),
                "cells": list(cells),
            }:
                if any(_count(cell) < threshold for cell in cells) or threshold < k * parts:
                    raise Untrue("release: a cell counts fewer than it promises")
                return cls(
                    site,
                    first,
                    last,
                    pairs,
                    k,
                    epsilon_milli,
                    delta_exp,
                    mechanism,
                    len(cells),
                    parts,
                    threshold,
                    version,
                )
            case _:
                raise Malformed("release: not the fields that an audit reads")


def read_manifest(read: PathReader, digest: bytes) -> ManifestNames | None:
    """The manifest with this SHA-256; None when it is missing or unreadable."""
    return _read(read, digest, parse=ManifestNames.parse)


def read_task(read: PathReader, digest: bytes) -> TaskTerms | None:
    """The task with this SHA-256; None when it is missing or unreadable."""
    return _read(read, digest, parse=TaskTerms.parse)


def read_task_ids(read: PathReader, digest: bytes) -> tuple[str, ...] | None:
    """The ids of the tasks in a bundle's `tasks.json`; None when it is missing or unreadable."""
    return _read(read, digest, parse=_parse_ids)


def read_keys(read: PathReader, digest: bytes) -> KeyList | None:
    """The key list with this SHA-256; None when it is missing or unreadable."""
    return _read(read, digest, parse=KeyList.from_bytes)


def _read(read: PathReader, digest: bytes, *, parse: Callable[[bytes], _Terms]) -> _Terms | None:
    raw = document(read, digest)
    try:
        return None if raw is None else parse(raw)
    except Malformed:
        return None


def _parse_ids(data: bytes) -> tuple[str, ...]:
    match canonical.decode(data):
        case {"tasks": list(tasks)}:
            return tuple(_id(task) for task in tasks)
        case _:
            raise Malformed("tasks: not a list of tasks")


def _id(task: Json) -> str:
    match task:
        case {"id": str(name)}:
            return name
        case _:
            raise Malformed("tasks: a task without an id")


def _count(cell: Json) -> int:
    match cell:
        case [int(), int(), int(count)]:
            return count
        case _:
            raise Malformed("release: a cell is not two pages and a count")
