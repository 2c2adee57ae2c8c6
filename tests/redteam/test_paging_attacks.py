"""Whoever changes pages changes no decision about models, and nobody hands in what counts as another's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import Canary
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing import model_rollout
from lambdas.shared.publishing.job import BringModel, Job, Kill, RollBack
from lambdas.shared.publishing.paging import Answer, JobMessage, NotPaged, Order, Wanted
from tests.support.changing_pages import ONE_MORE, OTHERS, TO_LIVE, Town, digest, model, told_of
from tests.support.city import card, catalogue


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def asked_of(town: Town, wanted: Catalogue) -> tuple[Job, Wanted]:
    """A job that waits for pages, and what it wants."""
    job = town.office.job(town.office.snapshot(town.office.drafts(catalogue=wanted.to_bytes())))
    with pytest.raises(NotPaged) as waits:
        town.service.do(job)
    return job, waits.value.wanted


def test_a_model_that_was_taken_back_does_not_come_back_with_other_pages(town: Town) -> None:
    """Neither by publishing pages, nor by going back to a version that had it, for these pages or others."""
    name = town.brings_live(2)
    of_the_old_pages = town.done(BringModel(name))
    of_the_new = town.publishes(ONE_MORE)
    assert town.made_from == digest(model(2))
    town.takes_back(name)
    assert town.made_from == digest(model(1))
    for version in (of_the_old_pages, of_the_new):
        assert "taken back since" in town.refused(RollBack(version))
    for wanted in (OTHERS, catalogue(), ONE_MORE):
        town.publishes(wanted)
        assert town.made_from == digest(model(1))


def test_pages_that_change_before_a_rollback_is_published_are_not_its_model_s(town: Town) -> None:
    """Decided and not yet brought to devices: what is made for the new pages is made from what was before."""
    name = town.brings_live(2)
    town.publishes(ONE_MORE)
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    town.publishes(OTHERS)
    assert town.made_from == digest(model(1))
    before = town.live
    town.done(BringModel(name))
    assert town.live == before


def test_of_two_models_that_were_taken_back_neither_comes_back(town: Town) -> None:
    """The second was decided on upon what the first was for other pages: what is left is what was before
    both, for the pages of today."""
    first = town.brings_live(2)
    town.publishes(ONE_MORE)
    second = town.brings_live(3, of=ONE_MORE)
    town.publishes(OTHERS)
    assert town.made_from == digest(model(3, len(ONE_MORE.items)))
    town.takes_back(second)
    assert town.made_from == digest(model(2))
    town.takes_back(first)
    assert town.made_from == digest(model(1))
    town.publishes(catalogue())
    assert town.live.by_name["model.onnx"] == model(1)


def test_nobody_hands_in_a_model_that_counts_as_one_that_was_decided_on(town: Town) -> None:
    """A card that says so by itself is refused: what a model was made from is believed of who makes them."""
    name = town.brings_live(2)
    proposal = town.agency.learning().proposals[name]
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    town.agency.apply()
    forged = {
        **canonical.decode_object(card(b"evil")),
        "v": 3,
        "paged_from": {
            "model": proposal.model.sha256,
            "card": proposal.card.sha256,
            "catalogue": proposal.live.catalogue,
        },
    }
    before = town.live
    handed_in = {**town.office.drafts(), "model.onnx": b"evil", "model.json": canonical.encode(forged)}
    assert "not handed in" in town.refused(town.office.snapshot(handed_in))
    assert town.live == before


def test_an_answer_to_another_question_is_none(town: Town) -> None:
    """What was made before something else went live, or for another snapshot, publishes nothing."""
    office = town.office
    one, other = (
        office.job(office.snapshot(office.drafts(catalogue=wanted.to_bytes())))
        for wanted in (ONE_MORE, OTHERS)
    )
    with pytest.raises(NotPaged) as waits:
        town.service.do(one)
    answer = office.paged(Order(one, waits.value.wanted))
    with pytest.raises(NotPaged):
        town.service.do(other, answer)
    town.brings_live(2)
    with pytest.raises(NotPaged):
        town.service.do(one, answer)
    assert town.live.by_name["model.onnx"] == model(2)


def test_files_that_were_swapped_under_an_answer_publish_nothing(town: Town) -> None:
    """Whoever can write to the bucket puts other bytes where those are that were made."""
    office, before = town.office, town.live
    for name in ("model.onnx", "model.json"):
        job = office.job(office.snapshot(office.drafts(catalogue=ONE_MORE.to_bytes())))
        with pytest.raises(NotPaged) as waits:
            town.service.do(job)
        answer = office.paged(Order(job, waits.value.wanted))
        place = f"{job.agency}/{job.site}/files/{answer.files[name].sha256}"
        kept = office.files.kept[place]
        office.files.kept[place] = kept[:-1] + b"x"
        made = town.service.do(job, answer)
        assert isinstance(made, RefusedJob)
        assert "is not the file" in made.why
        office.files.kept[place] = kept
    assert town.live == before


def test_a_made_up_answer_has_to_fit_the_catalogue(town: Town) -> None:
    """A model of other pages than those that were approved is refused, whoever sent it."""
    job, wanted = asked_of(town, ONE_MORE)
    assert wanted.made_from is not None
    told = told_of(model(3), catalogue(), v=3, paged_from={**wanted.made_from.to_json()})
    files = {name: town.office.files.put(data) for name, data in told.items()}
    made = town.service.do(job, Answer(wanted.digest, files))
    assert isinstance(made, RefusedJob)
    assert "another catalogue" in made.why


@pytest.mark.parametrize("claim", ["nothing", "words", "taken back", "a file more"])
def test_a_made_up_answer_counts_as_nothing_that_was_decided_on(town: Town, *, claim: str) -> None:
    """Whoever can send to the queue of jobs sends one of today's pages: a trained one, one of words, one made
    from a model that was taken back, or beside the right one a file that nobody wanted."""
    taken = town.brings_live(2)
    proposal = town.agency.learning().proposals[taken]
    town.takes_back(taken)
    before = town.live
    job, wanted = asked_of(town, ONE_MORE)
    files = {name: town.office.files.put(data) for name, data in told_of(b"evil", ONE_MORE).items()}
    if claim in {"words", "taken back"}:
        source = {
            "model": proposal.model.sha256,
            "card": proposal.card.sha256,
            "catalogue": proposal.live.catalogue,
        }
        claimed = told_of(b"evil", ONE_MORE, v=3, paged_from=source if claim == "taken back" else None)
        files = {name: town.office.files.put(data) for name, data in claimed.items()}
    if claim == "a file more":
        files = {
            **town.office.paged(Order(job, wanted)).files,
            "archetypes.json": town.office.files.put(b"{}"),
        }
    asked = JobMessage.from_bytes(JobMessage(job, Answer(wanted.digest, files)).to_bytes())
    made = town.service.do(asked.job, asked.answer)
    assert isinstance(made, RefusedJob)
    why = "other files than were wanted" if claim == "a file more" else "made from something else"
    assert why in made.why
    assert town.live == before


def forged_proposal(town: Town, root: str) -> str:
    """Have people approve and try a proposal whose card says that its model was made from another's."""
    proposal = town.agency.learning().proposals[root]
    source = {
        "model": proposal.model.sha256,
        "card": proposal.card.sha256,
        "catalogue": proposal.live.catalogue,
    }
    files = told_of(model(3), catalogue(), v=3, paged_from=source)
    return town.proposes(3, files)


