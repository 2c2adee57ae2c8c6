"""Proposing a model: from which releases, judged by which, once, and crash by crash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Mechanism, Privacy, Source
from lambdas.propose_model.comparison import Question as Cell
from lambdas.propose_model.comparison import ask, pushed
from lambdas.propose_model.service import Candidate, Question
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.proposal import MOST_PUSHED, Check, Proposal, Push, Verdict
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from model_export.learning.evaluate import first_of_row
from tests.support.learning import PEOPLE, SITE, person, proposal
from tests.support.proposing import GOOD, PAGES, Site, release_of


def test_the_newest_week_is_held_out_and_the_others_are_learnt_from() -> None:
    """In their order in time, whatever the order in the bucket."""
    site = Site()
    hashes = {week: site.add(week) for week in ("2026-W11", "2026-W09", "2026-W10")}
    made = site.service.propose()
    assert made.proposal is not None
    assert made.proposal.trained_on == (hashes["2026-W09"], hashes["2026-W10"])
    assert made.proposal.held_out == (hashes["2026-W11"],)
    assert site.logged == [made.proposal.leaf]
    assert site.store.file(made.proposal.model.sha256) == b"candidate"
    assert site.asked[0].live == b"live"


def test_a_week_that_the_live_model_has_seen_judges_nobody() -> None:
    """Its card names what it learnt from: the newest of the others is held out."""
    site = Site()
    hashes = {week: site.add(week) for week in ("2026-W09", "2026-W10", "2026-W11")}
    site.files["model.json"] = canonical.encode({"releases": [{"sha256": hashes["2026-W11"]}]})
    made = site.service.propose().proposal
    assert made is not None
    assert made.held_out == (hashes["2026-W10"],)
    site.files["model.json"] = canonical.encode({"releases": [{"sha256": each} for each in hashes.values()]})
    assert site.service.propose().proposal is None


@pytest.mark.parametrize(
    ("weeks", "is_published"), [((), True), (("2026-W09",), True), (("2026-W09", "2026-W10"), False)]
)
def test_without_a_week_to_judge_by_nothing_is_proposed(weeks: tuple[str, ...], is_published: bool) -> None:
    """One week alone cannot be learnt from and judged by; and without a bundle there is nothing to beat."""
    site = Site(is_published=is_published)
    for week in weeks:
        site.add(week)
    made = site.service.propose()
    assert made.proposal is None
    assert made.why
    assert (site.logged, site.asked) == ([], [])


def test_while_nobody_may_decide_nothing_is_proposed() -> None:
    """A proposal names who may decide on it for good: one that names nobody would stand in the way."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    assert replace(site.service, approvers=()).propose().why == "nobody is named who may decide"
    assert (site.logged, site.asked) == ([], [])
    assert site.service.propose().is_new


def test_what_the_log_does_not_hold_is_not_learnt_from() -> None:
    """Nor what is another site's, another source's, no release, or under another week's name."""
    site = Site()
    good = {site.add("2026-W09"), site.add("2026-W10")}
    site.add("2026-W11", is_logged=False)
    site.add("2026-W12", data=release_of("2026-W12", site="elsewhere"))
    site.add("2026-W13", data=release_of("2026-W13", source=Source.LOG))
    site.add("2026-W14", data=b"{}")
    site.add("2026-W15", data=release_of("2026-W08"))
    site.add("2026-W16", data=release_of("2026-W16", privacy=Privacy(10, Mechanism.DISCRETE_LAPLACE, 900, 6)))
    made = site.service.propose().proposal
    assert made is not None
    assert {*made.trained_on, *made.held_out} == good


