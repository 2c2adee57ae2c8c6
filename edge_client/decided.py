"""What was decided on this device, as far as it can be decided again: the last plans' inputs, and what was
shown. It never leaves the device."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import Fields
from edge_client.bundle import Bundle
from edge_client.decision import Decision, Outcome, ask, work_out
from edge_client.dice import dice_of
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.inputs import Inputs
from edge_client.scoring import Candidates
from edge_client.shown import Shown

MOST_KEPT = 20
KEPT_DAYS = 30
SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """One decision: its inputs, the seed of its draws, and the SHA-256 of bundle manifest, profile and plan.

    With the bundle that it names and the bundle's model it gives the same plan again, byte for byte.
    """

    inputs: Inputs
    seed: bytes
    bundle: bytes
    profile: bytes
    plan: bytes

    def question(self, bundle: Bundle) -> Decision:
        """Return what the model was asked. Raises `Refused` for another bundle than it was made from."""
        if hash_of_bundle(bundle) != self.bundle:
            raise Refused("decision: made from another bundle")
        return ask(self.inputs, bundle)

    def replay(self, answers: Sequence[Candidates], bundle: Bundle) -> Outcome:
        """Decide again. Raises `Untrue` unless the plan is the same to the last byte, `Refused` as
        `question`."""
        outcome = work_out(self.question(bundle), answers, bundle=bundle, hidden=dice_of(self.seed))
        if _hash(outcome.plan.to_bytes(bundle.catalogue)) != self.plan:
            raise Untrue("decision: does not come out as it did")
        return outcome

    def to_bytes(self) -> bytes:
        """Print canonical JSON, on one line."""
        return canonical.encode(
            {
                "inputs": self.inputs.to_value(),
                "seed": self.seed.hex(),
                "bundle": self.bundle.hex(),
                "profile": self.profile.hex(),
                "plan": self.plan.hex(),
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeptDecision:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        fields = Fields(canonical.decode(raw), "decided: decision")
        kept = cls(
            Inputs.from_value(fields.take("inputs")),
            fields.hex("seed", SEED_BYTES),
            fields.hex("bundle", 32),
            fields.hex("profile", 32),
            fields.hex("plan", 32),
        )
        fields.done()
        return kept


@dataclass(frozen=True, slots=True)
class Line:
    """A kept decision as it lies in storage: read only when somebody asks why."""

    at_ms: int
    bundle: str
    text: bytes

    def read(self) -> KeptDecision:
        """Read the decision. Raises `Malformed`."""
        return KeptDecision.from_bytes(self.text)


@dataclass(frozen=True, slots=True)
class Decided:
    """The last decisions, oldest first, and the impressions that caps count."""

    lines: tuple[Line, ...] = ()
    shown: Shown = field(default_factory=Shown)

    def with_decision(self, kept: KeptDecision) -> Decided:
        """Return it with one decision more, and without those that are too old or too many."""
        since_ms = kept.inputs.at_ms - KEPT_DAYS * DAY_MS
        fresh = tuple(line for line in self.lines if line.at_ms > since_ms)
        line = Line(kept.inputs.at_ms, kept.bundle.hex(), kept.to_bytes())
        return replace(self, lines=(*fresh, line)[-MOST_KEPT:])

    def under(self, bundle: Bundle) -> Decided:
        """Return it without what was decided from other bundles: it could not be decided again."""
        name = hash_of_bundle(bundle).hex()
        left = tuple(line for line in self.lines if line.bundle == name)
        return self if len(left) == len(self.lines) else replace(self, lines=left)

    def to_bytes(self) -> bytes:
        """Print lines, as kept in the browser's own storage: the impressions, then a decision each."""
        head = canonical.encode({"v": 1, "shown": self.shown.to_value()})
        lines = (b"%d %s %s" % (line.at_ms, line.bundle.encode(), line.text) for line in self.lines)
        return b"\n".join((head, *lines))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Decided:
        """Read what `to_bytes` printed, the decisions themselves apart. Raises `Malformed` on anything
        else."""
        head, *rows = raw.split(b"\n")
        fields = Fields(canonical.decode(head), "decided")
        fields.whole("v", low=1, high=1)
        shown = Shown.from_value(fields.take("shown"))
        fields.done()
        if len(rows) > MOST_KEPT:
            raise Malformed("decided: too many decisions")
        return cls(tuple(_line(row) for row in rows), shown)


def keep(
    question: Decision, answers: Sequence[Candidates], *, seed: bytes, profile: Profile, bundle: Bundle
) -> tuple[Outcome, KeptDecision]:
    """Decide with the draws that `seed` gives, and return with the outcome what decides it again."""
    outcome = work_out(question, answers, bundle=bundle, hidden=dice_of(seed))
    return outcome, KeptDecision(
        question.inputs,
        seed,
        hash_of_bundle(bundle),
        _hash(profile.to_bytes()),
        _hash(outcome.plan.to_bytes(bundle.catalogue)),
    )


def hash_of_bundle(bundle: Bundle) -> bytes:
    """Return the SHA-256 that names a bundle: that of its manifest's text."""
    return _hash(bundle.manifest.to_bytes())


def _line(row: bytes) -> Line:
    match row.split(b" ", 2):
        case [at_ms, bundle, text] if at_ms.isdigit() and len(bundle) == 64 and bundle.isalnum():
            return Line(int(at_ms), bundle.decode(), text)
        case _:
            raise Malformed("decided: a line is not a time, a bundle and a decision")


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
