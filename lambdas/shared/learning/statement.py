"""A statement: what somebody with a key decided about a proposal, signed, and chained to what it follows.

Printed as a C2SP signed note with one signature. What it says holds because of the signature and of its
place: it names the document that it comes after, and only one may come after each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import Fields, read_hex
from consent_ledger.leaf import NAME, ModelLeaf
from consent_ledger.note import Note, Signer, VerifierKey, is_by, sign_note
from edge_client.wire.manifest import WHOLE_MILLI

MAX_STATEMENT_BYTES: Final = 4096


class Step(StrEnum):
    """What can be said: `ASKED` before there is a proposal, all else about one."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANARY = "canary"
    LIVE = "live"
    ROLLED_BACK = "rolled-back"


ROLLOUT: Final = frozenset({Step.CANARY, Step.LIVE, Step.ROLLED_BACK})
"""The steps that change what devices run: one chain a site. The others are about one proposal alone."""

STARTS: Final = frozenset({Step.CANARY, Step.LIVE})
"""The steps that bring a model to devices: they rest on an approval, by another key than theirs."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed. `proposal` is a SHA-256 in hex, None for `ASKED`.

    `after` is the SHA-256 in hex of the document that it follows: the proposal for an approval or rejection,
    the site's last statement about a rollout for a rollout, None where there is none. `share_milli` is the
    share of a canary, and None otherwise.
    """

    site: str
    step: Step
    proposal: str | None = None
    after: str | None = None
    share_milli: int | None = None

    @classmethod
    def parse(cls, text: str) -> Statement:
        """Read the note's text. Raises `Malformed`."""
        head, _, rest = text.partition("\n")
        raw = rest.removesuffix("\n").encode("utf-8", "surrogatepass")
        fields = Fields(canonical.decode(raw, max_bytes=MAX_STATEMENT_BYTES), "statement")
        fields.whole("v", low=1, high=1)
        parsed = cls(
            site=fields.text("site", pattern=NAME),
            step=Step(fields.text("step", pattern="|".join(Step))),
            proposal=_hash(fields.take("proposal"), "proposal"),
            after=_hash(fields.take("after"), "after"),
            share_milli=fields.optional_whole("share_milli", low=1, high=WHOLE_MILLI),
        )
        fields.done()
        if (parsed.proposal is None) != (parsed.step is Step.ASKED):
            raise Malformed("statement: a proposal is missing, or named before there is one")
        if (parsed.share_milli is None) == (parsed.step is Step.CANARY):
            raise Malformed("statement: a canary has a share, and nothing else has")
        if parsed.step in {Step.APPROVED, Step.REJECTED} and parsed.after != parsed.proposal:
            raise Malformed("statement: a judgement follows its proposal")
        if head != f"nearside model {parsed.site}" or str(parsed) != text:
            raise Malformed("statement: not in canonical form")
        return parsed

    def __str__(self) -> str:
        fields: canonical.Json = {
            "v": 1,
            "site": self.site,
            "step": self.step.value,
            "proposal": self.proposal,
            "after": self.after,
            "share_milli": self.share_milli,
        }
        return f"nearside model {self.site}\n{canonical.encode(fields).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement with the signature under it, not verified yet."""

    note: Note
    said: Statement

    @classmethod
    def from_bytes(cls, raw: bytes) -> SignedStatement:
        """Read a signed note. Raises `Malformed`, also for more than one signature: each has one author."""
        if len(raw) > MAX_STATEMENT_BYTES:
            raise Malformed("statement: too long")
        note = Note.from_bytes(raw)
        if len(note.signatures) != 1:
            raise Malformed("statement: not signed once")
        return cls(note, Statement.parse(note.text))

    def to_bytes(self) -> bytes:
        """Print the note."""
        return self.note.to_bytes()

    @property
    def digest(self) -> bytes:
        """SHA-256 of its bytes, by which the next statement and the log name it."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def leaf(self) -> ModelLeaf:
        """The leaf that says that it was accepted. Raises `Refused` for a request, which is not logged."""
        if self.said.proposal is None:
            raise Refused("statement: a request is no step of a proposal")
        return ModelLeaf(self.said.site, self.said.step.value, bytes.fromhex(self.said.proposal), self.digest)

    def by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, tuple[SignatureClaim, ...]]:
        """Name the one of `keys` that it claims to be by, and what must be verified for that to hold.

        Raises `Untrue` when it is by none of them.
        """
        (line,) = self.note.signatures
        for key in keys:
            if is_by(line, key):
                return key, self.note.claims((key,))
        raise Untrue("statement: not signed by a key that may decide")


def sign_statement(said: Statement, signer: Signer) -> SignedStatement:
    """Sign a statement. Raises `Malformed` for one that could not be read back."""
    Statement.parse(str(said))
    return SignedStatement(sign_note(str(said), signer), said)


def _hash(value: canonical.Json, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"statement: {name} is not a string")
    return read_hex(value, 32, noun=f"statement: {name}").hex()
