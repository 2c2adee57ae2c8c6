"""The register: everything that may leave the device, closed and complete.

Tests hold it to the messages' own types, to the addresses in `web/host.js`, to the effects of a session and
to how long the functions keep things; `docs/what-leaves-the-device.md` is printed from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SentField:
    """One field of a message: `name` is its place (`record/dct:created` lies in `record`)."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a server keeps of a message, and until when; with `days`, `until` goes on after that number."""

    what: str
    until: str
    days: int | None = None

    @property
    def lasts(self) -> str:
        """Until when, in words."""
        return self.until if self.days is None else f"{self.days} days{self.until}"


@dataclass(frozen=True, slots=True)
class BodySize:
    """Bytes of a body: `fixed`, and where `with_task_name` says so one more for each letter of the task's
    name, which is the same for everyone."""

    fixed: int
    with_task_name: bool = False

    def of(self, task: str = "") -> int:
        """Return the number of bytes; `task` is the name of the task, if there is one."""
        return self.fixed + (len(task) if self.with_task_name else 0)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One kind of message that leaves the device.

    `path` may hold `{names}`; `purpose` is the consent that it needs, or None; `effect` names the session's
    effect that asks for it, or is None where a page or the worker fetches what is the same for everyone.
    """

    name: str
    method: str
    path: str
    purpose: str | None
    effect: str | None
    size: BodySize
    fields: tuple[SentField, ...]
    sent: str
    learnt: str
    kept: tuple[Kept, ...]


LOG_DAYS: Final = 30
"""For how long function logs are kept unless the deployer says otherwise (`LogRetentionDays`)."""

REPORT_ID_DAYS: Final = 3
"""How long after its week a report's id is kept: two days of grace, and one more."""

SUM_DAYS: Final = 5
"""How long after its week an exact sum may wait for a release: two days of grace, and three to make up for
one that failed."""

_NO_BODY: Final = BodySize(0)
_LOG_LINE: Final = Kept(
    "a log line: the function's name, the status, the duration", ", then deleted", LOG_DAYS
)

LOADER: Final = Outgoing(
    name="The loader",
    method="GET",
    path="/nearside/loader.js",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="With every page, by everybody, unless the browser has it in its cache. It holds the notice and the "
    "labels, so that nothing is fetched to ask.",
    learnt="That a browser opened a page of the site, which the request for the page has said already.",
    kept=(),
)

THEME: Final = Outgoing(
    name="A theme",
    method="GET",
    path="/nearside/themes/{file}",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="With pages whose own markup names this style sheet, by everybody, unless the browser has it in its "
    "cache.",
    learnt="That a browser opened such a page, which the request for the page has said already.",
    kept=(),
)

DEVICE_PAGE: Final = Outgoing(
    name="The page of devices",
    method="GET",
    path="/nearside/device.{ending}",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="Where an agency keeps devices in an origin of their own: the page of that origin, and its script, "
    "with every page of the site, by everybody, unless the browser has them in its cache. All that stands "
    "below goes to that origin then, and from no other.",
    learnt="That a browser opened a page of the site, which the request for the page has said already.",
    kept=(),
)

REGISTERS: Final = Outgoing(
    name="This register",
    method="GET",
    path="/nearside/register.json",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="When somebody follows the link to it under the list of what was sent.",
    learnt="That a browser asked for it, on the page of the settings.",
    kept=(),
)

RUNTIME: Final = Outgoing(
    name="The runtime",
    method="GET",
    path="/nearside/runtime/{version}/{file}",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="The script of alerts with pages that have room for them, those of questions, reminders, forms "
    "that can keep answers, the list of tasks, carousels and reasons with pages that have some, that of the "
    "button for a visit for someone else and of a way out at once with pages that have either, those of help "
    "and of a search with pages that have either, the search with the agency's own list of all its pages, "
    "fetched whole and before anything is typed, that of the "
    "page's own scripts, and of another tool that asks for consent, with pages whose script tag names "
    "either, and the panel's with the page that holds "
    "the panel, by everybody. The script of forms that can keep answers by somebody who allows anything also "
    "with pages that have room for a greeting. The script that notices clicks, reading, searches and forms "
    "by somebody who allows anything, with every page, whether or not a rule or a choice has it notice "
    "something. "
    "Worker, Python and the device's code only by somebody who has said "
    "yes to something at some time, or has asked for the receipt of a no: with a choice, with the panel, "
    "and on later pages when they are idle, while anything is allowed, a receipt is due, or something that "
    "the citizen did has not reached the worker. ONNX Runtime Web only by them, with a bundle of which a "
    "model needs it, whichever of two models this device uses. A device that saves data, has little memory "
    "or no WebAssembly fetches one small script of rules in the place of worker, Python and code; those "
    "only where it can run them and the citizen asks in the panel for what only they do.",
    learnt="That this browser has said yes at some time, or asked for the receipt of a no. Not to what, and "
    "nothing of what it looks at. Which of both it fetches says that it saves data, which browsers say with "
    "every request, or has little memory or no WebAssembly.",
    kept=(),
)

