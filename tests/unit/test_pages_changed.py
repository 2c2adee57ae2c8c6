"""Pages change, by jobs alone: whatever changes, a site has a model of its pages, and decisions hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_client.wire.archetypes import Archetype, Archetypes
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import hash_pages
from edge_client.wire.task import parse_tasks
from lambdas.publish_bundle.result import Done
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing.job import BringModel, RollBack
from lambdas.shared.publishing.paging import NotPaged, Order
from lambdas.shared.publishing.trained_model import Card
from model_export.paged import words_alone
from tests.support.changing_pages import ONE_MORE, OTHERS, Town, digest, model
from tests.support.city import City, catalogue
from tests.support.publishing_jobs import Office


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_a_site_s_first_bundle_needs_no_model(tmp_path: Path) -> None:
    """It gets one of its catalogue's words, and the next pages get another; nobody's data is in either."""
    office = Office(City(tmp_path))
    for version, wanted in enumerate((catalogue(), OTHERS), 1):
        job = office.job(office.snapshot(office.drafts(catalogue=wanted.to_bytes())))
        made = office.done(job)
        assert isinstance(made, Done), made
        assert made.version == version
        files = office.city.shelf.files
        live = words_alone(wanted)
        assert files[f"nearside/smallville/files/{digest(live.onnx_bytes)}"] == live.onnx_bytes
        assert Card.parse(live.card_bytes).made_from is None


def test_a_page_more_and_a_page_less_are_published_and_gone_back_from(town: Town) -> None:
    """The model is the live one for the new pages; going back brings model and pages of then, to the byte."""
    before = town.live
    town.publishes(OTHERS)
    assert town.card.is_of(OTHERS)
    assert town.made_from == digest(model(1))
    town.done(RollBack(1))
    assert town.live.by_name == before.by_name


def test_a_model_is_made_from_what_people_decided_on_however_often_pages_change(town: Town) -> None:
    """A page that was gone for a while has what it had: back at the old pages the model is the old one."""
    for wanted in (OTHERS, ONE_MORE):
        town.publishes(wanted)
        assert town.made_from == digest(model(1))
    town.publishes(catalogue())
    assert town.live.by_name["model.onnx"] == model(1)


def test_a_rollback_brings_back_the_model_of_before_for_the_pages_of_today(town: Town) -> None:
    """By a job and by the deployer's command alike, with the same bytes."""
    name = town.brings_live(2)
    town.publishes(ONE_MORE)
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    wanted = town.agency.wanted()
    assert wanted is not None
    town.done(BringModel(name))
    assert town.live.by_name == wanted.by_name
    assert town.card.is_of(ONE_MORE)
    assert town.made_from == digest(model(1))
    assert town.agency.apply() is None


def test_a_rollback_works_where_the_model_of_before_cannot_be_paged(tmp_path: Path) -> None:
    """It gives way to one of words alone: whatever else is wrong, what was decided against goes."""
    town = Town(tmp_path)
    town.agency.city.publish(b"no model of ours")
    name = town.brings_live(2)
    town.publishes(ONE_MORE)
    town.agency.desk.decide(Step.ROLLED_BACK, name)
    town.done(BringModel(name))
    assert town.live.by_name["model.onnx"] == words_alone(ONE_MORE).onnx_bytes


def test_a_model_that_is_not_ours_is_not_replaced_by_another(town: Town) -> None:
    """Who trained it trains the next: the job says why, and nothing changes."""
    town.agency.city.publish(b"no model of ours")
    before = town.live
    why = town.refused(town.office.snapshot(town.office.drafts(catalogue=ONE_MORE.to_bytes())))
    assert "not one that can be paged" in why
    assert town.live == before


