"""The condition that asks what this device noticed beside page views: clicks, reading, searches, forms, and
what a page says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields

MOST_BUCKET = 3


class SignalKind(StrEnum):
    """What was noticed: a link to a page was followed, a page was in view for a while, words of the catalogue
    were searched for, a form was begun, a form was sent, a page was opened that is marked so."""

    CLICKED = "clicked"
    READ = "read"
    SEARCHED = "searched"
    FORM_BEGUN = "form-begun"
    FORM_FINISHED = "form-finished"
    MARKED = "marked"

    @property
    def is_of_a_form(self) -> bool:
        """Whether it says how far a form is."""
        return self in (SignalKind.FORM_BEGUN, SignalKind.FORM_FINISHED)


@dataclass(frozen=True, slots=True)
class Noticed:
    """This was noticed `least` times, in `sessions` different sessions, within `days` days; `days` 0 means
    this session.

    It is about pages, for a search about topics alone, for a form about its page alone. A page counts as read
    from `bucket` on: 1 for ten seconds, 2 for a minute, 3 for five; 0 for every other kind. A form that was
    begun counts until it is sent. A page is marked by one of `marks` (`edge_client/wire/marks.py`), of which
    no other kind has any; it counts once in a session.
    """

    kind: SignalKind
    items: tuple[str, ...]
    topics: tuple[str, ...]
    least: int
    days: int
    sessions: int
    bucket: int = 0
    marks: tuple[str, ...] = ()


def check_noticed(noticed: Noticed, noun: str) -> Noticed:
    """Return the test. Raises `Malformed` where it asks for what is never noticed."""
    if not noticed.items and not noticed.topics:
        raise Malformed(f"{noun}: names neither items nor topics")
    if noticed.kind is SignalKind.SEARCHED and noticed.items:
        raise Malformed(f"{noun}: a search is about topics")
    if noticed.kind.is_of_a_form and noticed.topics:
        raise Malformed(f"{noun}: a form is on a page")
    if (noticed.kind is SignalKind.READ) != (noticed.bucket > 0):
        raise Malformed(f"{noun}: a bucket from 1 on is for what was read")
    return noticed


def signal_kind(fields: Fields, noun: str) -> SignalKind:
    """Read the field `kind`. Raises `Malformed` for a kind that no device notices."""
    text = fields.text("kind")
    if text not in list(SignalKind):
        raise Malformed(f"{noun}: kind is not among {', '.join(SignalKind)}")
    return SignalKind(text)


def print_noticed(test: Noticed) -> canonical.Json:
    """Print the inner object of the test; `marks` where it is of that kind alone."""
    marks: dict[str, canonical.Json] = {"marks": list(test.marks)} if test.kind is SignalKind.MARKED else {}
    return {
        **marks,
        "kind": test.kind.value,
        "items": list(test.items),
        "topics": list(test.topics),
        "least": test.least,
        "days": test.days,
        "sessions": test.sessions,
        "bucket": test.bucket,
    }
