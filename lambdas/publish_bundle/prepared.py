"""What was made for the pages that a job wants, read back by its hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger.errors import Refused
from lambdas.publish_bundle.ports import Files
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.paging import Answer, NotPaged, Wanted
from lambdas.shared.publishing.snapshot import check_file


@dataclass(frozen=True, slots=True)
class Prepared:
    """The files of a job's answer, if it came with one."""

    files: Files
    job: Job
    answer: Answer | None

    def __call__(self, wanted: Wanted) -> Mapping[str, bytes]:
        """Return the files of what is wanted, each of its hash.

        Raises `NotPaged` where nothing was made for that yet: what is live may have changed since it was
        asked for. Raises `Refused` with why nothing comes of it, `Untrue` for a file that is another.
        """
        answer = self.answer
        if answer is None or answer.to != wanted.digest:
            raise NotPaged(wanted)
        if answer.refused:
            raise Refused(answer.refused)
        return {
            name: check_file(
                self.files.file(
                    self.job.agency, self.job.site, sha256=entry.sha256, size_bytes=entry.size_bytes
                ),
                name=name,
                entry=entry,
            )
            for name, entry in answer.files.items()
        }
