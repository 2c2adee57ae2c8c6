"""What was made for the pages that a job wants, read back by its hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger.errors import Refused, Untrue
from lambdas.publish_bundle.ports import Files
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.paging import MADE, Answer, NotPaged, Wanted
from lambdas.shared.publishing.snapshot import check_file
from lambdas.shared.publishing.trained_model import Card


@dataclass(frozen=True, slots=True)
class Prepared:
    """The files of a job's answer, if it came with one."""

    files: Files
    job: Job
    answer: Answer | None

    def __call__(self, wanted: Wanted) -> Mapping[str, bytes]:
        """Return the files of what is wanted, each of its hash.

        Raises `NotPaged` where nothing was made for that yet: what is live may have changed since it was
        asked for. Raises `Refused` with why nothing comes of it, `Untrue` for a file that is another, for
        other files than were wanted, and for a card that tells another origin than was asked for.
        """
        answer = self.answer
        if answer is None or answer.to != wanted.digest:
            raise NotPaged(wanted)
        if answer.refused:
            raise Refused(answer.refused)
        if answer.files.keys() != {*MADE, *(wanted.beside.files if wanted.beside else ())}:
            raise Untrue("answer: other files than were wanted")
        files = {
            name: check_file(
                self.files.file(
                    self.job.agency, self.job.site, sha256=entry.sha256, size_bytes=entry.size_bytes
                ),
                name=name,
                entry=entry,
                noun="answer",
            )
            for name, entry in answer.files.items()
        }
        _check_origin(Card.parse(files["model.json"]), wanted)
        return files


def _check_origin(card: Card, wanted: Wanted) -> None:
    """Raise `Untrue` unless a card tells the origin that was asked for: a model counts as what it says."""
    is_words = card.made_from is None and wanted.or_words
    if not card.is_paged or not (is_words or card.made_from == wanted.made_from):
        raise Untrue("answer: a model that was made from something else than was asked for")
