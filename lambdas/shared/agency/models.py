"""What the agency API takes and answers, for whoever calls it: the one place that knows Pydantic.

Documents are not among them: their formats are the house's own, read by its own parsers.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field


class Sent(BaseModel):
    """A body that may have no field but its own."""

    model_config = {"extra": "forbid", "strict": True}


class Nothing(Sent):
    """An empty object."""


class Approval(Sent):
    """What was read: the hash of the proposal's snapshot, as its files and its changes have it."""

    snapshot: str = Field(pattern="^[0-9a-f]{64}$")


class Stopping(Sent):
    """Why somebody stops a proposal, and which of the documents that it brought; null for all of them."""

    reason: str = Field(min_length=1, max_length=2000)
    documents: list[str] | None = Field(None, min_length=1, max_length=1000)


class Lift(Sent):
    """Which documents, such as `rules/permit`, may be proposed again; null for all of the proposal's."""

    documents: list[str] | None = Field(min_length=1, max_length=1000)


class Publish(Sent):
    """Which approved proposal goes live."""

    proposal: str = Field(max_length=100)


class RollBack(Sent):
    """To which version that was published before."""

    version: int = Field(ge=1)


class Canary(Sent):
    """The proposed model, by the SHA-256 of its proposal, about which people decided with their keys."""

    model: str = Field(pattern="^[0-9a-f]{64}$")


class Kill(Sent):
    """Which slots fall silent; null for the whole site."""

    slots: list[str] | None = Field(max_length=1000)


class Upload(Sent):
    """A file, or a zip of files, in base64, and what it says of all pages where a page says nothing."""

    kind: str = Field(pattern="^(sitemap|csv|isomer|isomer-next|govuk)$")
    content: str = Field(max_length=5_500_000)
    host: str = Field("", max_length=253)
    lang: str = Field("", pattern="^([a-z]{2,3})?$")
    page_kind: str | None = Field(None, pattern="^(information|transaction)$")
    by_section: bool = False
    replaces: bool = False
    cursor: str | None = Field(
        None, max_length=400, description="`next` of the part before this one, with the same upload"
    )


class TakenAnswer(BaseModel):
    """What became of a part of an import: documents by name, and pages that do not say enough yet by path.

    `pages` is how many the upload has that say enough, `left` how many of them are still to come, `faults`
    how many problems it has in all; `next` leads to the next part, null when all is done and told.
    """

    created: list[str]
    changed: list[str]
    kept: list[str]
    unchanged: int
    unfinished: list[str]
    problems: list[Fault]
    pages: int
    left: int
    faults: int
    next: str | None


class Proposed(Sent):
    """What has to be said before anything goes live."""

    goal: str = ""
    audience: str = ""
    hypothesis: str = ""
    metric: str = ""
    fallback: str = ""
    owner: str = ""
    review: str = Field("", description="A day within a year, such as 2027-01-31")
    benefit: str = ""
    necessity: str = ""
    alternatives: str = ""
    harms: str = ""


class Fault(BaseModel):
    """One thing to mend: `where` is a JSON pointer, or the name of a parameter."""

    where: str
    what: str
    fix: str
    fatal: bool


class ProblemJson(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    problems: list[Fault] = []
    etag: str | None = None


class SitesAnswer(BaseModel):
    """The sites of the caller's agency."""

    sites: list[str]


class Entry(BaseModel):
    """A document of a list, without its body; `changed_at` is in Unix seconds."""

    name: str
    etag: str
    revision: int
    author: str
    changed_at: int


class EntriesAnswer(BaseModel):
    """Some documents of a collection; `next` leads to the page after this one."""

    items: list[Entry]
    next: str | None


class FullEntry(Entry):
    """A document of a draft with its body."""

    collection: str
    body: dict[str, Any]


class WholeDraftAnswer(BaseModel):
    """Some documents of a draft; `next` leads to the page after this one.

    `entry` is the number of the last entry in the trail when they were read: where it is the same on all
    pages, the draft is as it was at one moment.
    """

    items: list[FullEntry]
    next: str | None
    entry: int


class LintAnswer(BaseModel):
    """Everything that is wrong with a draft."""

    problems: list[Fault]


class Statement(BaseModel):
    """What somebody said, and when (Unix seconds)."""

    sub: str
    at: int
    reason: str


class ProposalAnswer(BaseModel):
    """A proposal and where it stands; `stopped_by` is the job that silences what was live."""

    id: str
    state: str
    snapshot: str
    drafts: str
    form: dict[str, str]
    author: str
    editors: list[str]
    created_at: int
    base: str
    before: str
    approvals: list[Statement]
    paused: Statement | None
    vetoed: Statement | None
    job: str
    stopped_by: str = ""


class ProposalsAnswer(BaseModel):
    """Some proposals, the oldest first; `next` leads to the page after this one."""

    items: list[ProposalAnswer]
    next: str | None


class QueuedAnswer(BaseModel):
    """A job that the publisher was given."""

    job: str
    state: str


class JobAnswer(BaseModel):
    """A job, who asked for it and when (Unix seconds), and the version that it became, or why it did not."""

    job: dict[str, Any]
    at: int
    sub: str
    proposal: str
    state: str
    version: int | None
    refused: str | None


class JobsAnswer(BaseModel):
    """Some jobs, the newest first; `next` leads to the page after this one."""

    items: list[JobAnswer]
    next: str | None


class BundleEntry(BaseModel):
    """A version that a job published, the SHA-256 of its manifest, and when (Unix seconds); `proposal` is ""
    where the job was for none."""

    version: int
    manifest: str
    at: int
    act: str
    proposal: str
    job: str


class BundlesAnswer(BaseModel):
    """Some versions, the newest first; `next` leads to the page after this one."""

    items: list[BundleEntry]
    next: str | None


class TrailEntry(BaseModel):
    """An entry of the audit trail, as it is hashed."""

    v: int
    n: int
    at: int
    sub: str
    act: str
    site: str
    about: str
    digest: str
    previous: str


class TrailAnswer(BaseModel):
    """Some entries, from the first on; `next` leads to the page after this one."""

    items: list[TrailEntry]
    next: str | None


PROBLEMS: Final = {
    400: "Not well formed",
    401: "No token, or none that holds",
    403: "The caller's roles do not let them",
    404: "Nothing of that name in the caller's agency",
    409: "Not as things stand",
    412: "It is not what the condition says",
    413: "Too large",
    415: "Not JSON",
    422: "Not what this address takes, with every problem in it",
    428: "A condition is missing",
    500: "It could not be carried out",
    503: "Too many act at once: send it again",
}
"""Every status that is a problem, and what it says."""
