"""Every way in which a request fails, as a problem document (RFC 9457): what, why, where, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from lambdas.shared.agency.answers import KeyUsedOtherwise
from lambdas.shared.agency.failures import (
    Absent,
    Busy,
    Changed,
    ConditionMissing,
    Elsewhere,
    NotAllowed,
    Unfit,
)
from lambdas.shared.agency.problems import Problem
from lambdas.shared.logs import log_failure

CONTENT_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:nearside:problem"
_IN_BODY: Final = "body"


class Unsupported(Exception):
    """The body is not JSON by its own account."""


class TooLarge(Exception):
    """The body is longer than any that is taken."""


class Invalid(Exception):
    """What a request has is not what its route asks for: each place, such as `body`, `items`, 2, and what of
    it does not hold, in Pydantic's word."""

    def __init__(self, wrong: tuple[tuple[tuple[str | int, ...], str], ...]) -> None:
        """Carry them."""
        super().__init__("request: not what its address takes")
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """A problem as callers read it; `etag` is what there is now, for a condition that does not hold."""

    status: int
    kind: str
    detail: str
    problems: tuple[Problem, ...] = ()
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Print it as canonical JSON."""
        return canonical.encode(
            {
                "type": f"{_TYPE}:{self.kind}",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.detail,
                **({"problems": [each.to_json() for each in self.problems]} if self.problems else {}),
                **({"etag": self.etag} if self.etag is not None else {}),
            }
        )


def answer_to(error: Exception) -> ProblemDocument:
    """Return the problem that an error is to whoever sent the request; of an unforeseen one, only that."""
    match error:
        case Absent():
            return ProblemDocument(404, "absent", "there is nothing of that name here")
        case Elsewhere():
            return ProblemDocument(404, "elsewhere", str(error))
        case NotAllowed():
            return ProblemDocument(403, "not-allowed", str(error))
        case ConditionMissing():
            return ProblemDocument(428, "condition-missing", str(error))
        case Changed(etag=etag):
            return ProblemDocument(412, "changed", str(error), etag=etag)
        case Unfit(problems=problems):
            return ProblemDocument(422, "unfit", str(error), problems)
        case KeyUsedOtherwise():
            return ProblemDocument(422, "key-used-otherwise", str(error))
        case Invalid(wrong=wrong):
            return _invalid(wrong)
        case Unsupported():
            return ProblemDocument(415, "unsupported", "request: content type is not application/json")
        case TooLarge():
            return ProblemDocument(413, "too-large", "request: the body is too large")
        case Malformed():
            return ProblemDocument(400, "malformed", str(error))
        case Refused():
            return ProblemDocument(409, "refused", str(error))
        case Busy():
            return ProblemDocument(503, "busy", str(error), headers={"retry-after": "1"})
        case _:
            # The text of an unforeseen error may quote what it choked on: say only that there was one, and to
            # whoever looks after the function of which kind.
            log_failure(error)
            return ProblemDocument(500, "failed", "the request could not be carried out")


def _invalid(wrong: tuple[tuple[tuple[str | int, ...], str], ...]) -> ProblemDocument:
    """Of what validation says, where it is and of which kind: its texts and inputs may quote the body."""
    if any(place[0] == "path" for place, _ in wrong):
        # Such as a collection that there is not.
        return answer_to(Absent())
    problems = tuple(
        Problem(_pointer(place), _what(kind), "write it as docs/openapi.json says") for place, kind in wrong
    )
    if any(place[0] == _IN_BODY for place, _ in wrong):
        return ProblemDocument(422, "invalid", "the body is not what this address takes", problems)
    return ProblemDocument(400, "invalid", "the query or a header is not valid", problems)


def _pointer(place: tuple[str | int, ...]) -> str:
    """A pointer into the body, or the name of a parameter."""
    if place[0] == _IN_BODY:
        return "".join(f"/{each}" for each in place[1:])
    return ".".join(str(each) for each in place)


def _what(kind: str) -> str:
    return "is missing" if kind == "missing" else f"is not valid ({kind})"
