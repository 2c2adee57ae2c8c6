"""The attacker who can write to the bucket of proposals, and not to the log: nothing is proposed for them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

import pytest
from botocore.response import StreamingBody

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.manifest import FileEntry
from lambdas.shared.bounded import read_at_most
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.proposal import Check, LiveFiles, Proposal, Push
from lambdas.shared.learning.rollout import Rollout
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.learning.store import LearningStore
from tests.support.learning import PEOPLE, SITE, Desk, digest, person, proposal
from tests.support.proposing import PAGES, Site


def honest() -> tuple[Site, str, Proposal]:
    """A site whose proposal was written, and not logged: the site, the proposal's inputs, and itself."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    known: list[str] = []

    class Noting(MemoryStore):
        def propose(self, inputs: str, proposal: Proposal) -> Proposal:
            known.append(inputs)
            return super().propose(inputs, proposal)

    made = replace(site.service, store=Noting(), log=lambda entry, document: None).propose().proposal
    assert made is not None
    return site, known[0], made


OTHERS = LiveFiles(*(digest(name) for name in ("model", "card", "catalogue", "rules")))


@pytest.mark.parametrize(
    "change",
    [
        {"model": FileEntry(digest("poisoned"), 8)},
        {"card": FileEntry(digest("of another"), 9)},
        {"live": OTHERS},
        {"trained_on": (digest("nothing"),)},
        {"held_out": (digest("a week that suits"),)},
        {"approvers": (person(9).key,)},
        {"checks": (Check("beats-live", held=True, figures={"low": 999_999}),)},
        {"pushed": (Push(PAGES[0], 0, 5),)},
        {"asked_by": person(9).key},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_planted_proposal_is_not_taken_for_what_was_worked_out(change: dict[str, object]) -> None:
    """It lies where the function would have written its own, before it did: refused, and never logged."""
    site, inputs, made = honest()
    planted = replace(made, **change)  # type: ignore[arg-type]  # fields of a proposal by name
    site.store.propose(inputs, planted)
    with pytest.raises(Untrue, match=r"^proposal: "):
        site.service.propose()
    assert site.logged == []


def test_what_was_logged_for_other_inputs_is_not_proposed_again() -> None:
    """An old proposal is in the log, but under the name of the newest week it is another's."""
    site, inputs, made = honest()
    old = replace(made, held_out=(digest("a week long ago"),))
    site.logged.append(old.leaf)
    site.store.propose(inputs, old)
    with pytest.raises(Untrue, match="made of others"):
        site.service.propose()


def test_what_was_not_planted_is_proposed() -> None:
    """The same site, with nobody in between."""
    site, inputs, made = honest()
    assert site.store.proposal_of(inputs) is None
    assert site.service.propose().proposal == made
    assert site.logged == [made.leaf]


@dataclass
class Heavy:
    """A bucket of one object; `read` is how much of it was asked for."""

    size_bytes: int
    read: list[int] = field(default_factory=list)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, StreamingBody]:  # noqa: N803 (named by AWS)
        heavy = self

        class Counted(io.BytesIO):
            def read(self, amount: int | None = -1, /) -> bytes:
                data = super().read(amount)
                heavy.read.append(len(data))
                return data

        return {"Body": StreamingBody(Counted(bytes(self.size_bytes)), self.size_bytes)}


def test_an_object_that_is_too_long_is_not_read_whole() -> None:
    """A gigabyte in the place of a proposal costs the function what a proposal may cost."""
    bucket = Heavy(1_000_000)
    with pytest.raises(Malformed, match="too long"):
        read_at_most(bucket, "b", key="k", size_bytes=100, noun="learning")  # type: ignore[arg-type]  # a bucket's one method
    assert sum(bucket.read) == 101
    fits = Heavy(100)
    assert read_at_most(fits, "b", key="k", size_bytes=100, noun="learning") == bytes(100)  # type: ignore[arg-type]  # a bucket's one method


@dataclass
class Bucket:
    """A bucket in memory, listed and read as S3 is."""

    objects: dict[str, bytes] = field(default_factory=dict)

    class exceptions:  # noqa: N801 (named by AWS)
        NoSuchKey = KeyError

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, StreamingBody]:  # noqa: N803 (named by AWS)
        data = self.objects[Key]
        return {"Body": StreamingBody(io.BytesIO(data), len(data))}

    def get_paginator(self, _: str) -> Bucket:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, list[dict[str, str]]]]:  # noqa: N803 (named by AWS)
        return [{"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}]


def test_a_refused_approval_under_another_name_does_not_undo_a_rejection() -> None:
    """Validly signed and turned down, it was filed where the listing comes to it last."""
    made = proposal()
    name = made.digest.hex()
    rejected = sign_statement(Statement(SITE, Step.REJECTED, name, name), PEOPLE[1])
    approved = sign_statement(Statement(SITE, Step.APPROVED, name, name), PEOPLE[0])
    where = f"learning/{SITE}/after"
    bucket = Bucket({f"{where}/{name}": rejected.to_bytes(), f"{where}/zzz": approved.to_bytes()})
    store = LearningStore(bucket, "b", SITE)  # type: ignore[arg-type]  # the methods that listing needs
    assert list(store.statements()) == [rejected]


def test_what_is_unreadable_stands_in_nobodys_way() -> None:
    """Neither under the proposals nor under the statements: what is sound is found beside it."""
    made = proposal()
    name = made.digest.hex()
    trial = sign_statement(Statement(SITE, Step.CANARY, name, None, 5), PEOPLE[0])
    bucket = Bucket(
        {
            f"learning/{SITE}/inputs/{digest('inputs')}": made.to_bytes(),
            f"learning/{SITE}/inputs/0": b"{}",
            f"learning/{SITE}/inputs/1": bytes(1_000_000),
            f"learning/{SITE}/after/start": trial.to_bytes(),
            f"learning/{SITE}/after/0": b"no note",
            f"learning/{SITE}/after/1": bytes(1_000_000),
        }
    )
    store = LearningStore(bucket, "b", SITE)  # type: ignore[arg-type]  # the methods that listing needs
    assert (list(store.proposals()), list(store.statements())) == ([made], [trial])


def test_a_thousand_planted_proposals_cost_a_decision_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deciding reads the one that is named, by its hash, and never looks through the bucket."""
    desk = Desk()
    name = desk.add(proposal())

    def fails(_: object) -> None:
        raise AssertionError("looked through the bucket")

    approval = desk.signed(Step.APPROVED, name, by=PEOPLE[0])
    trial = desk.signed(Step.CANARY, name, by=PEOPLE[1], share_milli=10)
    monkeypatch.setattr(MemoryStore, "proposals", fails)
    monkeypatch.setattr(MemoryStore, "statements", fails)
    for signed in (approval, trial):
        assert desk.service.decide(signed.to_bytes()) == signed


def test_a_proposal_of_another_site_is_decided_on_there() -> None:
    """One log may serve several sites: what it holds for one is no proposal of another."""
    desk = Desk()
    name = desk.add(proposal(site="elsewhere"))
    with pytest.raises(Refused, match="another site"):
        desk.decide(Step.APPROVED, name)


def test_a_step_that_was_put_in_anothers_place_is_told() -> None:
    """Written after a step that it does not follow, or no step of a rollout at all."""
    first = sign_statement(Statement(SITE, Step.CANARY, digest("p"), None, 5), PEOPLE[0])
    astray = sign_statement(Statement(SITE, Step.LIVE, digest("p"), digest("q")), PEOPLE[0])
    judgement = sign_statement(Statement(SITE, Step.APPROVED, digest("p"), digest("p")), PEOPLE[0])
    assert Rollout.walk({None: first}.get).steps == (first,)
    for placed in (astray, judgement):
        with pytest.raises(Untrue, match="another's place"):
            Rollout.walk({None: first, first.digest.hex(): placed}.get)
