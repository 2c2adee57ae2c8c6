"""What the function that publishes is asked to do, as a message: canonical JSON, one act each.

The format is `docs/formats/publishing.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from edge_client.wire.rules import MOST_SLOTS

MAX_JOB_BYTES: Final = 64 * 1024
AGENCY: Final = r"[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?"
JOB_ID: Final = r"[0-9]{10,12}-[0-9a-f]{8,32}"
"""When it was asked for, in Unix seconds, and what nobody can guess."""

_PROPOSAL: Final = r"[a-z0-9][a-z0-9-]{0,63}"
_MOST_VERSIONS: Final = 2**31
_MOST_NUMBER: Final = 10**12


class Act(StrEnum):
    """Everything that can be asked for."""

    PUBLISH = "publish"
    ROLL_BACK = "roll-back"
    CANARY = "canary"
    KILL = "kill"
    REVIVE = "revive"


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """When a job was asked for, to be compared: by its number, and where it has none, by its Unix seconds.

    What has no number was asked for before anything that has one.
    """

    number: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class Publish:
    """Make the files of a snapshot live; `snapshot` and the agency's `proposal` for it are named."""

    snapshot: str
    proposal: str


@dataclass(frozen=True, slots=True)
class RollBack:
    """Make the files of an earlier version live again, as a new version."""

    version: int


@dataclass(frozen=True, slots=True)
class BringModel:
    """Bring the model to what was decided about this proposal of one, its SHA-256 in hex."""

    proposal: str


@dataclass(frozen=True, slots=True)
class Kill:
    """Leave these slots to what the server has in them, or all of the site's for None."""

    slots: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Revive:
    """Let every slot that was stopped go on."""


Asked: TypeAlias = Publish | RollBack | BringModel | Kill | Revive


@dataclass(frozen=True, slots=True)
class Job:
    """One job of an agency for a site; the same `id` is the same job, however often it is delivered.

    `number` is that of its entry in the agency's audit trail: what was ordered later has a greater one. 0 for
    a job from before jobs had any.
    """

    id: str
    agency: str
    site: str
    asked: Asked
    number: int = 0

    @classmethod
    def from_bytes(cls, raw: bytes) -> Job:
        """Read a message. Raises `Malformed` for what is not one, byte for byte."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_JOB_BYTES), "job")
        numbered = fields.whole("v", low=1, high=2) == 2
        act = fields.text("act")
        if act not in list(Act):
            raise Malformed(f"job: act is not among {', '.join(Act)}")
        job = cls(
            id=fields.text("id", pattern=JOB_ID),
            agency=fields.text("agency", pattern=AGENCY),
            site=fields.text("site", pattern=NAME),
            asked=_asked(Act(act), fields),
            number=fields.whole("number", low=1, high=_MOST_NUMBER) if numbered else 0,
        )
        fields.done()
        return job

    @property
    def asked_at(self) -> int:
        """When it was asked for, in Unix seconds."""
        return int(self.id.partition("-")[0])

    @property
    def turn(self) -> Turn:
        """What tells which of two jobs was asked for later."""
        return Turn(self.number, self.asked_at)

    def to_bytes(self) -> bytes:
        """Print the message."""
        numbered: Mapping[str, Json] = {"v": 2, "number": self.number} if self.number else {"v": 1}
        head: Mapping[str, Json] = {"id": self.id, "agency": self.agency, "site": self.site}
        return canonical.encode({**numbered, **head, **_printed(self.asked)})


def _asked(act: Act, fields: Fields) -> Asked:
    match act:
        case Act.PUBLISH:
            return Publish(fields.hex("snapshot", 32).hex(), fields.text("proposal", pattern=_PROPOSAL))
        case Act.ROLL_BACK:
            return RollBack(fields.whole("version", low=1, high=_MOST_VERSIONS))
        case Act.CANARY:
            return BringModel(fields.hex("proposal", 32).hex())
        case Act.KILL:
            return Kill(_slots(fields))
        case Act.REVIVE:
            return Revive()
        case _:
            assert_never(act)


def _slots(fields: Fields) -> tuple[str, ...] | None:
    value = fields.take("slots")
    if value is None:
        return None
    if not isinstance(value, list) or not 0 < len(value) <= MOST_SLOTS:
        raise Malformed("job: slots are neither null nor a list of some")
    slots = tuple(each for each in value if isinstance(each, str))
    if len(set(slots)) != len(value):
        raise Malformed("job: slots are not names, each once")
    return slots


def _printed(asked: Asked) -> Mapping[str, Json]:
    match asked:
        case Publish(snapshot, proposal):
            return {"act": Act.PUBLISH.value, "snapshot": snapshot, "proposal": proposal}
        case RollBack(version):
            return {"act": Act.ROLL_BACK.value, "version": version}
        case BringModel(proposal):
            return {"act": Act.CANARY.value, "proposal": proposal}
        case Kill(slots):
            return {"act": Act.KILL.value, "slots": None if slots is None else list(slots)}
        case Revive():
            return {"act": Act.REVIVE.value}
        case _:
            assert_never(asked)