def test_the_same_inputs_are_one_proposal() -> None:
    """The second call trains nothing, and logs again what is logged once."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    one, two = site.service.propose(), site.service.propose()
    assert (one.is_new, two.is_new) == (True, False)
    assert one.proposal == two.proposal
    assert len(site.asked) == 1
    assert len(set(site.logged)) == 1
    site.add("2026-W11")
    three = site.service.propose()
    assert three.is_new
    assert three.proposal != one.proposal


@pytest.mark.parametrize("place", ["keep_file", "propose", "log"])
def test_stopped_anywhere_the_next_call_goes_on(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, then the write that counts, then the log: whichever failed, one proposal comes of it."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)

    def fails(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        service = site.service
        if place == "log":
            service = replace(service, log=fails)
        else:
            broken.setattr(MemoryStore, place, fails)
        with pytest.raises(ConnectionError):
            service.propose()
    made = site.service.propose().proposal
    assert made is not None
    assert list(site.store.proposals()) == [made]
    assert site.logged == [made.leaf]
    assert site.store.file(made.model.sha256) == b"candidate"


def test_two_at_once_are_one_proposal() -> None:
    """The other one was first while this one trained: theirs counts."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    theirs: list[Proposal | None] = []

    def slow(question: Question) -> Candidate:
        theirs.append(site.service.propose().proposal)
        return Candidate(b"another candidate", b"card", GOOD)

    mine = replace(site.service, learn=slow).propose().proposal
    assert [mine] == theirs
    assert mine is not None
    assert site.store.file(mine.model.sha256) == b"candidate"


def test_a_run_that_was_cut_short_is_believed_when_it_comes_out_again() -> None:
    """Written, not logged: trained once more, and the same; whoever asked for it stays named."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)

    def fails(*_: object) -> None:
        raise ConnectionError

    asked = site.request(PEOPLE[0])
    with pytest.raises(ConnectionError):
        replace(site.service, log=fails).propose(asked.to_bytes())
    made = site.service.propose()
    assert not made.is_new
    assert made.proposal is not None
    assert made.proposal.asked_by == PEOPLE[0].key
    assert (len(site.asked), site.logged) == (2, [made.proposal.leaf])


def test_others_who_decide_are_named_by_a_proposal_of_their_own() -> None:
    """A key that was taken out of force would otherwise stay the only one that may decide."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    one = site.service.propose().proposal
    two = replace(site.service, approvers=(PEOPLE[2].key,)).propose().proposal
    assert one is not None
    assert two is not None
    assert (one.model, one.held_out) == (two.model, two.held_out)
    assert two.approvers == (PEOPLE[2].key,)


def test_a_candidate_that_fails_a_check_is_logged_as_refused() -> None:
    """So that whoever reads the log sees that it was tried."""
    site = Site(checks=(*GOOD, Check("size", held=False, figures={"bytes": 9})))
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    made = site.service.propose().proposal
    assert made is not None
    assert made.verdict is Verdict.REFUSED
    assert [entry.step for entry in site.logged] == ["refused"]


