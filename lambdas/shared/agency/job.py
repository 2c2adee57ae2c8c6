"""What the publisher is asked to do, as a message: canonical JSON, the same for the same act."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.fields import Fields
from lambdas.shared.agency.audit import Act
from lambdas.shared.agency.rows import AgencyId, Kind, Place, Write

MOST_SLOTS = 1000
WORDS = {
    Act.PUBLISHED: "publish",
    Act.ROLLED_BACK: "roll-back",
    Act.KILLED: "kill",
    Act.REVIVED: "revive",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `snapshot` is what is published, `version` what is gone back to, `slots` are those that fall
    silent (None for all); "" and None where the act has none."""

    id: str
    act: Act
    agency: AgencyId
    site: str
    proposal: str = ""
    snapshot: str = ""
    version: int = 0
    slots: tuple[str, ...] | None = None

    def to_bytes(self) -> bytes:
        """Print the message."""
        more: dict[str, Json] = {}
        match self.act:
            case Act.PUBLISHED:
                more = {"snapshot": self.snapshot, "proposal": self.proposal}
            case Act.ROLLED_BACK:
                more = {"version": self.version, "proposal": self.proposal}
            case Act.KILLED:
                more = {"slots": None if self.slots is None else list(self.slots)}
            case _:
                pass
        return canonical.encode(
            {"v": 1, "id": self.id, "act": WORDS[self.act], "agency": self.agency, "site": self.site, **more}
        )

    @classmethod
    def from_json(cls, value: Json) -> Job:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        more = value if isinstance(value, dict) else {}
        fields = Fields(value, "job")
        fields.whole("v", low=1, high=1)
        act = {word: act for act, word in WORDS.items()}[fields.text("act", pattern="|".join(WORDS.values()))]
        slots = fields.take("slots") if "slots" in more else None
        job = cls(
            id=fields.text("id"),
            act=act,
            agency=AgencyId(fields.text("agency")),
            site=fields.text("site"),
            proposal=fields.text("proposal") if "proposal" in more else "",
            snapshot=fields.text("snapshot") if "snapshot" in more else "",
            version=fields.whole("version") if "version" in more else 0,
            slots=tuple(map(str, slots)) if isinstance(slots, list) else None,
        )
        fields.done()
        return job

    @property
    def digest(self) -> str:
        """SHA-256 of the message, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def write_to(self, place: Place, *, at: int, sub: str) -> Write:
        """The write that remembers the job, for whoever asks what became of it."""
        job: dict[str, Json] = canonical.decode_object(self.to_bytes())
        return Write(place, self.id, canonical.encode({"job": job, "at": at, "sub": sub}), after=0)


def jobs_of(site: str) -> Place:
    """Where a site's jobs lie."""
    return Place(Kind.JOBS, site)
