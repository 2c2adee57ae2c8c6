"""Attacks on the way from a proposed model to a live one: each names who tries what, and is turned down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Refused, Untrue
from lambdas.shared.learning.proposal import Check
from lambdas.shared.learning.statement import SignedStatement, Statement, Step, sign_statement
from tests.support.learning import PEOPLE, Desk, digest, person, proposal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_proposer_cannot_approve_their_own_model(desk: Desk) -> None:
    """Nor try it, nor take it live, also under another name of the same key; rejecting it is their right."""
    asker = PEOPLE[0]
    named = replace(asker.key, name="smallville.example/approvers/9")
    known = proposal(asked_by=asker.key, approvers=(*proposal().approvers, named))
    name = desk.add(known)
    desk.approvers = (*PEOPLE, Ed25519Signer.from_seed(named.name, bytes([1]) * 32))
    for author in (asker, desk.approvers[-1]):
        with pytest.raises(Refused, match="does not decide"):
            desk.decide(Step.APPROVED, name, by=author)
    desk.decide(Step.APPROVED, name, by=PEOPLE[1])
    with pytest.raises(Refused, match="does not decide"):
        desk.decide(Step.CANARY, name, by=asker, share_milli=10)
    desk.decide(Step.CANARY, name, by=PEOPLE[2], share_milli=10)
    with pytest.raises(Refused, match="does not decide"):
        desk.decide(Step.LIVE, name, by=asker)
    assert desk.decide(Step.ROLLED_BACK, name, by=asker).said.step is Step.ROLLED_BACK


def test_nobody_takes_a_model_to_devices_alone(desk: Desk) -> None:
    """Asked for by nobody or by the schedule: whoever approves it neither tries it nor takes it live, also
    under another name of the same key; whoever tried it may take it live, and anybody may stop it."""
    approver = PEOPLE[0]
    named = replace(approver.key, name="smallville.example/approvers/9")
    desk.approvers = (*PEOPLE, Ed25519Signer.from_seed(named.name, bytes([1]) * 32))
    name = desk.add(proposal(approvers=(*proposal().approvers, named)))
    desk.decide(Step.APPROVED, name, by=approver)
    for author in (approver, desk.approvers[-1]):
        with pytest.raises(Refused, match="whoever approved"):
            desk.decide(Step.CANARY, name, by=author, share_milli=1000)
    desk.decide(Step.CANARY, name, by=PEOPLE[1], share_milli=10)
    for author in (approver, desk.approvers[-1]):
        with pytest.raises(Refused, match="whoever approved"):
            desk.decide(Step.LIVE, name, by=author)
    desk.decide(Step.LIVE, name, by=PEOPLE[1])
    assert desk.decide(Step.ROLLED_BACK, name, by=approver).said.step is Step.ROLLED_BACK


def test_what_lies_in_its_place_already_is_looked_at_like_all_else(desk: Desk) -> None:
    """Whoever can write to the bucket files an asker's own approval, an unapproved model's step, a proposal
    that nobody logged: none of it is taken in and logged for that it is there."""
    asker = PEOPLE[0]
    name = desk.add(proposal(asked_by=asker.key))
    own = desk.store.accept(desk.signed(Step.APPROVED, name, by=asker))
    with pytest.raises(Refused, match="does not decide"):
        desk.service.decide(own.to_bytes())
    quiet = desk.add(proposal("quiet"), is_logged=False)
    approved = desk.store.accept(desk.signed(Step.APPROVED, quiet, by=asker))
    with pytest.raises(Refused, match="log does not hold the proposal"):
        desk.service.decide(approved.to_bytes())
    failed = desk.add(proposal("bad", checks=(Check("beats-live", held=False, figures={}),)))
    passed = desk.store.accept(desk.signed(Step.APPROVED, failed, by=asker))
    with pytest.raises(Refused, match="gate"):
        desk.service.decide(passed.to_bytes())
    other = desk.add(proposal("two"))
    live = desk.store.accept(desk.signed(Step.LIVE, other, by=PEOPLE[1]))
    with pytest.raises(Refused, match="not approved"):
        desk.service.decide(live.to_bytes())
    assert not {each.leaf for each in (own, approved, passed, live)} & set(desk.logged)


def test_what_a_step_rests_on_is_looked_at_before_it_is_logged(desk: Desk) -> None:
    """A planted approval of what the gate refused does not get into the log by the step that names it."""
    failed = desk.add(proposal("bad", checks=(Check("beats-live", held=False, figures={}),)))
    planted = desk.store.accept(desk.signed(Step.APPROVED, failed, by=PEOPLE[0]))
    with pytest.raises(Refused, match="gate"):
        desk.decide(Step.CANARY, failed, share_milli=5)
    assert planted.leaf not in desk.logged


def test_a_crash_before_the_log_is_made_up_for_whatever_came_after_it(desk: Desk) -> None:
    """A trial that never was logged, and its rollback that was: the same statement again is logged."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    trial = desk.decide(Step.CANARY, name, share_milli=5)
    desk.logged.remove(trial.leaf)
    desk.decide(Step.ROLLED_BACK, name)
    assert desk.service.decide(trial.to_bytes()) == trial
    assert trial.leaf in desk.logged


