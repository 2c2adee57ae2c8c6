"""Decisions that a crash kept from devices are neither lost nor hidden by what is decided next."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent_ledger.errors import Refused
from lambdas.shared.learning.statement import Step
from tests.support.agency import Agency
from tests.support.city import City
from tests.support.learning import PEOPLE

B, C = b"model B", b"model C"


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    made = Agency(City(tmp_path))
    made.city.publish()
    return made


def take_live(agency: Agency, name: str) -> None:
    """Approve, try and take live, each step published."""
    agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, name, share_milli=10)
    agency.apply()
    agency.desk.decide(Step.LIVE, name)
    agency.apply()


def test_a_rollback_that_was_never_published_is_not_lost(agency: Agency) -> None:
    """Another trial was decided on top of it: that is not published, and rolled back it takes both away."""
    before = agency.files()
    first = agency.propose("B", B)
    take_live(agency, first)
    second = agency.propose("C", C)
    agency.desk.decide(Step.APPROVED, second)
    agency.desk.decide(Step.ROLLED_BACK, first)
    agency.desk.decide(Step.CANARY, second, share_milli=10)
    with pytest.raises(Refused, match="rolled back is still live"):
        agency.wanted()
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.apply()
    assert agency.files() == before


def test_two_rollbacks_that_were_never_published_are_made_up_for_at_once(agency: Agency) -> None:
    """Each brings back what was before it, down to the first."""
    before = agency.files()
    first = agency.propose("B", B)
    take_live(agency, first)
    second = agency.propose("C", C)
    take_live(agency, second)
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.desk.decide(Step.ROLLED_BACK, first)
    agency.apply()
    assert agency.files() == before


def test_no_trial_hides_that_a_model_never_went_live(agency: Agency) -> None:
    """What should be live is not: the next trial waits until that is published, or rolled back."""
    before = agency.files()
    first, second = agency.propose("B", B), agency.propose("C", C)
    for name in (first, second):
        agency.desk.decide(Step.APPROVED, name)
    agency.desk.decide(Step.CANARY, first, share_milli=10)
    agency.apply()
    agency.desk.decide(Step.LIVE, first)
    agency.desk.decide(Step.CANARY, second, share_milli=10)
    with pytest.raises(Refused, match="decided to be live is not"):
        agency.wanted()
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.desk.decide(Step.ROLLED_BACK, first)
    agency.apply()
    assert agency.files() == before


def test_a_trial_of_the_same_bytes_takes_nothing_with_it(agency: Agency) -> None:
    """Two proposals came to one model: that one of them is live is what was decided on it."""
    first = agency.propose("B", B)
    second = agency.propose("B", B, approvers=tuple(sorted((each.key for each in PEOPLE[:2]), key=str)))
    assert first != second
    agency.desk.decide(Step.APPROVED, second)
    take_live(agency, first)
    agency.desk.decide(Step.CANARY, second, share_milli=10)
    with pytest.raises(Refused, match="not the one"):
        agency.wanted()
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.apply()
    assert agency.files().by_name["model.onnx"] == B
    assert agency.learning().rollout.live == first


def test_what_was_live_before_by_another_proposal_comes_back_whole(agency: Agency) -> None:
    """The same bytes were live once more, upon a model that was published by hand in between."""
    take_live(agency, agency.propose("B", B))
    first = agency.learning().rollout.live
    assert first is not None
    agency.desk.decide(Step.ROLLED_BACK, first)
    agency.apply()
    agency.city.publish(b"by hand")
    by_hand = agency.files()
    second = agency.propose("again", B)
    take_live(agency, second)
    assert agency.files().by_name["model.onnx"] == B
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.apply()
    assert agency.files() == by_hand


def test_what_is_in_effect_stays_so_when_other_files_change(agency: Agency) -> None:
    """New rules went out by hand beside a model that was taken live: nothing is to be made up for."""
    name = agency.propose("B", B)
    take_live(agency, name)
    rules = agency.files().by_name["rules.json"]
    agency.by_hand(rules.replace(b'"keep_days":90', b'"keep_days":30'))
    assert agency.wanted() is None


def test_after_a_model_by_hand_the_one_before_is_rolled_back_and_nothing_changes(agency: Agency) -> None:
    """What was decided is not what is live: said so first, the next trial goes on from what is."""
    first = agency.propose("B", B)
    take_live(agency, first)
    agency.city.publish(b"by hand")
    by_hand = agency.files()
    with pytest.raises(Refused, match="not the one"):
        agency.apply()
    agency.desk.decide(Step.ROLLED_BACK, first)
    assert agency.apply() is None
    second = agency.propose("C", C)
    take_live(agency, second)
    assert agency.files().by_name["model.onnx"] == C
    agency.desk.decide(Step.ROLLED_BACK, second)
    agency.apply()
    assert agency.files() == by_hand