def test_a_paged_model_counts_as_the_one_that_was_decided_on(town: Town) -> None:
    """What is live needs nothing brought, and the next model is proposed, tried and brought upon it."""
    name = town.brings_live(2)
    town.publishes(ONE_MORE)
    version = town.done(BringModel(name))
    assert town.done(BringModel(name)) == version
    town.brings_live(3, of=ONE_MORE)
    assert town.live.by_name["model.onnx"] == model(3, len(ONE_MORE.items))
    assert town.live.by_name["catalogue.json"] == ONE_MORE.to_bytes()


def test_a_job_that_waits_is_done_once_whoever_died(town: Town) -> None:
    """Asked for twice, made twice and sent back twice, it is one version; until then nothing became of it."""
    office = town.office
    job = office.job(office.snapshot(office.drafts(catalogue=ONE_MORE.to_bytes())))
    orders = []
    for _ in range(2):
        with pytest.raises(NotPaged) as waits:
            town.service.do(job)
        orders.append(Order(job, waits.value.wanted))
    assert office.files.result(job) is None
    first, second = (office.paged(order) for order in orders)
    assert first == second
    made = town.service.do(job, first)
    assert isinstance(made, Done)
    assert town.service.do(job, second) == town.service.do(job) == made
    assert made.version == 2


def test_other_pages_are_another_task_of_the_same_family(town: Town) -> None:
    """What devices count is of the pages that they have, on the same terms; the old task is over."""
    (before,) = parse_tasks(town.live.by_name["tasks.json"])
    town.publishes(OTHERS)
    (after,) = parse_tasks(town.live.by_name["tasks.json"])
    assert after.task_id != before.task_id
    assert after.pages_hash == hash_pages(OTHERS.pages)
    same = {"task_id": before.task_id, "pages_hash": before.pages_hash, "pages": before.pages}
    assert replace(after, **same) == before


def test_what_lies_beside_a_model_follows_its_pages(town: Town) -> None:
    """Groups and pairs of pages that stay are the same; new pages are in no group and have pairs by words."""
    pages = catalogue().pages
    groups = Archetypes(
        site="smallville",
        pages_hash=hash_pages(pages),
        pages=len(pages),
        recent=5,
        decay_milli=600,
        least_pages=3,
        floor_milli=300,
        archetypes=(Archetype("Bins", (2, 1)), Archetype("Moving", (8,))),
        table=bytes(10 * (at % 3) for at in range(2 * len(pages))),
    )
    pairs = Candidates.of([(0, 1), (1, 3), (2, 3), (8, 9)], pages=pages)
    drafts = town.office.with_model(model(1))
    beside = {"archetypes.json": groups.to_bytes(), "candidates.json": pairs.to_bytes()}
    blank = bytearray(groups.table)
    at = pages.index(next(page for page in pages if page.startswith("/grief")))
    blank[2 * at : 2 * at + 2] = b"\0\0"  # a page that is never stored says nothing of anybody
    beside["archetypes.json"] = replace(groups, table=bytes(blank)).to_bytes()
    town.done(town.office.snapshot({**drafts, **beside}))
    town.publishes(OTHERS)
    after = Archetypes.parse(town.live.by_name["archetypes.json"])
    named = {each.name: [OTHERS.pages[page] for page in each.typical] for each in after.archetypes}
    assert named == {"Bins": ["/bins/collection-day"], "Moving": ["/moving/address"]}
    new = OTHERS.pages.index(next(page for page in OTHERS.pages if page not in pages))
    assert after.row(new) == b"\0\0"
    assert after.row(0) == groups.row(0)
    found = Candidates.parse(town.live.by_name["candidates.json"])
    found.check_pages(OTHERS.pages)
    named_pairs = {(OTHERS.pages[a], OTHERS.pages[b]) for a, b in found.pairs if new not in (a, b)}
    assert named_pairs == {
        ("/", "/bins/collection-day"),
        ("/bins/collection-day", "/bins/new"),
        ("/moving/address", "/moving/checklist"),
    }
    assert any(new == b for _, b in found.pairs)
    assert any(new == a for a, _ in found.pairs)
