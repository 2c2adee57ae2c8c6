"""What was decided on this device, as far as it can be decided again: the last plans' inputs, and what was
shown. It never leaves the device."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import Fields
from edge_client.bundle import Bundle
from edge_client.canary import ModelName
from edge_client.decision import Decision, Outcome, ask, work_out
from edge_client.dice import dice_of
from edge_client.outcomes.kept import NO_OUTCOMES, Outcomes
from edge_client.profile import DAY_MS, Profile
from edge_client.rules.inputs import Inputs
from edge_client.scoring import Candidates
from edge_client.shown import Shown
from edge_client.sighting import Sighting

MOST_KEPT = 20
KEPT_DAYS = 30
MOST_SIGHTINGS = 3
SEED_BYTES = 16
_HEX: Final = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """One decision: its inputs, the seed of its draws, and which of the bundle's models answered.

    `bundle` and `profile` are the SHA-256 of the bundle's manifest and of the profile; `seal` is that of all
    of this and of the plan. With the bundle and the model that it names it gives the same plan again, byte
    for byte.
    """

    inputs: Inputs
    seed: bytes
    bundle: bytes
    profile: bytes
    model: ModelName
    seal: bytes

    def question(self, bundle: Bundle) -> Decision:
        """Return what the model was asked. Raises `Refused` for another bundle than it was made from,
        `Malformed` where that has not what it speaks of."""
        if hash_of_bundle(bundle) != self.bundle:
            raise Refused("decision: made from another bundle")
        try:
            return ask(self.inputs, bundle)
        except (IndexError, KeyError):
            raise Malformed("decision: speaks of what its bundle does not have") from None

    def replay(self, answers: Sequence[Candidates], bundle: Bundle) -> Outcome:
        """Decide again. Raises `Untrue` unless inputs and plan are the same to the last byte, `Refused` and
        `Malformed` as `question`."""
        question = self.question(bundle)
        try:
            outcome = work_out(question, answers, bundle=bundle, hidden=dice_of(self.seed))
        except (IndexError, KeyError):
            raise Malformed("decision: speaks of what its bundle does not have") from None
        if self._sealed(outcome, bundle) != self.seal:
            raise Untrue("decision: does not come out as it did")
        return outcome

    def sealed(self, outcome: Outcome, bundle: Bundle) -> KeptDecision:
        """Return it with the seal that says that it came out so."""
        return replace(self, seal=self._sealed(outcome, bundle))

    def to_bytes(self) -> bytes:
        """Print canonical JSON, on one line."""
        return canonical.encode({**self._value(), "seal": self.seal.hex()})

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeptDecision:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        fields = Fields(canonical.decode(raw), "decided: decision")
        model = fields.text("model")
        if model not in list(ModelName):
            raise Malformed("decided: decision: of no model that a bundle may carry")
        kept = cls(
            Inputs.from_value(fields.take("inputs")),
            fields.hex("seed", SEED_BYTES),
            fields.hex("bundle", 32),
            fields.hex("profile", 32),
            ModelName(model),
            fields.hex("seal", 32),
        )
        fields.done()
        return kept

    def _value(self) -> dict[str, canonical.Json]:
        return {
            "inputs": self.inputs.to_value(),
            "seed": self.seed.hex(),
            "bundle": self.bundle.hex(),
            "profile": self.profile.hex(),
            "model": self.model.value,
        }

    def _sealed(self, outcome: Outcome, bundle: Bundle) -> bytes:
        return _hash(canonical.encode(self._value()) + outcome.plan.to_bytes(bundle.catalogue))


@dataclass(frozen=True, slots=True)
class Line:
    """A kept decision as it lies in storage: read only when somebody asks why.

    `text` is empty once its bundle is gone: it could not be made again, and what it rested on goes with it.
    `seen` is where it was shown.
    """

    at_ms: int
    bundle: str
    text: bytes
    seen: tuple[Sighting, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return _hash(b"%d %s" % (self.at_ms, self.text)).hex()[:16]

    def read(self) -> KeptDecision:
        """Read the decision. Raises `Malformed`."""
        return KeptDecision.from_bytes(self.text)

    def to_bytes(self) -> bytes:
        """Print one line: when, from which bundle, where it was shown, and the decision."""
        seen = b",".join(map(bytes, self.seen)) or b"-"
        return b"%d %s %s %s" % (self.at_ms, self.bundle.encode(), seen, self.text)

    @classmethod
    def from_bytes(cls, row: bytes) -> Line:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        match row.split(b" ", 3):
            case [at_ms, bundle, seen, text] if at_ms.isdigit() and _HEX.fullmatch(bundle):
                found = () if seen == b"-" else tuple(map(Sighting.from_bytes, seen.split(b",")))
                line = cls(int(at_ms), bundle.decode(), text, found)
                if line.to_bytes() == row:
                    return line
            case _:
                pass
        raise Malformed("decided: a line is not a time, a bundle, where it was shown and a decision")


@dataclass(frozen=True, slots=True)
class Decided:
    """The last decisions, oldest first, the impressions that caps count, and what became of suggestions."""

    lines: tuple[Line, ...] = ()
    shown: Shown = field(default_factory=Shown)
    outcomes: Outcomes = NO_OUTCOMES

    def with_decision(self, kept: KeptDecision) -> Decided:
        """Return it with one decision more, and without those that are too old or too many."""
        since_ms = kept.inputs.at_ms - KEPT_DAYS * DAY_MS
        fresh = tuple(line for line in self.lines if line.at_ms > since_ms)
        line = Line(kept.inputs.at_ms, kept.bundle.hex(), kept.to_bytes())
        return replace(self, lines=(*fresh, line)[-MOST_KEPT:])

    def with_sighting(self, sighting: Sighting) -> Decided:
        """Return it with where the newest decision was shown; itself where there is none."""
        if not self.lines or not self.lines[-1].text:
            return self
        *before, newest = self.lines
        seen = (*newest.seen, sighting)[-MOST_SIGHTINGS:]
        return replace(self, lines=(*before, replace(newest, seen=seen)))

    def under(self, bundle: Bundle) -> Decided:
        """Return it with no more than the times of what was decided from other bundles: it could not be
        decided again."""
        name = hash_of_bundle(bundle).hex()
        left = tuple(line if line.bundle == name else replace(line, text=b"", seen=()) for line in self.lines)
        return self if left == self.lines else replace(self, lines=left)

    def to_bytes(self) -> bytes:
        """Print lines, as kept in the browser's own storage: the impressions, then a decision each."""
        # What says nothing is not written: what an earlier version kept reads the same.
        more = {"outcomes": self.outcomes.to_value()} if self.outcomes.rows else {}
        head = canonical.encode({**more, "v": 1, "shown": self.shown.to_value()})
        return b"\n".join((head, *(line.to_bytes() for line in self.lines)))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Decided:
        """Read what `to_bytes` printed, the decisions themselves apart. Raises `Malformed` on anything
        else."""
        head, *rows = raw.split(b"\n")
        value = canonical.decode_object(head)
        fields = Fields(value, "decided")
        fields.whole("v", low=1, high=1)
        shown = Shown.from_value(fields.take("shown"))
        outcomes = Outcomes.from_value(fields.take("outcomes")) if "outcomes" in value else NO_OUTCOMES
        if "outcomes" in value and not outcomes.rows:
            raise Malformed("decided: says of outcomes what it says by leaving them out")
        fields.done()
        if len(rows) > MOST_KEPT:
            raise Malformed("decided: too many decisions")
        return cls(tuple(map(Line.from_bytes, rows)), shown, outcomes)


@dataclass(frozen=True, slots=True)
class Made:
    """What a decision is made from beside its inputs: `model` names the one of the bundle's that answered."""

    profile: Profile
    bundle: Bundle
    model: ModelName = ModelName.LIVE


def keep(
    question: Decision, answers: Sequence[Candidates], *, seed: bytes, made: Made
) -> tuple[Outcome, KeptDecision]:
    """Decide with the draws that `seed` gives, and return with the outcome what decides it again."""
    bundle = made.bundle
    outcome = work_out(question, answers, bundle=bundle, hidden=dice_of(seed))
    named = hash_of_bundle(bundle), _hash(made.profile.to_bytes()), made.model
    kept = KeptDecision(question.inputs, seed, *named, seal=bytes(32))
    return outcome, kept.sealed(outcome, bundle)


def hash_of_bundle(bundle: Bundle) -> bytes:
    """Return the SHA-256 that names a bundle: that of its manifest's text."""
    return _hash(bundle.manifest.to_bytes())


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
