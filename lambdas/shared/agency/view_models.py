"""What the agency API answers about models, releases and purposes, for whoever calls it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class GateCheck(BaseModel):
    """One thing that the gate asked; figures are millionths where they are shares, and counts otherwise."""

    name: str
    held: bool
    figures: dict[str, int]


class Decision(BaseModel):
    """What somebody decided with a key: its name, and the SHA-256 of what they signed.

    `share_milli` is the share of a trial, in thousandths.
    """

    step: str
    by: str
    share_milli: int | None
    document: str


class ModelSummary(BaseModel):
    """A proposed model, by the SHA-256 of its proposal; `place` is where the public log holds that.

    `state` is what was decided: waiting, refused (by the gate), approved, rejected, on-trial, live, replaced
    or rolled-back. `on_devices` is what devices have: none, some or all. `replaces` is the SHA-256 of the
    model that it was held against; `trained_on` and `held_out` are those of releases.
    """

    id: str
    place: int
    model: str
    bytes: int
    gate: str
    checks: list[GateCheck]
    state: str
    on_devices: str
    replaces: str
    trained_on: list[str]
    held_out: list[str]
    asked_by: str | None
    decisions: list[Decision]


class PushedPage(BaseModel):
    """A page that the model names more often: after how many pages it was among the first five, and is."""

    page: str
    before: int
    after: int


class ModelAnswer(ModelSummary):
    """A proposed model with its card, as it was logged (docs/formats/model.md)."""

    pushed: list[PushedPage]
    card: dict[str, Any]


class ModelsAnswer(BaseModel):
    """Some models, the oldest first; `next` leads to the page after this one."""

    items: list[ModelSummary]
    next: str | None


class ReleaseAnswer(BaseModel):
    """What a release says of itself (docs/formats/release.md), and where it is public.

    `epsilon_milli` is thousandths of epsilon, `delta_exp` the n of a delta of 10 to the minus n; `rows` are
    the cells that reached the `threshold`, of which `parts` make a whole unit. `place` is where the public
    log holds what it cost, `document` where its bytes are served.
    """

    task: str
    period: str
    source: str
    k: int
    threshold: int
    parts: int
    mechanism: str
    epsilon_milli: int | None
    delta_exp: int | None
    pairs: int
    unit: str
    rows: int
    bytes: int
    sha256: str
    place: int
    document: str


class ReleasesAnswer(BaseModel):
    """Some releases; `next` leads to the page after this one."""

    items: list[ReleaseAnswer]
    next: str | None


class PurposeWords(BaseModel):
    """How a purpose is put in a language; `notice` is the SHA-256 that consent records name."""

    lang: str
    version: int
    title: str
    text: str
    notice: str


class KeptOf(BaseModel):
    """What is kept of a message, and until when."""

    what: str
    until: str


class Collector(BaseModel):
    """What leaves a device under a purpose."""

    name: str
    path: str
    kept: list[KeptOf]


class PurposeEntry(BaseModel):
    """A purpose: how it is put, what rests on it, and how long what it needs is kept.

    `asked` is at-once or where-used; `kept_for` is the most, in ISO 8601, and `keep_days` what the rules say
    of it. `rests` names rules, slots, questions, flows and tasks.
    """

    purpose: str
    asked: str
    words: list[PurposeWords]
    leaves_device: bool
    kept_for: str
    keep_days: int | None
    rests: dict[str, list[str]]
    collectors: list[Collector]


class PurposeRegister(BaseModel):
    """Every purpose that is asked for; `since` is in Unix seconds: when these words came to devices, or were
    last edited. `version` is the bundle's."""

    version: int | None
    since: int
    purposes: list[PurposeEntry]


class PurposesAnswer(BaseModel):
    """The registers of what is live and of the draft; null where there are no notices."""

    live: PurposeRegister | None
    draft: PurposeRegister | None