BUNDLE: Final = Outgoing(
    name="The bundle",
    method="GET",
    path="/nearside/{site}/bundle.json",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="When the worker has started and a page was opened: once, or until it could be checked and used. "
    "Also with a page that asks questions or offers a reminder, by everybody who opens it, before anything "
    "is said there.",
    learnt="The same as the runtime; of a page that asks questions or offers a reminder, that it was opened.",
    kept=(),
)

BUNDLE_FILES: Final = Outgoing(
    name="The files of the bundle",
    method="GET",
    path="/nearside/{site}/files/{sha256}",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="With the bundle: all files that it names, always all; by a device that runs rules alone the "
    "catalogue, the rules and the archetypes if there are any, always those. Nothing is fetched for a "
    "person, a page or a choice. The list of areas lies there too: with the page on which somebody may "
    "say where they are, by everybody who opens it, whatever they do there. All questions of the site "
    "are one file: with a page that asks some, by everybody, before any is put. So are all dates that "
    "the site can remind people of: with a page that offers a reminder, by everybody. A page that says "
    "what is due fetches nothing for it.",
    learnt="The same as the runtime; of the list of areas, the questions and the dates, that the page was "
    "opened.",
    kept=(),
)

ALERTS: Final = Outgoing(
    name="The alerts",
    method="GET",
    path="/nearside/{site}/alerts.json",
    purpose=None,
    effect=None,
    size=_NO_BODY,
    fields=(),
    sent="With every page that has room for alerts, by everybody, whatever they chose; again every five "
    "minutes while the page is open and in sight. Which of the alerts concern the place where somebody is, "
    "the device works out by itself.",
    learnt="That a browser has a page of the site open. Not where it is.",
    kept=(),
)

CONSENT_RECORD: Final = Outgoing(
    name="The consent record",
    method="POST",
    path="/consent/events",
    purpose=None,
    effect="SendConsent",
    size=BodySize(4096),
    fields=(
        SentField("v", "Version of this message: 1."),
        SentField("record/@context", "The vocabularies of the record, the same for everyone."),
        SentField("record/@type", "That this is a consent record."),
        SentField("record/dct:conformsTo", "The layout of the record."),
        SentField("record/dct:created", "When the choice was made, to the second, by this device's clock."),
        SentField("record/dct:creator", "This device's consent key: random, made for this website alone."),
        SentField("record/dct:language", "The language in which the question was shown."),
        SentField("record/dpv:hasDataSubject", "The same consent key: who chose."),
        SentField("record/dpv:hasEntity", "The agency that asked, by name, and the same consent key."),
        SentField("record/dpv:hasIdentifier", "A random number for this record."),
        SentField("record/dpv:hasNotice", "Version, language and hash of the exact words that were shown."),
        SentField(
            "record/dpv:hasProcess",
            "The purpose, the choice (given, refused or withdrawn), whether the browser asked for privacy, "
            "or decided so by itself, and what the purpose means: which data, where it is kept, how long, "
            "who receives it, and where to change one's mind.",
        ),
        SentField("record/dpv:isAfter", "The log entry of this device's choice before this one, if any."),
        SentField("salt", "32 random bytes, so that nobody can guess the record from the public log."),
        SentField("signature", "The consent key's signature: nobody else can say yes for this device."),
        SentField("pad", "Filling, so that every such message has the same size."),
    ),
    sent="With a choice of somebody who has said yes, now or before: one for each purpose that changes. "
    "Also when the browser begins to ask for privacy after a yes: that withdraws it. Until the ledger has "
    "taken it, again with each page. Whoever only ever said no sends nothing, unless they ask for a receipt.",
    learnt="That the holder of a random key chose so, for which purpose, after which words. The key is not "
    "tied to a name, and is in no report.",
    kept=(
        Kept("in the public log: a salted commitment and the notice's hash; no time, no key", "for ever"),
        Kept(
            "beside the log: record, salt and signature, encrypted under a key of their own",
            "until whoever holds the consent key or the receipt has them erased",
        ),
        Kept(
            "copies of those, where a privacy officer opened them for an audit; the public log says how many",
            "until the audit ends, 30 days at most; also where they are erased meanwhile",
        ),
        _LOG_LINE,
    ),
)

