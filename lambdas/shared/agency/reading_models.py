"""What the agency API answers to whoever reads before they decide."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from lambdas.shared.agency.models import Fault


class FileEntry(BaseModel):
    """A file by its name, hash and size."""

    name: str
    sha256: str
    bytes: int


class MadeFile(FileEntry):
    """A file, and of how many documents of each collection it was made."""

    documents: dict[str, int]


class MadeOf(BaseModel):
    """The file that names each document that a snapshot was made of, and how many there are."""

    name: str
    sha256: str
    documents: dict[str, int]


class FilesAnswer(BaseModel):
    """The files of a proposal; whoever approves sends the hash `snapshot`, which stands for them all."""

    proposal: str
    snapshot: str
    items: list[MadeFile]
    drafts: MadeOf


class Against(BaseModel):
    """What something is held against; "" where nothing is live, or approved."""

    proposal: str
    snapshot: str


class Counts(BaseModel):
    """How many documents are added, changed and removed."""

    added: int
    changed: int
    removed: int


class ChangeEntry(BaseModel):
    """A document before and after; null where it was not there, or is no longer."""

    collection: str
    name: str
    change: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ProposedChangesAnswer(BaseModel):
    """Some documents that a proposal changes; `next` leads to the page after this one."""

    against: Against
    snapshot: str
    counts: Counts
    items: list[ChangeEntry]
    next: str | None


class ReachedSlot(BaseModel):
    """A slot that may show something else, on which pages (none for every page), and for which changes."""

    slot: str
    pages: list[str]
    because: list[str]
    more: int


class PreviewAnswer(BaseModel):
    """What a draft or a proposal would be as a bundle; `beside` are changes that reach no slot."""

    against: Against
    items: list[FileEntry]
    problems: list[Fault]
    more_problems: int
    counts: Counts
    slots: list[ReachedSlot]
    more_slots: int
    beside: list[str]
    more_beside: int


class StopEntry(BaseModel):
    """What was stopped with a proposal: its files together, and documents that it brought or took away."""

    proposal: str
    snapshot: str
    brought: list[str]
    gone: list[str]


class StopsAnswer(BaseModel):
    """Some stops that are in force, by proposal; `next` leads to the page after this one."""

    items: list[StopEntry]
    next: str | None
