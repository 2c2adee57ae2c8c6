"""Everything that a session can ask for. Only `SendReport`, `SendConsent`, `SendErasure` and `FetchProof`
leave the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from consent_ledger.erasure import EraseRecords
from consent_ledger.receipt import Receipt
from edge_client.canary import Arm, ModelName
from edge_client.consent import ConsentBook, Unsigned
from edge_client.decided import Decided
from edge_client.events import HelpAsked, OrderAsked
from edge_client.plan import Plan
from edge_client.profile import Profile
from edge_client.reporting import Reporter
from edge_client.rules.collect import Collection
from edge_client.scoring import Question
from edge_client.signals.kept import KeptSignals
from edge_client.told import Told
from edge_client.wire.consent import RecordConsent
from edge_client.wire.contribution import Contribution


@dataclass(frozen=True, slots=True)
class SaveProfile:
    """Keep the profile in this device's storage."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class SaveReporter:
    """Keep the reporter's state in this device's storage."""

    reporter: Reporter


@dataclass(frozen=True, slots=True)
class SaveBook:
    """Keep the consent book in this device's storage."""

    book: ConsentBook


@dataclass(frozen=True, slots=True)
class SaveTold:
    """Keep what the citizen told in this device's storage."""

    told: Told


@dataclass(frozen=True, slots=True)
class SaveDecided:
    """Keep the last decisions, and what was shown, in this device's storage."""

    decided: Decided


@dataclass(frozen=True, slots=True)
class SaveSignals:
    """Keep in this device's storage what pages noticed, and what they may not notice."""

    signals: KeptSignals


@dataclass(frozen=True, slots=True)
class EraseSignals:
    """Remove from this device what pages noticed, and what they may not."""


@dataclass(frozen=True, slots=True)
class EraseTold:
    """Remove what the citizen told from this device."""


@dataclass(frozen=True, slots=True)
class EraseDecided:
    """Remove what was decided and shown from this device."""


@dataclass(frozen=True, slots=True)
class EraseProfile:
    """Remove the profile and the plan from this device."""


@dataclass(frozen=True, slots=True)
class EraseReporter:
    """Remove what was collected for reports from this device."""


@dataclass(frozen=True, slots=True)
class SaveArm:
    """Keep which arm of a canary this device drew."""

    arm: Arm


@dataclass(frozen=True, slots=True)
class EraseArm:
    """Remove the arm from this device."""


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Score with this model of the bundle from now on; answered by `TrialUnusable` when it does not run."""

    model: ModelName


@dataclass(frozen=True, slots=True)
class AskScores:
    """Ask the model for the candidates of each question, on this device; answered by `Scored`."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask the model what it was asked for one kept decision, on this device; answered by `ScoredAgain`."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class ShowReview:
    """Hand to the page, for the citizen's eyes, the last decisions or one of them made again; `text` is
    JSON."""

    kind: Literal["decisions", "checked"]
    text: bytes


@dataclass(frozen=True, slots=True)
class AskNear:
    """Ask the model what is near to the pages looked at, on this device, for a page that `asked`; answered by
    `NearScored`."""

    asked: HelpAsked | OrderAsked
    question: Question


@dataclass(frozen=True, slots=True)
class ShowAssist:
    """Hand to the page what it asked for on the spot: what a visit was about, or an order for what a search
    found; `text` is JSON."""

    kind: Literal["help", "near"]
    text: bytes


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """Hand the plan to the page."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ShowCollection:
    """Tell pages what they may notice: what a rule needs and the citizen has not switched off."""

    collection: Collection


@dataclass(frozen=True, slots=True)
class ShowProfile:
    """Hand to the page, for the citizen's eyes, what this device knows."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class ShowTaken:
    """Tell pages that a visit for someone else was taken in; `another_ms` is when that was said."""

    another_ms: int


@dataclass(frozen=True, slots=True)
class SendReport:
    """Send one report; leaves the device, the same bytes in number whatever it says."""

    contribution: Contribution


@dataclass(frozen=True, slots=True)
class SignRecord:
    """Sign a consent record with this device's consent key; answered by `RecordSigned`."""

    unsigned: Unsigned


@dataclass(frozen=True, slots=True)
class SendConsent:
    """Send one signed consent record to the ledger; leaves the device."""

    request: RecordConsent


@dataclass(frozen=True, slots=True)
class FetchProof:
    """Ask for the proof of an entry that this device logged; leaves the device, and names only the entry."""

    entry: str


@dataclass(frozen=True, slots=True)
class VerifyReceipt:
    """Check a receipt's hashes and signatures on this device; answered by `ReceiptVerified`."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ShowReceipts:
    """Hand the consent book to the page: what was chosen, what is logged, what is still on its way."""

    book: ConsentBook


@dataclass(frozen=True, slots=True)
class SignErasure:
    """Sign that the agency shall delete its copy of these entries; answered by `ErasureSigned`."""

    entries: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SendErasure:
    """Send one request for erasure; leaves the device, the same number of bytes for however many entries."""

    request: EraseRecords


Storing = (
    SaveProfile
    | SaveTold
    | SaveDecided
    | SaveSignals
    | EraseSignals
    | SaveReporter
    | SaveBook
    | SaveArm
    | EraseProfile
    | EraseTold
    | EraseDecided
    | EraseReporter
    | EraseArm
)

Effect = (
    Storing
    | OpenModel
    | AskScores
    | AskAgain
    | ShowReview
    | AskNear
    | ShowAssist
    | ShowPlan
    | ShowCollection
    | ShowProfile
    | ShowTaken
    | SendReport
    | SignRecord
    | SendConsent
    | FetchProof
    | VerifyReceipt
    | ShowReceipts
    | SignErasure
    | SendErasure
)
