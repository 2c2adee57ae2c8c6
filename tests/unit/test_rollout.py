"""From what was decided on a model to the bundle that says so: nothing else changes, and nothing slips in."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Refused, Untrue
from edge_client.wire.manifest import Canary
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.publishing.publication import publish
from tests.support.agency import CANDIDATE, Agency, entry
from tests.support.city import NOW_S, SITE, City, card
from tests.support.learning import PEOPLE, person


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    made = Agency(City(tmp_path))
    made.city.publish()
    return made


def test_each_step_changes_the_model_and_nothing_else(agency: Agency) -> None:
    """On trial beside the live one, live in its place, and back to the very bytes before."""
    before = agency.files()
    name = agency.propose()
    assert agency.wanted() is None
    agency.desk.decide(Step.APPROVED, name)
    assert agency.wanted() is None
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    assert agency.apply() is not None
    assert agency.files().canary == Canary(30, name)
    trial = {"canary.onnx": CANDIDATE, "canary.json": card(CANDIDATE)}
    assert agency.files().by_name == {**before.by_name, **trial}
    assert agency.wanted() is None
    agency.desk.decide(Step.LIVE, name)
    agency.apply()
    live = {"model.onnx": CANDIDATE, "model.json": card(CANDIDATE)}
    assert agency.files().by_name == {**before.by_name, **live}
    assert agency.files().canary is None
    agency.desk.decide(Step.ROLLED_BACK, name)
    agency.apply()
    assert agency.files() == before
    assert agency.wanted() is None


def test_a_trial_that_is_rolled_back_leaves_what_was_live(agency: Agency) -> None:
    """Without ever having been live, it takes nothing with it."""
    before = agency.files()
    name = agency.propose()
    agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    agency.apply()
    agency.desk.decide(Step.ROLLED_BACK, name)
    agency.apply()
    assert agency.files() == before


def test_a_decision_that_was_never_published_can_be_made_up_for(agency: Agency) -> None:
    """The crash came between two steps and their bundles: the last one says what is wanted."""
    name = agency.propose()
    agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    agency.desk.decide(Step.LIVE, name)
    agency.apply()
    assert agency.files().by_name["model.onnx"] == CANDIDATE


@pytest.mark.parametrize("file", ["model.onnx", "rules.json"])
def test_what_was_compared_under_other_files_is_not_tried(agency: Agency, file: str) -> None:
    """Another model or other rules went live since: the evidence is about something else."""
    name = agency.propose()
    agency.desk.decide(Step.APPROVED, name)
    files = agency.files()
    if file == "model.onnx":
        agency.city.publish(b"another")
    else:
        rules = canonical.decode(files.by_name[file])
        assert isinstance(rules, dict)
        changed = {**files.by_name, file: canonical.encode({**rules, "never_items": ["/bins/new"]})}
        city = agency.city
        publish(
            replace(files, by_name=changed),
            shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=NOW_S,
        )  # fmt: skip
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    with pytest.raises(Refused, match=f"{file} is not the one"):
        agency.wanted()


def test_publishing_believes_no_store(agency: Agency) -> None:
    """Whoever can write where decisions lie has no key: an unsigned step, or one without an approval."""
    name = agency.propose()
    start = sign_statement(Statement(SITE, Step.CANARY, name, None, 1000), PEOPLE[0])
    agency.desk.store.accept(start)
    with pytest.raises(Refused, match="not approved"):
        agency.wanted()
    forged = sign_statement(Statement(SITE, Step.APPROVED, name, name), person(9))
    agency.desk.store.accept(forged)
    with pytest.raises(Refused, match="not approved"):
        agency.wanted()
    aside = agency.learning().set_aside
    assert list(aside) == [forged.digest.hex()]
    assert "nobody vouches" in aside[forged.digest.hex()]


def plant(agency: Agency, *, is_logged: bool) -> None:
    """Put a model of a stranger's, her key as the one that decides, her approval and trial into the store."""
    mallory = person(9)
    proposed = agency.propose()
    honest = agency.learning().named(proposed)
    made = replace(honest, model=entry(b"evil model"), approvers=(mallory.key,), asked_by=None)
    agency.desk.store.keep_file(b"evil model")
    name = agency.desk.add(made, is_logged=is_logged)
    for said in (
        Statement(SITE, Step.APPROVED, name, name),
        Statement(SITE, Step.CANARY, name, None, 1000),
    ):
        signed = agency.desk.store.accept(sign_statement(said, mallory))
        if is_logged:
            agency.desk.logged.append(signed.leaf)


def test_a_proposal_that_names_its_own_judges_moves_nothing(agency: Agency) -> None:
    """Not in the log: her steps are set aside, and the bundle stays as it is."""
    plant(agency, is_logged=False)
    assert agency.wanted() is None
    assert len(agency.learning().set_aside) == 2


def test_not_even_from_within_the_log(agency: Agency) -> None:
    """What the log holds has still to be said by somebody whom the deployment names."""
    plant(agency, is_logged=True)
    with pytest.raises(Refused, match="may decide now"):
        agency.wanted()


def test_the_trial_of_an_unlogged_proposal_is_no_trial(agency: Agency) -> None:
    """Signed by those who may decide, about something that the public never saw."""
    name = agency.propose()
    agency.desk.logged.clear()
    for said in (Statement(SITE, Step.APPROVED, name, name), Statement(SITE, Step.CANARY, name, None, 5)):
        agency.desk.store.accept(sign_statement(said, PEOPLE[0]))
    assert agency.wanted() is None


def test_a_step_of_somebody_who_left_is_not_published_late(agency: Agency) -> None:
    """What they took live stays live; what was not published yet is decided anew."""
    name = agency.propose()
    agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, name, by=PEOPLE[1], share_milli=30)
    agency.desk.approvers = (PEOPLE[0],)
    with pytest.raises(Refused, match="may decide now"):
        agency.wanted()
    agency.desk.approvers = PEOPLE
    agency.apply()
    agency.desk.approvers = (PEOPLE[0],)
    assert agency.wanted() is None


def test_a_trial_that_nobody_approved_can_be_stopped(agency: Agency) -> None:
    """Stopping needs neither an approval nor the model's files."""
    before = agency.files()
    name = agency.propose()
    agency.desk.store.accept(sign_statement(Statement(SITE, Step.CANARY, name, None, 1000), PEOPLE[0]))
    with pytest.raises(Refused, match="not approved"):
        agency.wanted()
    agency.desk.store._files.clear()
    agency.desk.decide(Step.ROLLED_BACK, name, by=PEOPLE[1])
    assert agency.wanted() is None
    assert agency.files() == before


def test_a_file_that_is_not_the_proposed_one_is_untrue(agency: Agency) -> None:
    """A model is taken by its hash; a missing one is no model."""
    name = agency.propose()
    agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, name, share_milli=30)
    agency.desk.store._files.clear()
    with pytest.raises(Untrue, match="missing"):
        agency.wanted()
    path = f"nearside/{SITE}/files/{hashlib.sha256(agency.files().by_name['rules.json']).hexdigest()}"
    agency.city.shelf.files[path] = b"{}"
    with pytest.raises(Untrue, match="another"):
        agency.files()