def test_no_proposal_is_of_a_model_that_was_paged(town: Town) -> None:
    """With other pages it would count as the model that its card names: one that people took back."""
    taken = town.brings_live(2)
    town.takes_back(taken)
    name, before = forged_proposal(town, taken), town.live
    for step, share in ((Step.APPROVED, None), (Step.CANARY, 30)):
        town.agency.desk.decide(step, name, share_milli=share)
    assert "not handed in" in town.refused(BringModel(name))
    assert town.live == before


def test_a_model_that_people_decided_on_is_its_own_root(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its card says: one that came live before such cards were refused brings nothing back."""
    taken = town.brings_live(2)
    town.takes_back(taken)
    name = forged_proposal(town, taken)
    with monkeypatch.context() as before_that:
        before_that.setattr(model_rollout, "check_trained", lambda card, noun: None)
        for step, share in TO_LIVE:
            town.agency.desk.decide(step, name, share_milli=share)
            town.agency.apply()
    assert town.live.by_name["model.onnx"] == model(3)
    for wanted in (ONE_MORE, OTHERS):
        town.publishes(wanted)
        assert town.made_from == digest(model(3))


def test_whoever_says_that_no_pages_can_be_made_refuses_what_wants_them_and_stops_no_stop(
    town: Town,
) -> None:
    """The job is over, with the reason, and is ordered no more; a stop needs no model, and is carried out."""
    job, wanted = asked_of(town, ONE_MORE)
    none = Answer(wanted.digest, {}, "model: none could be made for these pages in three tries")
    made = town.service.do(job, none)
    assert isinstance(made, RefusedJob)
    assert made.why == none.refused
    assert town.service.do(job) == made
    assert isinstance(town.service.do(town.office.job(Kill(None)), none), Done)


def test_a_rollback_that_is_answered_with_words_is_done(town: Town) -> None:
    """Words alone are what it asked for where there is nothing else; for pages that change they are not."""
    name = town.brings_live(2)
    town.publishes(ONE_MORE)
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    job = town.office.job(BringModel(name))
    with pytest.raises(NotPaged) as waits:
        town.service.do(job)
    wanted = waits.value.wanted
    words = town.office.paged(Order(job, replace(wanted, made_from=None)))
    assert isinstance(town.service.do(job, replace(words, to=wanted.digest)), Done)
    assert town.card.is_paged
    assert town.card.made_from is None
    town.brings_live(3, of=ONE_MORE)
    job, wanted = asked_of(town, OTHERS)
    words = town.office.paged(Order(job, replace(wanted, made_from=None)))
    made = town.service.do(job, replace(words, to=wanted.digest))
    assert isinstance(made, RefusedJob)
    assert "made from something else" in made.why


def test_a_trial_ends_where_pages_change_and_is_not_begun_again(town: Town) -> None:
    """It was decided for other pages; what devices have is the model that is not on trial."""
    name = town.agency.propose("two", data=model(2))
    for step, share in ((Step.APPROVED, None), (Step.CANARY, 30)):
        town.agency.desk.decide(step, name, share_milli=share)
        town.agency.apply()
    assert town.live.canary == Canary(30, name)
    town.publishes(ONE_MORE)
    assert town.live.canary is None
    assert town.made_from == digest(model(1))
    assert "catalogue.json is not the one" in town.refused(BringModel(name))
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    assert town.live.canary is None


def test_another_s_files_make_nothing(town: Town) -> None:
    """A snapshot of another site's catalogue is told apart before anything is made live."""
    elsewhere = replace(catalogue(), site="elsewhere")
    why = town.refused(town.office.snapshot(town.office.drafts(catalogue=elsewhere.to_bytes())))
    assert "another site" in why
