"""A signal: one thing that a page noticed, as coarse as a rule can ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.signals.words import words_of
from edge_client.wire.marks import MARK
from edge_client.wire.noticed import MOST_BUCKET, SignalKind
from edge_client.wire.paths import scrub_path


class Switch(StrEnum):
    """What a citizen lets this device notice, each by itself."""

    VISITS = "visits"
    CLICKS = "clicks"
    READING = "reading"
    SEARCHES = "searches"
    FORMS = "forms"
    MARKS = "marks"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Signal:
    """What was noticed, about what, when (Unix milliseconds) and in which session of this device.

    `about` is a scrubbed path; of a search the words that the site's titles use, sorted, a space between
    them.
    `bucket` is 0 but for what was read; `mark` is empty but for what a page said of itself.
    """

    kind: SignalKind
    about: str
    at_ms: int
    session: int
    bucket: int = 0
    mark: str = ""

    @property
    def switch(self) -> Switch:
        """What the citizen switches to have it noticed or not."""
        return switch_of(self.kind)

    def to_value(self) -> canonical.Json:
        """Return the JSON that `from_value` reads."""
        row: list[canonical.Json] = [self.kind.value, self.about, self.at_ms, self.session, self.bucket]
        return [*row, self.mark] if self.mark else row

    @classmethod
    def from_value(cls, value: canonical.Json) -> Signal:
        """Read what `to_value` returned. Raises `Malformed` on anything else, raw words among them."""
        match value:
            case [str(kind), str(about), int(at_ms), int(session), int(bucket), *more] if kind in list(
                SignalKind
            ) and len(more) == (kind == SignalKind.MARKED):
                signal = cls(SignalKind(kind), about, at_ms, session, bucket, *map(str, more))
                if is_scrubbed(signal.kind, about) and 0 <= bucket <= MOST_BUCKET and all(map(is_mark, more)):
                    return signal
        raise Malformed("signals: not a scrubbed signal")


def switch_of(kind: SignalKind) -> Switch:
    """Return the switch of a kind of signal."""
    match kind:
        case SignalKind.CLICKED:
            return Switch.CLICKS
        case SignalKind.READ:
            return Switch.READING
        case SignalKind.SEARCHED:
            return Switch.SEARCHES
        case SignalKind.FORM_BEGUN | SignalKind.FORM_FINISHED:
            return Switch.FORMS
        case SignalKind.MARKED:
            return Switch.MARKS
        case _:
            assert_never(kind)


def is_mark(value: object) -> bool:
    """Say whether it is a mark, as rules name them."""
    return isinstance(value, str) and re.fullmatch(MARK, value) is not None


def is_scrubbed(kind: SignalKind, about: str) -> bool:
    """Say whether a signal of that kind may be about this: a scrubbed path, or words in one form, sorted."""
    if kind is SignalKind.SEARCHED:
        return bool(about) and " ".join(sorted(words_of(about))) == about
    return scrub_path(about) == about
