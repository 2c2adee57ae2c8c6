"""What is believed of all that was proposed and decided: by whose word, and in which order."""

from __future__ import annotations

import pytest

from consent_ledger.errors import Refused, Untrue
from lambdas.shared.learning.learning import Learning
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import SignedStatement, Statement, Step, sign_statement
from tests.support.learning import PEOPLE, SITE, Desk, person, proposal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def said(
    step: Step, name: str, *, after: SignedStatement | None = None, share: int | None = None
) -> Statement:
    """What somebody says, following a step, or none."""
    return Statement(SITE, step, name, None if after is None else after.digest.hex(), share)


def test_a_proposal_is_named_by_how_its_hash_begins(desk: Desk) -> None:
    """As far as that is one."""
    name, other = desk.add(proposal()), desk.add(proposal("two"))
    learning = desk.learning()
    assert learning.named(name) == learning.proposals[name]
    with pytest.raises(Refused, match="several"):
        learning.named("")
    with pytest.raises(Refused, match="none"):
        learning.named("xyz")
    assert isinstance(learning.named(other), Proposal)


def test_what_the_log_does_not_hold_is_kept_apart(desk: Desk) -> None:
    """A planted proposal has no name: neither alone, nor beside one of the log that begins alike."""
    name = desk.add(proposal())
    planted = desk.add(proposal("planted"), is_logged=False)
    learning = desk.learning()
    assert (list(learning.proposals), list(learning.unlogged)) == ([name], [planted])
    assert learning.named("").digest.hex() == name
    with pytest.raises(Refused, match="log does not hold"):
        learning.named(planted)


def test_two_judgements_of_one_proposal_are_untrue() -> None:
    """Whichever is listed last must not win."""
    made = proposal()
    name = made.digest.hex()
    both = [
        sign_statement(Statement(SITE, step, name, name), PEOPLE[at])
        for at, step in enumerate((Step.REJECTED, Step.APPROVED))
    ]
    with pytest.raises(Untrue, match="two judgements"):
        Learning.of([made], both, is_logged=lambda entry: True, approvers=[each.key for each in PEOPLE])


def test_a_logged_judgement_that_does_not_hold_is_named_and_counts_for_nothing(desk: Desk) -> None:
    """By a stranger, or by whoever asked: another proposal's trial can be rolled back all the same."""
    asker = PEOPLE[0]
    name, other = desk.add(proposal(asked_by=asker.key)), desk.add(proposal("two"))
    desk.decide(Step.APPROVED, other)
    desk.decide(Step.CANARY, other, share_milli=1000)
    own = desk.store.accept(desk.signed(Step.APPROVED, name, by=asker))
    desk.logged.append(own.leaf)
    desk.decide(Step.ROLLED_BACK, other)
    learning = desk.learning()
    assert name not in learning.judged
    assert list(learning.set_aside) == [own.digest.hex()]
    assert "the log holds it, and it does not hold" in learning.set_aside[own.digest.hex()]
    assert learning.rollout.last == said(Step.ROLLED_BACK, other, after=learning.rollout.steps[0])


def test_a_logged_step_of_nobody_keeps_its_place_and_is_named(desk: Desk) -> None:
    """What comes next follows it: about a proposal that is gone, or by a key that nobody named."""
    name = desk.add(proposal())
    gone = sign_statement(said(Step.CANARY, "ab" * 32, share=5), PEOPLE[0])
    back = sign_statement(said(Step.ROLLED_BACK, "ab" * 32, after=gone), PEOPLE[1])
    forged = sign_statement(said(Step.CANARY, name, after=back, share=5), person(9))
    for signed in (gone, back, forged):
        desk.logged.append(desk.store.accept(signed).leaf)
    learning = desk.learning()
    assert learning.rollout.steps == (gone, back, forged)
    assert set(learning.set_aside) == {each.digest.hex() for each in (gone, back, forged)}


def test_a_step_that_was_never_logged_keeps_its_place_under_one_that_was(desk: Desk) -> None:
    """A crash kept a trial from the log, its rollback came at once, and then its author left."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    trial = desk.decide(Step.CANARY, name, by=PEOPLE[1], share_milli=5)
    desk.logged.remove(trial.leaf)
    back = desk.decide(Step.ROLLED_BACK, name, by=PEOPLE[2])
    desk.approvers = (PEOPLE[0], PEOPLE[2])
    learning = desk.learning()
    assert learning.rollout.steps == (trial, back)
    assert "nobody vouches" in learning.set_aside[trial.digest.hex()]


def test_a_step_that_follows_nothing_and_was_never_logged_stops_nothing(desk: Desk) -> None:
    """Validly signed, turned down, and put into the bucket under what it names."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    trial = desk.decide(Step.CANARY, name, share_milli=5)
    astray = desk.store.accept(sign_statement(Statement(SITE, Step.LIVE, name, "cd" * 32), PEOPLE[1]))
    back = desk.decide(Step.ROLLED_BACK, name)
    learning = desk.learning()
    assert learning.rollout.steps == (trial, back)
    assert learning.set_aside == {astray.digest.hex(): "it follows nothing that is here"}


def test_steps_that_cannot_be_put_in_order_are_untrue() -> None:
    """The log holds one whose predecessor is gone, or two that follow the same."""
    people = [each.key for each in PEOPLE]
    made = proposal()
    name = made.digest.hex()
    late = sign_statement(Statement(SITE, Step.LIVE, name, "cd" * 32), PEOPLE[0])
    with pytest.raises(Untrue, match="follows none"):
        Learning.of([made], [late], is_logged=lambda entry: True, approvers=people)
    twice = [sign_statement(said(Step.CANARY, name, share=at), PEOPLE[0]) for at in (1, 2)]
    with pytest.raises(Untrue, match="two steps"):
        Learning.of([made], twice, is_logged=lambda entry: True, approvers=people)


def test_a_step_by_the_approvers_own_key_is_named(desk: Desk) -> None:
    """Logged by whatever means: what publishes knows who approved, and asks for somebody else."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    own = desk.store.accept(desk.signed(Step.CANARY, name, by=PEOPLE[0], share_milli=1000))
    desk.logged.append(own.leaf)
    assert "whoever approved" in desk.learning().set_aside[own.digest.hex()]