def test_an_approval_is_of_one_proposal_and_no_other(desk: Desk) -> None:
    """Its hash is under the signature: put into another statement, the signature does not hold."""
    name, other = desk.add(proposal()), desk.add(proposal("two"))
    approved = desk.decide(Step.APPROVED, name)
    forged = approved.to_bytes().replace(name.encode(), other.encode())
    with pytest.raises(Exception, match="signature") as caught:
        desk.service.decide(forged)
    assert isinstance(caught.value, Untrue)
    with pytest.raises(Refused, match="not approved"):
        desk.decide(Step.CANARY, other, share_milli=10)


def test_an_old_statement_starts_nothing_again(desk: Desk) -> None:
    """Whoever kept the statements of a trial cannot begin it again once it was rolled back: each step follows
    one that it names, and the same statement again changes nothing."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    kept = [desk.decide(Step.CANARY, name, share_milli=10), desk.decide(Step.LIVE, name)]
    desk.decide(Step.ROLLED_BACK, name)
    before = list(desk.store.statements())
    for signed in kept:
        assert desk.service.decide(signed.to_bytes()).digest == signed.digest
    assert list(desk.store.statements()) == before
    with pytest.raises(Refused, match="over"):
        desk.decide(Step.CANARY, name, share_milli=1000)


def test_no_trial_of_another_model_comes_in_between(desk: Desk) -> None:
    """One trial at a time, and only what is on trial goes live."""
    name, other = desk.add(proposal()), desk.add(proposal("two"))
    for each in (name, other):
        desk.decide(Step.APPROVED, each)
    with pytest.raises(Refused, match="on trial"):
        desk.decide(Step.LIVE, name)
    desk.decide(Step.CANARY, name, share_milli=10)
    with pytest.raises(Refused, match="another model"):
        desk.decide(Step.CANARY, other, share_milli=10)
    with pytest.raises(Refused, match="on trial"):
        desk.decide(Step.LIVE, other)
    with pytest.raises(Refused, match="neither"):
        desk.decide(Step.ROLLED_BACK, other)


def test_two_decisions_at_once_are_one(desk: Desk) -> None:
    """Both follow the same step: the store takes one, and the other is told so."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    one = desk.signed(Step.CANARY, name, by=PEOPLE[1], share_milli=10)
    two = desk.signed(Step.CANARY, name, by=PEOPLE[2], share_milli=900)
    desk.service.decide(one.to_bytes())
    with pytest.raises(Refused, match="decided since"):
        desk.service.decide(two.to_bytes())
    assert [each.said.share_milli for each in desk.store.statements()] == [None, 10]


def test_whom_nobody_named_decides_nothing(desk: Desk) -> None:
    """A stranger's key, a key that was taken out of force since, and one that came after the proposal."""
    name = desk.add(proposal())
    late = person(9)
    for approvers, author in ((PEOPLE, late), (PEOPLE[1:], PEOPLE[0]), ((*PEOPLE, late), late)):
        desk.approvers = approvers
        with pytest.raises(Untrue, match="may decide"):
            desk.decide(Step.APPROVED, name, by=author)
    assert list(desk.store.statements()) == []


def test_a_signature_by_a_stolen_name_does_not_hold(desk: Desk) -> None:
    """A line that says it is by an approver, and was made with another key."""
    name = desk.add(proposal())
    honest = desk.signed(Step.APPROVED, name, by=PEOPLE[0])
    forged = desk.signed(Step.APPROVED, name, by=person(9))
    line = replace(honest.note.signatures[0], signature=forged.note.signatures[0].signature)
    stolen = SignedStatement(replace(honest.note, signatures=(line,)), honest.said)
    with pytest.raises(Exception, match="signature"):
        desk.service.decide(stolen.to_bytes())
    assert list(desk.store.statements()) == []


def test_what_the_gate_refused_nobody_approves(desk: Desk) -> None:
    """Nor what was judged before, nor what the public log does not hold."""
    failed = proposal("bad", checks=(Check("beats-live", held=False, figures={}),))
    with pytest.raises(Refused, match="gate"):
        desk.decide(Step.APPROVED, desk.add(failed))
    name = desk.add(proposal())
    desk.decide(Step.REJECTED, name)
    with pytest.raises(Refused, match="rejected before"):
        desk.decide(Step.APPROVED, name, by=PEOPLE[1])
    with pytest.raises(Refused, match="log does not hold"):
        desk.decide(Step.APPROVED, desk.add(proposal("quiet"), is_logged=False))


