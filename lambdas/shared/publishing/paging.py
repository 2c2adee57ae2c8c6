"""What one function asks another for when pages changed, and what it answers: `docs/formats/publishing.md`.

Who publishes has none of the libraries that make models, and who makes them has no key. What is wanted is
named by hashes, and so is what comes of it: an answer says which question it is to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from edge_client.wire.manifest import ARCHETYPES, CANDIDATES, MAX_FILE_BYTES, FileEntry
from lambdas.shared.publishing.job import MAX_JOB_BYTES, Job
from lambdas.shared.publishing.trained_model import MadeFrom

MAX_MESSAGE_BYTES: Final = MAX_JOB_BYTES + 8 * 1024
BESIDE: Final = (ARCHETYPES, CANDIDATES)
MADE: Final = ("model.json", "model.onnx")
_LONGEST_WHY: Final = 1000


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a model and is of pages, too: files by name, and the catalogue that they are of."""

    catalogue: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model of the pages of a catalogue, made from another, or of words alone; all are SHA-256 in hex.

    `or_words` says that words alone will do where the other cannot be paged.
    """

    catalogue: str
    made_from: MadeFrom | None
    beside: Beside | None = None
    or_words: bool = False

    @property
    def digest(self) -> str:
        """What answers name it by."""
        return hashlib.sha256(canonical.encode(self.to_json())).hexdigest()

    @classmethod
    def of(cls, value: Json) -> Wanted:
        """Read it. Raises `Malformed`."""
        fields = Fields(value, "wanted")
        source, beside = fields.take("made_from"), fields.take("beside")
        wanted = cls(
            fields.hex("catalogue", 32).hex(),
            None if source is None else MadeFrom.of(source),
            None if beside is None else _beside(beside),
            fields.flag("or_words"),
        )
        fields.done()
        return wanted

    def to_json(self) -> dict[str, Json]:
        """Print what `of` reads."""
        beside = self.beside
        return {
            "catalogue": self.catalogue,
            "made_from": None if self.made_from is None else self.made_from.to_json(),
            "beside": None if beside is None else {"catalogue": beside.catalogue, "files": {**beside.files}},
            "or_words": self.or_words,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: files by name, or `refused`, why there are none; `to` is the question's digest."""

    to: str
    files: Mapping[str, FileEntry]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A job that waits for pages, as the one who makes them gets it."""

    job: Job
    wanted: Wanted

    @classmethod
    def from_bytes(cls, raw: bytes) -> Order:
        """Read a message. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_MESSAGE_BYTES), "order")
        fields.whole("v", low=1, high=1)
        order = cls(_job(fields), Wanted.of(fields.take("wanted")))
        fields.done()
        return order

    def to_bytes(self) -> bytes:
        """Print the message."""
        job = canonical.decode(self.job.to_bytes())
        return canonical.encode({"v": 1, "job": job, "wanted": self.wanted.to_json()})


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A job as who publishes gets it: as it was asked for, or with what came of the pages that it wants."""

    job: Job
    answer: Answer | None = None

    @classmethod
    def from_bytes(cls, raw: bytes) -> JobMessage:
        """Read a message of either kind. Raises `Malformed`."""
        value = canonical.decode(raw, max_bytes=MAX_MESSAGE_BYTES)
        if not (isinstance(value, dict) and "answer" in value):
            return cls(Job.from_bytes(raw))
        fields = Fields(value, "job")
        fields.whole("v", low=1, high=1)
        asked = cls(_job(fields), _answer(fields.take("answer")))
        fields.done()
        return asked

    def to_bytes(self) -> bytes:
        """Print the message."""
        if self.answer is None:
            return self.job.to_bytes()
        answer = self.answer
        files: dict[str, Json] = {
            name: {"sha256": entry.sha256, "bytes": entry.size_bytes} for name, entry in answer.files.items()
        }
        told: dict[str, Json] = {"to": answer.to, "files": files, "refused": answer.refused[:_LONGEST_WHY]}
        return canonical.encode({"v": 1, "job": canonical.decode(self.job.to_bytes()), "answer": told})


class NotPaged(Refused):
    """Nobody made these pages yet: who can is to be asked, and the job comes again with what came of it."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__("model: not made for these pages yet")
        self.wanted = wanted


Pages = Callable[[Wanted], Mapping[str, bytes]]
"""Gives the files of what is wanted. Raises `NotPaged`; `Refused` or `Untrue` where nothing comes of it."""


def _job(fields: Fields) -> Job:
    return Job.from_bytes(canonical.encode(fields.take("job")))


def _beside(value: Json) -> Beside:
    fields = Fields(value, "wanted: beside")
    named = fields.take("files")
    if not isinstance(named, dict) or not named.keys() <= set(BESIDE):
        raise Malformed("wanted: beside: a file of no name that is known")
    files = Fields(named, "wanted: beside")
    beside = Beside(fields.hex("catalogue", 32).hex(), {name: files.hex(name, 32).hex() for name in named})
    fields.done()
    return beside


def _answer(value: Json) -> Answer:
    fields = Fields(value, "answer")
    named, refused = fields.take("files"), fields.text("refused", pattern=r"(?s).*", max_length=_LONGEST_WHY)
    if not isinstance(named, dict) or not named.keys() <= {*MADE, *BESIDE}:
        raise Malformed("answer: a file of no name that is known")
    if not refused and not set(MADE) <= named.keys():
        raise Malformed("answer: neither a model with its card, nor why there is none")
    answer = Answer(
        fields.hex("to", 32).hex(), {name: _entry(entry) for name, entry in named.items()}, refused
    )
    fields.done()
    return answer


def _entry(value: Json) -> FileEntry:
    fields = Fields(value, "answer: file")
    entry = FileEntry(fields.hex("sha256", 32).hex(), fields.whole("bytes", high=MAX_FILE_BYTES))
    fields.done()
    return entry
