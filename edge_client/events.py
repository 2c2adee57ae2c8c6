"""Everything that can happen to a session: what the page saw, and what the host brought back."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.erasure import EraseRecords
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import Gpc
from consent_ledger.tlog_proof import TlogProof
from edge_client.bundle import Bundle
from edge_client.rules.facts import NO_CONTEXT, Context
from edge_client.scoring import Candidates
from edge_client.wire.erasure import RecordsErased
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId


@dataclass(frozen=True, slots=True)
class PageViewed:
    """A page was opened; `links` are the item ids that it links to, in their order.

    `shown` are the items that its slots show by the plan of a page before; `context` is what the page says of
    the moment.
    """

    item: ItemId
    lang: str
    links: tuple[ItemId, ...]
    at_ms: int
    shown: tuple[ItemId, ...] = ()
    context: Context = NO_CONTEXT


@dataclass(frozen=True, slots=True)
class ItemDismissed:
    """The citizen said "not relevant" of an item."""

    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """The citizen answered a question of the rules; `option` None takes the answer back."""

    question: str
    option: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class ItemPinned:
    """The citizen pinned an item in a slot: it comes first, whatever it scores."""

    slot: str
    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ItemUnpinned:
    """The citizen lets an item go that was pinned."""

    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ForSomeoneElse:
    """The citizen says that what was looked at in this session was for someone else."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class ProfileAsked:
    """The citizen wants to see what this device knows."""


@dataclass(frozen=True, slots=True)
class ProfileCleared:
    """The citizen wants everything that this device knows forgotten; the choices stay.

    Pages tell it again until they hear that it was kept: only what is older than `at_ms` goes.
    """

    at_ms: int


@dataclass(frozen=True, slots=True)
class GroupingSwitched:
    """The citizen lets this device say, to them alone, which group of pages theirs are like; or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """The citizen chose: `given` are the purposes now allowed, out of those that `notice`, the words shown,
    asks about.

    `gpc` says what the browser's own signal had to do with it: where that was applied, it withdraws what was
    given and decides nothing else. Pages tell the newest choice again and again; one that is not newer than
    the last one taken in changes nothing.
    """

    given: frozenset[str]
    notice: Notice
    gpc: Gpc
    at_ms: int


@dataclass(frozen=True, slots=True)
class BundleOpened:
    """A bundle was checked, every part of it, and its live model is ready."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class TrialUnusable:
    """The model on trial does not run on this device; the live one is still open."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The model's answers, one for each question of the `AskScores` that asked."""

    answers: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True)
class ReportSettled:
    """A report arrived, or will never be taken; either way it is done."""

    report_id: str


@dataclass(frozen=True, slots=True)
class RecordSigned:
    """The device key signed a consent record."""

    opening: Opening


@dataclass(frozen=True, slots=True)
class RecordAccepted:
    """The ledger took a consent record; `entry` is the leaf hash that it named, in hex."""

    entry: str


@dataclass(frozen=True, slots=True)
class ProofArrived:
    """The ledger's proof for an entry is there, parsed but not yet checked."""

    entry: str
    proof: TlogProof


@dataclass(frozen=True, slots=True)
class ReceiptVerified:
    """Hashes and signatures of a receipt were checked on this device, and held."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """The citizen wants the agency to delete its copy of every record that this device has sent."""


@dataclass(frozen=True, slots=True)
class ErasureSigned:
    """The device key signed a request for erasure."""

    request: EraseRecords


@dataclass(frozen=True, slots=True)
class CopiesErased:
    """The agency deleted what the request under way names."""

    answer: RecordsErased


@dataclass(frozen=True, slots=True)
class ErasureRefused:
    """The agency will not do what a request asks: nothing is left, or it is not ours."""

    request: EraseRecords


Event = (
    PageViewed
    | ItemDismissed
    | QuestionAnswered
    | ItemPinned
    | ItemUnpinned
    | ForSomeoneElse
    | ProfileAsked
    | GroupingSwitched
    | ProfileCleared
    | ChoiceMade
    | BundleOpened
    | TrialUnusable
    | Scored
    | ReportSettled
    | RecordSigned
    | RecordAccepted
    | ProofArrived
    | ReceiptVerified
    | ErasureAsked
    | ErasureSigned
    | CopiesErased
    | ErasureRefused
)