def test_a_share_is_part_of_what_was_signed(desk: Desk) -> None:
    """Whoever passes a statement on cannot make a trial larger."""
    name = desk.add(proposal())
    desk.decide(Step.APPROVED, name)
    signed = desk.signed(Step.CANARY, name, by=PEOPLE[0], share_milli=10)
    larger = signed.to_bytes().replace(b'"share_milli":10', b'"share_milli":1000')
    with pytest.raises(Exception, match="signature") as caught:
        desk.service.decide(larger)
    assert isinstance(caught.value, Untrue)


def test_a_statement_about_another_site_is_refused(desk: Desk) -> None:
    """The site is under the signature too."""
    name = desk.add(proposal())
    elsewhere = sign_statement(Statement("elsewhere", Step.APPROVED, name, name), PEOPLE[0])
    with pytest.raises(Refused, match="another site"):
        desk.service.decide(elsewhere.to_bytes())
    with pytest.raises(Refused, match="no such proposal"):
        desk.decide(Step.APPROVED, digest("nothing"))


@pytest.mark.parametrize(
    "change",
    [
        (b'"share_milli":10', b'"share_milli":0'),
        (b'"share_milli":10', b'"share_milli":1001'),
        (b'"share_milli":10', b'"share_milli":null'),
        (b'"step":"canary"', b'"step":"live"'),
        (b'"step":"canary"', b'"step":"asked"'),
        (b'"step":"canary"', b'"step":"applauded"'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"by":"somebody","v":1'),
        (b"nearside model smallville", b"nearside model elsewhere"),
        (b'"after":null,', b""),
    ],
    ids=lambda change: change[1].decode(),
)
def test_what_is_no_statement_is_malformed(desk: Desk, change: tuple[bytes, bytes]) -> None:
    """Whatever its signature: it is read before it is believed."""
    name = desk.add(proposal())
    honest = desk.signed(Step.CANARY, name, by=PEOPLE[0], share_milli=10).to_bytes()
    assert SignedStatement.from_bytes(honest).to_bytes() == honest
    bent = honest.replace(*change)
    assert bent != honest
    with pytest.raises(Malformed):
        SignedStatement.from_bytes(bent)


def test_a_second_signature_makes_no_second_author(desk: Desk) -> None:
    """A statement has one author, so that its bytes, and with them its hash, are one."""
    honest = desk.signed(Step.APPROVED, desk.add(proposal()), by=PEOPLE[0])
    (line,) = honest.note.signatures
    twice = replace(honest.note, signatures=(line, line)).to_bytes()
    with pytest.raises(Malformed, match="signed once"):
        SignedStatement.from_bytes(twice)


def test_stopped_after_the_write_a_decision_is_logged_by_the_next_call(desk: Desk) -> None:
    """The log failed: the same statement again logs what was decided."""
    name = desk.add(proposal())
    signed = desk.signed(Step.APPROVED, name, by=PEOPLE[0])

    def fails(*_: object) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        replace(desk.service, log=fails).decide(signed.to_bytes())
    assert signed.leaf not in desk.logged
    desk.service.decide(signed.to_bytes())
    assert signed.leaf in desk.logged


def test_what_was_live_before_comes_back_after_the_trial_of_another(desk: Desk) -> None:
    """A live model can be rolled back after a later one's trial ended; until then that trial comes first."""
    name, other = desk.add(proposal()), desk.add(proposal("two"))
    for each in (name, other):
        desk.decide(Step.APPROVED, each)
    desk.decide(Step.CANARY, name, share_milli=10)
    desk.decide(Step.LIVE, name)
    desk.decide(Step.CANARY, other, share_milli=10)
    with pytest.raises(Refused, match="neither"):
        desk.decide(Step.ROLLED_BACK, name)
    desk.decide(Step.ROLLED_BACK, other)
    assert desk.decide(Step.ROLLED_BACK, name).said.proposal == name


def test_a_step_waits_until_the_log_holds_what_it_rests_on(desk: Desk) -> None:
    """An approval that a crash kept from the log gets there first, and a planted one never does."""
    name, other = desk.add(proposal()), desk.add(proposal("two"))
    approved = desk.signed(Step.APPROVED, name, by=PEOPLE[0])
    desk.store.accept(approved)
    trial = desk.signed(Step.CANARY, name, by=PEOPLE[1], share_milli=5)
    with pytest.raises(Refused, match="step before it yet"):
        desk.service.decide(trial.to_bytes())
    assert desk.logged[-1] == approved.leaf
    assert desk.service.decide(trial.to_bytes()) == trial
    planted = desk.signed(Step.APPROVED, other, by=person(9))
    desk.store.accept(planted)
    desk.decide(Step.ROLLED_BACK, name)
    with pytest.raises(Untrue, match="may decide"):
        desk.decide(Step.CANARY, other, share_milli=5)
    assert planted.leaf not in desk.logged