def test_who_asks_is_named_when_the_signature_holds() -> None:
    """A request of a stranger, about another site, or that is none is not followed."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    asked = site.request(PEOPLE[0])
    for request, error in (
        (site.request(person(9)), Untrue),
        (sign_statement(Statement("elsewhere", Step.ASKED), PEOPLE[0]), Refused),
        (sign_statement(Statement(SITE, Step.CANARY, "ab" * 32, None, 5), PEOPLE[0]), Refused),
    ):
        with pytest.raises(error):
            site.service.propose(request.to_bytes())
    with pytest.raises(Malformed):
        site.service.propose(b"please")
    made = site.service.propose(asked.to_bytes()).proposal
    assert made is not None
    assert made.asked_by == PEOPLE[0].key


def test_a_request_does_not_outlive_the_bundle_that_it_was_made_under() -> None:
    """Played again when something else is live, or made under nothing, it names nobody."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    kept = site.request(PEOPLE[0])
    site.files["model.onnx"] = b"another"
    for old in (kept, sign_statement(Statement(SITE, Step.ASKED), PEOPLE[0])):
        with pytest.raises(Refused, match="another bundle"):
            site.service.propose(old.to_bytes())
    assert (site.logged, site.asked) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.update(v=2),
        lambda fields: fields.update(kind="model"),
        lambda fields: fields.update(more=1),
        lambda fields: fields.update(site="Small ville"),
        lambda fields: fields.update(trained_on=["ab"]),
        lambda fields: fields.update(held_out="ab"),
        lambda fields: fields["model"].update(bytes=-1),
        lambda fields: fields["live"].pop("rules"),
        lambda fields: fields.update(approvers=["nobody"]),
        lambda fields: fields.update(approvers=fields["approvers"][::-1]),
        lambda fields: fields.update(asked_by=1),
        lambda fields: fields["checks"][0].update(held="yes"),
        lambda fields: fields["checks"][0]["figures"].update(low="1"),
        lambda fields: fields.pop("checks"),
        lambda fields: fields.pop("pushed"),
        lambda fields: fields["pushed"][0].update(after=2),
        lambda fields: fields["pushed"][0].update(page="/a?q=1"),
        lambda fields: fields["pushed"].extend(fields["pushed"] * MOST_PUSHED),
    ],
)
def test_what_is_no_proposal_is_malformed(change: Callable[[dict[str, object]], object]) -> None:
    """Each field is of its form, none is missing, and none is too many."""
    honest = proposal(pushed=(Push(PAGES[1], 2, 9),)).to_bytes()
    assert Proposal.from_bytes(honest).to_bytes() == honest
    fields = canonical.decode(honest)
    assert isinstance(fields, dict)
    change(fields)  # type: ignore[arg-type]  # plain JSON
    with pytest.raises(Malformed):
        Proposal.from_bytes(canonical.encode(fields))


def test_a_verdict_is_that_of_the_checks() -> None:
    """A refusal cannot be called a proposal."""
    honest = proposal(checks=(Check("size", held=False, figures={}),)).to_bytes()
    with pytest.raises(Untrue, match="verdict"):
        Proposal.from_bytes(honest.replace(b'"verdict":"refused"', b'"verdict":"proposed"'))


def test_hits_are_counted_by_weight_and_ties_by_place() -> None:
    """Two cells of one page: one within the first five, one not; equal scores go to the lower index."""
    scores = np.array([9.0, 5.0, 4.0, 4.0, 4.0, 4.0, 4.0, 0.0])
    cells = (Cell(0, 5, 30.0, 0.0, 1), Cell(0, 6, 10.0, 0.0, 1), Cell(1, 0, 60.0, 0.0, 1))
    answers = ask(lambda page: scores, cells, pages=8, ranking=first_of_row)
    assert answers.hits.tolist() == [1.0, 0.0, 1.0]
    assert answers.gains[2] == 1.0
    assert answers.named == set(range(8))


def test_a_page_that_many_others_suddenly_lead_to_is_named_with_its_counts() -> None:
    """Eight pages whose model turns to one of them: after how many it was among the first five, and is; pages
    that lose nothing to anybody are not listed, nor is a page's own row counted."""
    pages = tuple(ItemId(f"/{at}") for at in range(8))
    plain = np.arange(8, 0, -1, dtype=float)
    turned = plain.copy()
    turned[7] = 99.0
    live = ask(lambda page: plain, (), pages=8, ranking=first_of_row)
    assert live.firsts.tolist() == [7, 7, 7, 7, 7, 5, 0, 0]
    candidate = ask(lambda page: turned, (), pages=8, ranking=first_of_row)
    assert pushed(candidate, live, pages) == (Push(ItemId("/7"), 0, 7),)
    assert pushed(live, live, pages) == ()


def test_a_week_that_tells_too_little_trains_nothing() -> None:
    """The learner says so, and nothing is kept or logged."""
    site = Site()
    for week in ("2026-W09", "2026-W10"):
        site.add(week)
    made = replace(site.service, learn=lambda question: None).propose()
    assert made.proposal is None
    assert made.why.startswith("not enough")
    assert (site.logged, list(site.store.proposals()), site.store._files) == ([], [], {})
