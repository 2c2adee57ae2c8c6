"""Terms: what an auditor reads in the documents that leaves name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.documents import check, path_of
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.tiles import PathReader


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
    """What a task's document promises: purpose, privacy parameters, and the sentence that citizens read."""

    purpose: str
    k: int
    epsilon_milli: int
    delta_exp: int
    sentence: str

    @classmethod
    def parse(cls, data: bytes) -> TaskTerms:
        """Read a measurement task (docs/formats/release.md); raises `Malformed`."""
        match canonical.decode(data):
            case {
                "purpose": str(purpose),
                "k": int(k),
                "epsilon_milli": int(epsilon_milli),
                "delta_exp": int(delta_exp),
                "sentence": str(sentence),
            }:
                return cls(purpose, k, epsilon_milli, delta_exp, sentence)
            case _:
                raise Malformed("task: not the fields that an audit reads")


@dataclass(frozen=True, slots=True)
class ReleaseTerms:
    """What a release says of itself; privacy parameters are None without noise."""

    k: int
    epsilon_milli: int | None
    delta_exp: int | None
    mechanism: str
    cells: int

    @classmethod
    def parse(cls, data: bytes) -> ReleaseTerms:
        """Read a release (docs/formats/release.md).

        Raises `Malformed`, and `Untrue` when a cell counts fewer than the release promises.
        """
        match canonical.decode(data, max_bytes=64 * 1024 * 1024):
            case {
                "k": int(k),
                "epsilon_milli": int() | None as epsilon_milli,
                "delta_exp": int() | None as delta_exp,
                "mechanism": str(mechanism),
                "cells": list(cells),
            }:
                if any(_count(cell) < k for cell in cells):
                    raise Untrue("release: a cell counts fewer than it promises")
                return cls(k, epsilon_milli, delta_exp, mechanism, len(cells))
            case _:
                raise Malformed("release: not the fields that an audit reads")


@dataclass(frozen=True, slots=True)
class ManifestNames:
    """What a bundle's manifest names: files and code with their hashes, and the key list's hash.

    Dates are in seconds since 1970.
    """

    version: int
    not_before: int
    expires: int
    keys: str
    files: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, data: bytes) -> ManifestNames:
        """Read a manifest's note text (docs/formats/bundle.md); raises `Malformed`."""
        match canonical.decode(data.partition(b"\n")[2].removesuffix(b"\n")):
            case {
                "version": int(version),
                "not_before": int(not_before),
                "expires": int(expires),
                "keys": str(keys),
                "files": dict(files),
                "code": dict(code),
            } if _is_digest(keys):
                named = tuple(sorted([*_hashes(files), *_hashes(code)]))
                return cls(version, not_before, expires, keys, named)
            case _:
                raise Malformed("manifest: not the fields that an audit reads")


def read_task_ids(read: PathReader, digest: bytes) -> tuple[str, ...] | None:
    """The ids of the tasks in a bundle's `tasks.json`; None when it is missing or unreadable."""
    raw = document(read, digest)
    try:
        match None if raw is None else canonical.decode(raw):
            case {"tasks": list(tasks)}:
                return tuple(_id(task) for task in tasks)
            case _:
                return None
    except Malformed:
        return None


def read_manifest(read: PathReader, digest: bytes) -> ManifestNames | None:
    """The manifest with this SHA-256; None when it is missing or unreadable."""
    raw = document(read, digest)
    try:
        return None if raw is None else ManifestNames.parse(raw)
    except Malformed:
        return None


def read_task(read: PathReader, digest: bytes) -> TaskTerms | None:
    """The task with this SHA-256; None when it is missing or unreadable."""
    raw = document(read, digest)
    try:
        return None if raw is None else TaskTerms.parse(raw)
    except Malformed:
        return None


def read_keys(read: PathReader, digest: bytes) -> KeyList | None:
    """The key list with this SHA-256; None when it is missing or unreadable."""
    raw = document(read, digest)
    try:
        return None if raw is None else KeyList.from_bytes(raw)
    except Malformed:
        return None


def _id(task: Json) -> str:
    match task:
        case {"id": str(name)}:
            return name
        case _:
            raise Malformed("tasks: a task without an id")


def _hashes(files: Mapping[str, Json]) -> list[tuple[str, str]]:
    named = []
    for name, entry in files.items():
        match entry:
            case str(digest) | {"sha256": str(digest)} if _is_digest(digest):
                named.append((name, digest))
            case _:
                raise Malformed("manifest: a file has no hash")
    return named


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def _count(cell: Json) -> int:
    match cell:
        case [int(), int(), int(count)]:
            return count
        case _:
            raise Malformed("release: a cell is not two pages and a count")
