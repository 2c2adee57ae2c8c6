"""How a request can fail, beside the three errors of the house: each becomes one status and one problem."""

from __future__ import annotations

from lambdas.shared.agency.problems import Problem


class Absent(LookupError):
    """There is nothing of that name for this caller, whoever else may have it."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("nothing of that name is here")


class NotAllowed(Exception):
    """The caller's roles do not let them do it."""


class ConditionMissing(Exception):
    """A change must say what it changes: `If-Match` with the etag, or `If-None-Match: *` to create."""


class Changed(Exception):
    """It is not what the caller thinks; `etag` is what it is now, "" where there is none."""

    def __init__(self, etag: str) -> None:
        """Carry the etag of now."""
        super().__init__("draft: it is not what the request says it is")
        self.etag = etag


class Unfit(Exception):
    """What was sent, or the draft as it is, has these problems."""

    def __init__(self, detail: str, problems: tuple[Problem, ...]) -> None:
        """Carry the problems."""
        super().__init__(detail)
        self.problems = problems


class Busy(Exception):
    """Others were faster again and again: the same request may be sent once more."""


class Elsewhere(Exception):
    """It is done in another place, which the text names."""
