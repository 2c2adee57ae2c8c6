"""Leaves: the public entries of the log.

Canonical JSON `{"v":1,"k":KIND,...}`, small, without personal data and without a time. Leaves that could
otherwise be equal carry a random `id`, because the log takes equal bytes for a repeated request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from consent_ledger import canonical
from consent_ledger.canonical import MAX_INTEGER, Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.merkle import HASH_BYTES, leaf_hash

MAX_LEAF_BYTES = 1024
NONCE_BYTES = 16
NAME = r"[a-z0-9](?:[a-z0-9.:-]{0,98}[a-z0-9])?"
PERIOD = r"[0-9]{4}-(?:W[0-9]{2}|[0-9]{2}(?:-[0-9]{2})?)"
MODEL_ROLLOUT = ("canary", "live", "rolled-back")
"""The steps that change what devices use (docs/formats/learning.md)."""
MODEL_STOPS = ("rejected", "rolled-back")
"""The steps that whoever asked for a model may take too."""
MODEL_STEPS = ("proposed", "refused", "approved", "rejected", *MODEL_ROLLOUT)
"""What can become of a proposed model."""


@dataclass(frozen=True, slots=True)
class ConsentLeaf:
    """Somebody decided something: the commitment to the record, and the hash of the notice shown."""

    kind: ClassVar[str] = "consent"
    commitment: bytes
    notice_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"c": self.commitment.hex(), "n": self.notice_hash.hex()}


@dataclass(frozen=True, slots=True)
class ErasureLeaf:
    """`count` records can no longer be opened by us; `nonce` is random or a secret's hash, 16 bytes."""

    kind: ClassVar[str] = "erasure"
    count: int
    nonce: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"count": self.count, "id": self.nonce.hex()}


@dataclass(frozen=True, slots=True)
class NoticeLeaf:
    """A notice came into use: the hash of its exact text."""

    kind: ClassVar[str] = "notice"
    notice_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"h": self.notice_hash.hex()}


@dataclass(frozen=True, slots=True)
class TaskLeaf:
    """A measurement was announced: its id and the hash of its whole configuration."""

    kind: ClassVar[str] = "task"
    task: str
    task_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"h": self.task_hash.hex(), "id": self.task}


@dataclass(frozen=True, slots=True)
class KeysLeaf:
    """A set of public keys came into use: the hash of its canonical list."""

    kind: ClassVar[str] = "keys"
    keys_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"h": self.keys_hash.hex()}


@dataclass(frozen=True, slots=True)
class BundleLeaf:
    """A bundle was published: its site, version, and the hash of its manifest."""

    kind: ClassVar[str] = "bundle"
    site: str
    version: int
    manifest_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"h": self.manifest_hash.hex(), "site": self.site, "version": self.version}


@dataclass(frozen=True, slots=True)
class AuditAccessLeaf:
    """An officer opened `count` records; `nonce` is random, 16 bytes."""

    kind: ClassVar[str] = "audit-access"
    count: int
    nonce: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {"id": self.nonce.hex(), "n": self.count}


@dataclass(frozen=True, slots=True)
class BudgetLeaf:
    """A release was made: what it cost of the privacy budget of one task and period, and the release's hash.

    `epsilon_milli` is thousandths of epsilon, `delta_exp` the n of delta = 10^-n; both null without noise.
    """

    kind: ClassVar[str] = "budget"
    task: str
    period: str
    epsilon_milli: int | None
    delta_exp: int | None
    release_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {
            "delta_exp": self.delta_exp,
            "epsilon_milli": self.epsilon_milli,
            "h": self.release_hash.hex(),
            "period": self.period,
            "task": self.task,
        }


@dataclass(frozen=True, slots=True)
class ModelLeaf:
    """A step of a site's learning: what came of a proposed model, and the hash of what says so.

    `document_hash` names the proposal itself for `proposed` and `refused`, and a signed statement for every
    later step; `proposal_hash` names the proposal that the step is about.
    """

    kind: ClassVar[str] = "model"
    site: str
    step: str
    proposal_hash: bytes
    document_hash: bytes

    def fields(self) -> dict[str, Json]:
        """What this kind adds."""
        return {
            "h": self.document_hash.hex(),
            "proposal": self.proposal_hash.hex(),
            "site": self.site,
            "step": self.step,
        }


