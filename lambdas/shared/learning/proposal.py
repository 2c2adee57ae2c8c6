"""A proposal: one model that could replace the live one, and the evidence (docs/formats/learning.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import MAX_INTEGER, Json
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields, read_hex
from consent_ledger.leaf import NAME, ModelLeaf
from consent_ledger.note import VerifierKey
from edge_client.wire.manifest import MAX_FILE_BYTES, FileEntry
from edge_client.wire.paths import LONGEST_PATH, ItemId, scrub_path

MAX_PROPOSAL_BYTES: Final = 64 * 1024
MOST_RELEASES: Final = 128
MOST_APPROVERS: Final = 32
MOST_PUSHED: Final = 16
_CHECK: Final = r"[a-z0-9-]{1,40}"
_MOST_CHECKS: Final = 32
_MOST_FIGURES: Final = 16


class Verdict(StrEnum):
    """What the gate makes of a candidate; also the step under which the log holds the proposal."""

    PROPOSED = "proposed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the gate asked: whether it held, and the figures behind it, in millionths or counts."""

    name: str
    held: bool
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Push:
    """A page that a model names more often than the live one: after how many pages it is among the first five
    with the live model, and with the candidate."""

    page: ItemId
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class LiveFiles:
    """SHA-256 in hex of what was live: the model and its card, the catalogue and rules that they serve."""

    model: str
    card: str
    catalogue: str
    rules: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate and all that a human needs to judge it; what parses prints back byte for byte.

    `trained_on` and `held_out` are SHA-256 in hex of releases, in their order in time; `approvers` are the
    keys that may decide, and `asked_by` is that of whoever asked for it, None for the schedule. `pushed` are
    the pages that gain most, at most `MOST_PUSHED`.
    """

    site: str
    model: FileEntry
    card: FileEntry
    live: LiveFiles
    trained_on: tuple[str, ...]
    held_out: tuple[str, ...]
    checks: tuple[Check, ...]
    approvers: tuple[VerifierKey, ...]
    asked_by: VerifierKey | None = None
    pushed: tuple[Push, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Proposed when every check held, refused otherwise."""
        return Verdict.PROPOSED if all(check.held for check in self.checks) else Verdict.REFUSED

    @property
    def digest(self) -> bytes:
        """SHA-256 of its bytes: what statements and leaves name it by."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def leaf(self) -> ModelLeaf:
        """The leaf that says that it was made."""
        return ModelLeaf(self.site, self.verdict.value, self.digest, self.digest)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Proposal:
        """Read a proposal. Raises `Malformed`, and `Untrue` for a verdict that its checks do not bear."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_PROPOSAL_BYTES), "proposal")
        fields.whole("v", low=1, high=1)
        fields.text("kind", pattern="model-proposal")
        verdict = fields.text("verdict", pattern="|".join(Verdict))
        parsed = cls(
            site=fields.text("site", pattern=NAME),
            model=_file(fields.take("model"), "model"),
            card=_file(fields.take("card"), "card"),
            live=_live(fields.take("live")),
            trained_on=_hashes(fields, "trained_on"),
            held_out=_hashes(fields, "held_out"),
            checks=tuple(_check(row) for row in fields.rows("checks", max_length=_MOST_CHECKS)),
            approvers=tuple(_key(row) for row in fields.rows("approvers", max_length=MOST_APPROVERS)),
            asked_by=None if (asked := fields.take("asked_by")) is None else _key(asked),
            pushed=tuple(_push(row) for row in fields.rows("pushed", max_length=MOST_PUSHED)),
        )
        fields.done()
        if parsed.verdict.value != verdict:
            raise Untrue("proposal: the verdict is not that of its checks")
        if parsed.to_bytes() != raw:
            raise Malformed("proposal: not in canonical form")
        return parsed

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        approvers: list[Json] = [*sorted(str(key) for key in self.approvers)]
        checks: list[Json] = [
            {"figures": dict(check.figures), "held": check.held, "name": check.name} for check in self.checks
        ]
        pushed: list[Json] = [
            {"after": push.after, "before": push.before, "page": push.page} for push in self.pushed
        ]
        return canonical.encode(
            {
                "v": 1,
                "kind": "model-proposal",
                "site": self.site,
                "model": _entry(self.model),
                "card": _entry(self.card),
                "live": {
                    "card": self.live.card,
                    "catalogue": self.live.catalogue,
                    "model": self.live.model,
                    "rules": self.live.rules,
                },
                "trained_on": [*self.trained_on],
                "held_out": [*self.held_out],
                "checks": checks,
                "pushed": pushed,
                "approvers": approvers,
                "asked_by": None if self.asked_by is None else str(self.asked_by),
                "verdict": self.verdict.value,
            }
        )


def _entry(file: FileEntry) -> Json:
    return {"bytes": file.size_bytes, "sha256": file.sha256}


def _file(value: Json, noun: str) -> FileEntry:
    fields = Fields(value, f"proposal: {noun}")
    entry = FileEntry(fields.hex("sha256", 32).hex(), fields.whole("bytes", high=MAX_FILE_BYTES))
    fields.done()
    return entry


def _live(value: Json) -> LiveFiles:
    fields = Fields(value, "proposal: live")
    model, card, catalogue, rules = (
        fields.hex(name, 32).hex() for name in ("model", "card", "catalogue", "rules")
    )
    fields.done()
    return LiveFiles(model, card, catalogue, rules)


def _hashes(fields: Fields, name: str) -> tuple[str, ...]:
    found = []
    for row in fields.rows(name, max_length=MOST_RELEASES):
        if not isinstance(row, str):
            raise Malformed(f"proposal: {name} is not a list of hashes")
        found.append(read_hex(row, 32, noun=f"proposal: {name}").hex())
    return tuple(found)


def _check(value: Json) -> Check:
    fields = Fields(value, "proposal: check")
    figures = Fields(named := fields.take("figures"), "proposal: figures")
    if not isinstance(named, Mapping) or len(named) > _MOST_FIGURES:
        raise Malformed("proposal: too many figures")
    check = Check(
        fields.text("name", pattern=_CHECK),
        fields.flag("held"),
        {name: figures.whole(name, low=-MAX_INTEGER) for name in named},
    )
    fields.done()
    return check


def _push(value: Json) -> Push:
    fields = Fields(value, "proposal: pushed")
    page, before = fields.text("page", max_length=LONGEST_PATH), fields.whole("before")
    push = Push(ItemId(page), before, fields.whole("after", low=before + 1))
    fields.done()
    if scrub_path(page) != page:
        raise Malformed("proposal: a pushed page is not a page path")
    return push


def _key(value: Json) -> VerifierKey:
    if not isinstance(value, str):
        raise Malformed("proposal: a key is not a string")
    return VerifierKey.parse(value)
