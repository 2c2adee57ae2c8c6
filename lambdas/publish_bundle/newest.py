"""What was asked for last of a site, and what is to stay silent until it is revived.

An older job that comes late undoes none of it. A stop is written down before it is carried out: whatever is
published meanwhile, or for the first time, is silent as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from lambdas.shared.publishing.job import Job, Kill, Revive, Turn
from lambdas.shared.publishing.stopping import Stops

MAX_NEWEST_BYTES: Final = 128 * 1024
_MOST_REMEMBERED_BYTES: Final = 64 * 1024
"""Names of slots beyond it are not remembered one by one: then the whole site is silent."""

_NEVER: Final = Turn()


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest job for other files, for a stop and for a revival was asked for.

    `site` is when the whole site was stopped last, and `slots` when each of those was.
    """

    files: Turn = _NEVER
    stop: Turn = _NEVER
    revived: Turn = _NEVER
    site: Turn = _NEVER
    slots: Mapping[str, Turn] = field(default_factory=dict)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Newest:
        """Read it back, also as it was kept when jobs had no numbers. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_NEWEST_BYTES), "newest")
        if fields.whole("v", low=1, high=2) == 1:
            newest = cls(Turn(0, fields.whole("files")), Turn(0, fields.whole("stop")))
        else:
            files, stop, revived, site = (
                _turn(fields.take(name)) for name in ("files", "stop", "revived", "site")
            )
            newest = cls(files, stop, revived, site, _slots(fields.take("slots")))
        fields.done()
        return newest

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        slots: dict[str, Json] = {name: _printed(turn) for name, turn in self.slots.items()}
        return canonical.encode(
            {
                "v": 2,
                "files": _printed(self.files),
                "stop": _printed(self.stop),
                "revived": _printed(self.revived),
                "site": _printed(self.site),
                "slots": slots,
            }
        )

    @property
    def stops(self) -> Stops:
        """What stays silent, whether or not it is live yet."""
        silent = frozenset(name for name, turn in self.slots.items() if turn > self.revived)
        return Stops(self.site > self.revived, silent)

    def let_go(self) -> Newest:
        """Return it with everything revived that was asked to be silent until now.

        Other files that were asked for before that, and come late, do not come any more: they may be what was
        stopped, and nobody asked whether they may be seen.
        """
        return replace(self, files=max(self.files, self.stop), revived=max(self.revived, self.stop), slots={})

    def overtook(self, job: Job) -> bool:
        """Whether a job would undo one that was asked for later: a stop, what was let go on since."""
        match job.asked:
            case Kill():
                return job.turn < self.revived
            case Revive():
                return job.turn < self.stop
            case _:
                return job.turn < self.files

    def after(self, job: Job) -> Newest:
        """What is newest with a job; with the same job once more it is the same."""
        turn = job.turn
        match job.asked:
            case Kill(slots):
                if slots is None:
                    return replace(self, stop=max(self.stop, turn), site=max(self.site, turn))
                later = {name: max(self.slots.get(name, _NEVER), turn) for name in slots}
                after = replace(self, stop=max(self.stop, turn), slots={**self.slots, **later})
                if len(after.to_bytes()) <= _MOST_REMEMBERED_BYTES:
                    return after
                return replace(self, stop=max(self.stop, turn), site=max(self.site, turn))
            case Revive():
                revived = max(self.revived, turn)
                left = {name: each for name, each in self.slots.items() if each > revived}
                return replace(self, revived=revived, slots=left)
            case _:
                return replace(self, files=max(self.files, turn))


def _printed(turn: Turn) -> list[Json]:
    return [turn.number, turn.at]


def _turn(value: Json) -> Turn:
    match value:
        case [int(number), int(at)] if not isinstance(number, bool) and not isinstance(at, bool):
            return Turn(number, at)
        case _:
            raise Malformed("newest: not a number and a time")


def _slots(value: Json) -> Mapping[str, Turn]:
    if not isinstance(value, dict):
        raise Malformed("newest: slots are no object")
    return {name: _turn(each) for name, each in value.items()}