Leaf: TypeAlias = (
    ConsentLeaf
    | ErasureLeaf
    | NoticeLeaf
    | TaskLeaf
    | KeysLeaf
    | BundleLeaf
    | AuditAccessLeaf
    | BudgetLeaf
    | ModelLeaf
)

KINDS = tuple(kind.kind for kind in Leaf.__args__)


def to_bytes(leaf: Leaf) -> bytes:
    """The canonical bytes of an entry; raises `Malformed` when a field is outside its range."""
    value: dict[str, Json] = {"k": leaf.kind, "v": 1, **leaf.fields()}
    data = canonical.encode(value)
    if len(data) > MAX_LEAF_BYTES:
        raise Malformed("leaf: too long")
    _of(value)
    return data


def hash_of(leaf: Leaf) -> bytes:
    """The leaf hash, by which an entry is named everywhere; 32 bytes."""
    return leaf_hash(to_bytes(leaf))


def parse_leaf(data: bytes) -> Leaf:
    """Read an entry; raises `Malformed` for unknown kinds, and for missing, unknown or impossible fields."""
    return _of(canonical.decode(data, max_bytes=MAX_LEAF_BYTES))


def _of(value: Json) -> Leaf:
    fields = Fields(value, "leaf")
    fields.whole("v", low=1, high=1)
    leaf = _read(fields.text("k"), fields)
    fields.done()
    return leaf


def _read(kind: str, fields: Fields) -> Leaf:
    match kind:
        case ConsentLeaf.kind:
            return ConsentLeaf(fields.hex("c", HASH_BYTES), fields.hex("n", HASH_BYTES))
        case ErasureLeaf.kind:
            return ErasureLeaf(fields.whole("count", low=1), fields.hex("id", NONCE_BYTES))
        case NoticeLeaf.kind:
            return NoticeLeaf(fields.hex("h", HASH_BYTES))
        case TaskLeaf.kind:
            return TaskLeaf(fields.text("id", pattern=NAME), fields.hex("h", HASH_BYTES))
        case KeysLeaf.kind:
            return KeysLeaf(fields.hex("h", HASH_BYTES))
        case BundleLeaf.kind:
            site, version = fields.text("site", pattern=NAME), fields.whole("version", low=1)
            return BundleLeaf(site, version, fields.hex("h", HASH_BYTES))
        case AuditAccessLeaf.kind:
            return AuditAccessLeaf(fields.whole("n", low=1), fields.hex("id", NONCE_BYTES))
        case BudgetLeaf.kind:
            return _read_budget(fields)
        case ModelLeaf.kind:
            return _read_model(fields)
        case _:
            raise Malformed("leaf: unknown kind")


def _read_budget(fields: Fields) -> BudgetLeaf:
    leaf = BudgetLeaf(
        task=fields.text("task", pattern=NAME),
        period=fields.text("period", pattern=PERIOD),
        epsilon_milli=fields.optional_whole("epsilon_milli", low=1, high=MAX_INTEGER),
        delta_exp=fields.optional_whole("delta_exp", low=1, high=64),
        release_hash=fields.hex("h", HASH_BYTES),
    )
    if leaf.epsilon_milli is None and leaf.delta_exp is not None:
        raise Malformed("leaf: delta without epsilon")
    return leaf


def _read_model(fields: Fields) -> ModelLeaf:
    leaf = ModelLeaf(
        site=fields.text("site", pattern=NAME),
        step=fields.text("step", pattern="|".join(MODEL_STEPS)),
        proposal_hash=fields.hex("proposal", HASH_BYTES),
        document_hash=fields.hex("h", HASH_BYTES),
    )
    if (leaf.step in MODEL_STEPS[:2]) != (leaf.proposal_hash == leaf.document_hash):
        raise Malformed("leaf: a proposal is its own document, and no other step's")
    return leaf