PROOF: Final = Outgoing(
    name="The question for a receipt",
    method="GET",
    path="/consent/receipts/{entry}",
    purpose=None,
    effect="FetchProof",
    size=_NO_BODY,
    fields=(SentField("entry", "The log entry of the choice just sent: a hash, meaningless by itself."),),
    sent="When the ledger has taken a consent record: twelve times at most, a second apart, until the proof "
    "is there; if it was not, again with a later page.",
    learnt="That somebody asks for the proof of this entry, as a rule just after it was sent.",
    kept=(_LOG_LINE,),
)

REPORT: Final = Outgoing(
    name="The report",
    method="POST",
    path="/contributions",
    purpose="learn",
    effect="SendReport",
    size=BodySize(107, with_task_name=True),
    fields=(
        SentField("v", "Version of this message: 1."),
        SentField("task", "The measurement that it belongs to, the same for everyone."),
        SentField("period", "The week in which it is first sent."),
        SentField("id", "A random number for this report alone, so that a retry counts once."),
        SentField("from", "The number of a page in the public list of pages, or 999999 for nothing."),
        SentField("to", "The number of a page opened later in the same visit, or 999999 for nothing."),
    ),
    sent="From the week after the yes: as many a week as the task says, the same for everyone, and no more. "
    "Where there is nothing to say it says nothing, in as many bytes. Each has a random time and leaves with "
    "the first page after it, one a page; one that did not arrive is tried again with later pages.",
    learnt="That some device went from one page to the other in one visit of an earlier week. Not which "
    "device, and not which other reports are its own.",
    kept=(
        Kept(
            "the report's random id, without its pages",
            " after its week, then deleted, which may take the table a few days",
            REPORT_ID_DAYS,
        ),
        Kept(
            "the sums, one for each pair of pages",
            " after their week at most; destroyed sooner, when the week is released",
            SUM_DAYS,
        ),
        Kept("the release: counts with noise, none under the task's smallest count", "for ever"),
        _LOG_LINE,
    ),
)

ERASURE: Final = Outgoing(
    name="The request for erasure",
    method="POST",
    path="/consent/erasures",
    purpose=None,
    effect="SendErasure",
    size=BodySize(9216),
    fields=(
        SentField("v", "Version of this message: 1."),
        SentField("by", "That this device's consent key asks."),
        SentField("entries", "The log entries of this device's choices, up to 64 in one request."),
        SentField("subject", "This device's consent key, which is in those records too."),
        SentField("signature", "The consent key's signature: nobody else can have them deleted."),
        SentField("pad", "Filling, so that every such message has the same size."),
    ),
    sent="When the citizen has the agency delete its copy of their records; for a record that is still on "
    "its way, once it has arrived. If the request did not arrive, again, byte for byte, with later pages and "
    "with the panel.",
    learnt="That the holder of a key wants its records deleted; the records name the same key already.",
    kept=(
        Kept("the list of entries", "until they are destroyed: seconds, or minutes if something failed"),
        Kept(
            "the number of records and the two times, by a number of its own; not which records", "for ever"
        ),
        Kept("of each entry, that it is deleted, so that nothing brings it back", "for ever"),
        Kept("in the public log: how many records were deleted; no time, no key", "for ever"),
        _LOG_LINE,
    ),
)

REGISTER: Final = (
    LOADER,
    THEME,
    DEVICE_PAGE,
    REGISTERS,
    RUNTIME,
    BUNDLE,
    BUNDLE_FILES,
    ALERTS,
    CONSENT_RECORD,
    PROOF,
    REPORT,
    ERASURE,
)
"""All of it: what is not here may not leave."""
