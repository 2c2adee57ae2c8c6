"""Everything that can happen to a session: what the page saw, and what the host brought back."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.erasure import EraseRecords
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import Gpc
from consent_ledger.tlog_proof import TlogProof
from edge_client.bundle import Bundle
from edge_client.rules.facts import NO_CONTEXT, Context
from edge_client.scoring import Candidates, Question
from edge_client.signals.noted import Noted
from edge_client.signals.signal import Switch
from edge_client.wire.erasure import RecordsErased
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId
from edge_client.wishes import ItemWanted, OutcomesForgotten, RetentionChosen, TopicTold


@dataclass(frozen=True, slots=True)
class PageViewed:
    """A page was opened; `links` are the item ids that it links to, in their order.

    `shown` are the items that its slots show by the plan of a page before, `reminded` those that a reminder
    on it leads to; `context` is what the page says of the moment.
    """

    item: ItemId
    lang: str
    links: tuple[ItemId, ...]
    at_ms: int
    shown: tuple[ItemId, ...] = ()
    context: Context = NO_CONTEXT
    reminded: tuple[ItemId, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemDismissed:
    """The citizen said "not relevant" of an item."""

    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """The citizen answered a question of the rules; `option` None takes the answer back.

    `in_flow` says that it was said in a flow that they began themselves, and that they were asked there
    whether it may be remembered: what is sensitive is taken in no other way.
    """

    question: str
    option: str | None
    at_ms: int
    in_flow: bool = False


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
class SignalsNoticed:
    """What pages noticed since this device last heard of it. Told again until it was taken in; what was told
    before counts once."""

    noted: tuple[Noted, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class NoticingSwitched:
    """The citizen lets this device notice one kind of thing, or no longer: what was noticed of it goes."""

    switch: Switch
    on: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class ItemForgotten:
    """The citizen wants it forgotten that a page was looked at, and what was noticed there."""

    item: ItemId
    at_ms: int


@dataclass(frozen=True, slots=True)
class ForSomeoneElse:
    """The citizen says, on a page that was opened at `since_ms`, that this visit was for someone else.

    Pages tell it again until they hear that it was kept: `at_ms` tells one such wish from another, and what
    pages noticed before it is not kept any more.
    """

    at_ms: int
    since_ms: int


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
    """The citizen chose: `given` are the purposes now allowed, `asked` all that they have decided about, now
    or before, out of those that `notice`, the words shown, asks about.

    Of a purpose that was not asked about nothing is recorded. `asked` is None for a choice of an older page,
    which knew of nothing to ask but what the notice asks about at once.
    A citizen who is `leaving` has everything deleted: what was given is withdrawn, and nothing else decided.
    `gpc` says what the browser's own signal had to do with it: where that was applied, it withdraws what was
    given and decides nothing else. Pages tell the newest choice again and again; one that is not newer than
    the last one taken in changes nothing.
    """

    given: frozenset[str]
    notice: Notice
    gpc: Gpc
    at_ms: int
    asked: frozenset[str] | None = None
    leaving: bool = False


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


@dataclass(frozen=True, slots=True)
class DecisionsAsked:
    """The citizen wants to see what was decided on this device, and where it was shown."""


@dataclass(frozen=True, slots=True)
class DecisionChecked:
    """The citizen wants one decision made again; `name` is what tells it from the others."""

    name: str


@dataclass(frozen=True, slots=True)
class ScoredAgain:
    """The model's answers, one for each question of the `AskAgain` that asked."""

    name: str
    answers: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """A page with contacts for some topics asks which one this visit is about, what was looked at, and what
    in its language that may be about."""

    here: ItemId
    lang: str
    topics: tuple[str, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """A page with a search asks what in its language is near to what was looked at; it names no word."""

    here: ItemId
    lang: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class NearScored:
    """The model's answer to the `AskNear` that `asked` led to."""

    asked: HelpAsked | OrderAsked
    question: Question
    answer: Candidates


Assisted = HelpAsked | OrderAsked | NearScored

Reviewed = DecisionsAsked | DecisionChecked | ScoredAgain

Recorded = (
    RecordSigned
    | RecordAccepted
    | ProofArrived
    | ReceiptVerified
    | ErasureAsked
    | ErasureSigned
    | CopiesErased
    | ErasureRefused
)


Event = (
    PageViewed
    | ItemDismissed
    | ItemWanted
    | QuestionAnswered
    | ItemPinned
    | ItemUnpinned
    | TopicTold
    | OutcomesForgotten
    | SignalsNoticed
    | NoticingSwitched
    | RetentionChosen
    | ForSomeoneElse
    | ItemForgotten
    | ProfileAsked
    | GroupingSwitched
    | ProfileCleared
    | ChoiceMade
    | BundleOpened
    | TrialUnusable
    | Scored
    | ReportSettled
    | Assisted
    | Reviewed
    | Recorded
)
