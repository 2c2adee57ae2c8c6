"""What the OpenAPI document says of a route beside its parameters: its answers, its problems, its scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel

from lambdas.shared.agency.answers import KEY
from lambdas.shared.agency.models import PROBLEMS, ProblemJson
from lambdas.shared.agency.params import header, query
from lambdas.shared.agency.roles import Scope

SCHEME: Final = "agency"
MOST_A_PAGE: Final = 100

Key = Annotated[
    str,
    header(
        "Idempotency-Key",
        pattern=f"^{KEY}$",
        description="One act for each key: sent again within a day it is answered as it was",
    ),
]
Limit = Annotated[int, query(ge=1, le=MOST_A_PAGE, description="How many at most")]
Cursor = Annotated[
    str | None, query(max_length=400, description="Where the page begins: `next` of the one before")
]

_ALWAYS: Final = (400, 401, 403, 404, 429, 500)
_WRITES: Final = (*_ALWAYS, 409, 413, 415, 422, 503)
_ANSWER_HEADERS: Final[Mapping[str, Any]] = {
    "etag": {"description": "A strong validator of the body", "schema": {"type": "string"}},
    "link": {"description": 'The page after this one, rel="next"', "schema": {"type": "string"}},
    "location": {"description": "Where to ask what became of it", "schema": {"type": "string"}},
}


class Message(BaseModel):
    """What the gateway says by itself: no token, none that is good for this, too much, too often."""

    message: str


# The gateway's own words.
_GATEWAY: Final[Mapping[int, Any]] = {
    401: {"application/json": {"model": Message}},
    403: {"application/json": {"model": Message}},
    413: {"application/json": {"model": Message}},
    429: {"application/json": {"model": Message}},
}
_TOO_MANY: Final = "Too many ask at once: send it again later"


def described(
    operation: str,
    summary: str,
    *scopes: Scope,
    answers: Mapping[int, type[BaseModel] | None],
    headers: tuple[str, ...] = (),
    more: tuple[int, ...] = (),
    writes: bool = False,
) -> dict[str, Any]:
    """Return the arguments of a route: `answers` by status, None for an empty one, and what can go wrong.

    Any one of the scopes is enough.
    """
    responses: dict[int, Any] = {
        status: {
            "description": "Done" if status < 300 else "As the caller has it",
            **({"headers": {name: _ANSWER_HEADERS[name] for name in headers}} if headers else {}),
            **({"content": {"application/json": {"model": model}}} if model else {}),
        }
        for status, model in answers.items()
    }
    for status in sorted({*(_WRITES if writes else _ALWAYS), *more}):
        responses[status] = {
            "description": PROBLEMS.get(status, _TOO_MANY),
            "content": {
                **({} if status == 429 else {"application/problem+json": {"model": ProblemJson}}),
                **_GATEWAY.get(status, {}),
            },
        }
    # Powertools has a schema of its own for 422 unless told otherwise, which asks for what it leaves out.
    if 422 not in responses:
        responses[422] = {
            "description": PROBLEMS[422],
            "content": {"application/problem+json": {"model": ProblemJson}},
        }
    return {
        "operation_id": operation,
        "summary": summary,
        "responses": responses,
        "security": [{SCHEME: [scope.value]} for scope in scopes],
    }


def next_page(address: str, cursor: str | None, limit: int, **same: str) -> dict[str, str]:
    """The `Link` to the page after this one (RFC 8288), if there is one; what stays the `same` is in it."""
    asked = "".join(f"&{name}={value}" for name, value in same.items())
    return {} if cursor is None else {"link": f'<{address}?limit={limit}&cursor={cursor}{asked}>; rel="next"'}
