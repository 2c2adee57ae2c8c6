"""What an agency's people see of models, releases and purposes: what the log holds, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from consent_ledger import canonical
from consent_ledger.leaf import BudgetLeaf
from consent_ledger.purposes import Purpose
from edge_client.wire.manifest import Canary, FileEntry
from edge_client.wire.release import Release
from lambdas.agency_views import releases
from lambdas.shared.learning.proposal import Check, Proposal, Push
from lambdas.shared.learning.statement import SignedStatement, Statement, Step, sign_statement
from tests.support.agency_acting import HERE
from tests.support.agency_api import Api
from tests.support.city import card, notice_value
from tests.support.drafting import ALICE, NOW, SITE, Town
from tests.support.learning import PEOPLE
from tests.support.learning import proposal as small_proposal
from tests.support.proposing import release_of

CARD = b'{"kind":"card","releases":[]}'
TASK = "riverton-moves-1"


@pytest.fixture
def api() -> Api:
    town = Town()
    town.fill()
    return Api(town)


def propose(api: Api, name: str, **changes: object) -> Proposal:
    """A proposal of the site's that the log holds, with its card."""
    entry = FileEntry(hashlib.sha256(CARD).hexdigest(), len(CARD))
    made = small_proposal(name, site=SITE, card=entry, **changes)
    api.town.sights.store.propose(name, made)
    api.town.sights.store.keep_file(CARD)
    api.town.sights.log.leaves.append(made.leaf)
    return made


def decide(api: Api, step: Step, about: Proposal, after: str | None, by: int = 0) -> SignedStatement:
    """Somebody's step, logged."""
    share = 100 if step is Step.CANARY else None
    said = sign_statement(Statement(SITE, step, about.digest.hex(), after, share), PEOPLE[by])
    api.town.sights.store.accept(said)
    api.town.sights.log.leaves.append(said.leaf)
    return said


def test_a_model_is_followed_from_the_gate_to_devices(api: Api) -> None:
    """What it is trained on, what the gate asked, who decided what by which document, what devices have."""
    bad = propose(api, "bad", checks=(Check("beats-live", held=False, figures={"low": -3}),))
    good, waits = propose(api, "good"), propose(api, "waits")
    no = propose(api, "no")
    decide(api, Step.REJECTED, no, no.digest.hex())
    approved = decide(api, Step.APPROVED, good, good.digest.hex())
    trial = decide(api, Step.CANARY, good, None, by=1)

    def told() -> dict[str, dict[str, object]]:
        return {each["id"]: each for each in api(ALICE, "GET", f"{HERE}/models").json["items"]}

    states = {made.digest.hex(): state for made, state in
              ((bad, "refused"), (good, "on-trial"), (waits, "waiting"), (no, "rejected"))}  # fmt: skip
    assert {name: each["state"] for name, each in told().items()} == states
    assert list(told()) == list(states)
    shown = told()[good.digest.hex()]
    assert shown["decisions"] == [
        {
            "step": "approved",
            "by": PEOPLE[0].key.name,
            "share_milli": None,
            "document": approved.digest.hex(),
        },
        {"step": "canary", "by": PEOPLE[1].key.name, "share_milli": 100, "document": trial.digest.hex()},
    ]
    assert (shown["trained_on"], shown["on_devices"]) == ([*good.trained_on], "none")
    assert told()[bad.digest.hex()]["checks"] == [
        {"name": "beats-live", "held": False, "figures": {"low": -3}}
    ]
    live = decide(api, Step.LIVE, good, trial.digest.hex(), by=1)
    assert told()[good.digest.hex()]["state"] == "live"
    decide(api, Step.ROLLED_BACK, good, live.digest.hex(), by=2)
    assert told()[good.digest.hex()]["state"] == "rolled-back"


def test_what_devices_have_is_told_apart_from_what_was_decided(api: Api) -> None:
    """A decision is brought to devices by a bundle, which may come later, or never."""
    made, devices = propose(api, "one"), api.town.sights.devices
    devices.publish(SITE, {"model.json": card(b"another")}, at=NOW)
    assert devices.live is not None
    address = f"{HERE}/models/{made.digest.hex()}"
    assert api(ALICE, "GET", address).json["on_devices"] == "none"
    whole = devices.live
    devices.live = replace(whole, canary=Canary(100, made.digest.hex()))
    assert api(ALICE, "GET", address).json["on_devices"] == "some"
    devices.live = replace(whole, files={**whole.files, "model.onnx": made.model, "model.json": made.card})
    devices.files[made.card.sha256] = CARD
    assert api(ALICE, "GET", address).json["on_devices"] == "all"


def test_a_model_that_was_paged_is_on_devices_as_what_it_was_made_from(api: Api) -> None:
    """Pages changed since: devices have it all the same, and of another that is not so."""
    made, other, devices = propose(api, "one"), propose(api, "other"), api.town.sights.devices
    source = {"model": made.model.sha256, "card": made.card.sha256, "catalogue": "0" * 64}
    paged = {**canonical.decode_object(card(b"paged")), "v": 3, "paged_from": source}
    devices.publish(SITE, {"model.json": canonical.encode(paged)}, at=NOW)

    def told() -> list[str]:
        return [each["on_devices"] for each in api(ALICE, "GET", f"{HERE}/models").json["items"]]

    assert told() == ["all", "none"]
    assert api(ALICE, "GET", f"{HERE}/models/{other.digest.hex()}").json["on_devices"] == "none"
    devices.publish(SITE, {"model.json": canonical.encode({**paged, "paged_from": None})}, at=NOW)
    assert told() == ["none", "none"]
    devices.publish(SITE, {"model.json": b"{}"}, at=NOW)
    assert told() == ["none", "none"]


def test_a_model_comes_with_its_card_and_what_it_pushes(api: Api) -> None:
    """As it was logged; with an etag, so that nothing is sent twice."""
    made = propose(api, "one", pushed=(Push("/a", 1, 5),))  # type: ignore[arg-type]  # a path
    address = f"{HERE}/models/{made.digest.hex()}"
    answer = api(ALICE, "GET", address)
    assert answer.json["card"] == {"kind": "card", "releases": []}
    assert answer.json["pushed"] == [{"page": "/a", "before": 1, "after": 5}]
    again = api(ALICE, "GET", address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.text) == (304, "")


def test_who_can_write_to_the_bucket_shows_nobody_a_model_or_a_decision(api: Api) -> None:
    """What the log does not hold is not there: neither a proposal, nor an approval by a key of no one."""
    made = propose(api, "one")
    planted = small_proposal("planted", site=SITE)
    api.town.sights.store.propose("planted", planted)
    forged = sign_statement(
        Statement(SITE, Step.APPROVED, made.digest.hex(), made.digest.hex()),
        type(PEOPLE[0]).from_seed("smallville.example/approvers/1", bytes(32)),
    )
    api.town.sights.store.accept(forged)
    (shown,) = api(ALICE, "GET", f"{HERE}/models").json["items"]
    assert (shown["id"], shown["state"], shown["decisions"]) == (made.digest.hex(), "waiting", [])
    nobody = api(ALICE, "GET", f"{HERE}/models/{'f' * 64}")
    answer = api(ALICE, "GET", f"{HERE}/models/{planted.digest.hex()}")
    assert (answer.status, answer.text) == (nobody.status, nobody.text) == (404, nobody.text)


def test_models_come_in_pages_and_the_log_is_asked_once(api: Api) -> None:
    """In the order of the log; where it holds something never changes."""
    names = [propose(api, str(at)).digest.hex() for at in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = api(ALICE, "GET", f"{HERE}/models?limit=2{cursor and f'&cursor={cursor}'}").json
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert found == names
    assert api.town.sights.log.asked == 5


def put(api: Api, week: str, *, is_logged: bool = True, **changes: object) -> Release:
    data = release_of(week, **{"site": SITE, **changes})
    release = Release.parse(data)
    api.town.sights.bucket.found[TASK, week] = data
    if is_logged:
        spent, digest = release.privacy, hashlib.sha256(data).digest()
        api.town.sights.log.leaves.append(
            BudgetLeaf(TASK, week, spent.epsilon_milli, spent.delta_exp, digest)
        )
    return release


def test_a_release_shows_its_price_and_its_place_and_no_count(api: Api) -> None:
    """All that is told is in the release that anybody can fetch under the address that is told."""
    release = put(api, "2026-W09")
    (shown,) = api(ALICE, "GET", f"{HERE}/releases").json["items"]
    sha256 = hashlib.sha256(release.to_bytes()).hexdigest()
    assert shown == {
        "task": TASK,
        "period": "2026-W09",
        "source": "contributions",
        "k": 10,
        "threshold": release.threshold,
        "parts": 1,
        "mechanism": "discrete-laplace",
        "epsilon_milli": 1000,
        "delta_exp": 6,
        "pairs": 4,
        "unit": "device-week",
        "rows": 2,
        "bytes": len(release.to_bytes()),
        "sha256": sha256,
        "place": 0,
        "document": f"/ledger/documents/{sha256}",
    }
    assert api(ALICE, "GET", f"{HERE}/releases/{TASK}/2026-W09").json == shown
    assert not {900, 300} & set(shown.values())


def test_what_is_not_released_is_not_shown(api: Api) -> None:
    """What only lies in the bucket, what is another site's, and what is no release at all."""
    put(api, "2026-W09", is_logged=False)
    put(api, "2026-W10", site="lakeside")
    api.town.sights.bucket.found[TASK, "2026-W11"] = b"{}"
    put(api, "2026-W12")
    assert [each["period"] for each in api(ALICE, "GET", f"{HERE}/releases").json["items"]] == ["2026-W12"]
    made_up = api(ALICE, "GET", f"{HERE}/releases/{TASK}/2026-W50")
    for week in ("2026-W09", "2026-W10", "2026-W11"):
        found = api(ALICE, "GET", f"{HERE}/releases/{TASK}/{week}")
        assert (found.status, found.text) == (404, made_up.text)


def test_a_page_of_releases_reads_no_more_than_it_may(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long they are, all of them come, page by page."""
    weeks = [f"2026-W{week:02}" for week in range(10, 16)]
    size = max(len(put(api, week).to_bytes()) for week in weeks)
    monkeypatch.setattr(releases, "MOST_READ_BYTES", 2 * size)
    found, cursor, pages = [], "", 0
    while cursor is not None:
        before = len(api.town.sights.bucket.read_names)
        page = api(ALICE, "GET", f"{HERE}/releases?limit=5{cursor and f'&cursor={cursor}'}").json
        assert len(api.town.sights.bucket.read_names) - before <= 2
        found += [each["period"] for each in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert (found, pages) == (weeks, 3)


def live_files(title: str) -> dict[str, bytes]:
    notice = notice_value()
    assert isinstance(notice, dict)
    notice["purposes"] = [{"purpose": "suggest", "title": title, "text": "On this device."}]
    notice["later"] = [{"purpose": "learn", "title": "Count", "text": "Sent."}]
    rules = {"keep_days": 30, "rules": [{"name": "permit"}], "slots": [{"slot": "hero"}], "questions": []}
    return {
        "notices.json": canonical.encode({"v": 1, "notices": [notice]}),
        "rules.json": canonical.encode(rules),
        "tasks.json": canonical.encode({"v": 1, "tasks": []}),
    }


def test_a_purpose_is_shown_with_its_words_and_what_rests_on_it(api: Api) -> None:
    """Live and in the draft: titles in each language, rules and slots, what leaves, how long it is kept."""
    api.town.sights.devices.publish(SITE, live_files("Suggest"), at=NOW)
    told = api(ALICE, "GET", f"{HERE}/purposes").json
    live = {each["purpose"]: each for each in told["live"]["purposes"]}
    assert set(live) == {"suggest", "learn"}
    assert live["suggest"]["words"][0]["title"] == "Suggest"
    assert live["suggest"]["rests"] == {"rules": ["permit"], "slots": ["hero"]}
    assert (live["suggest"]["asked"], live["learn"]["asked"]) == ("at-once", "where-used")
    assert (live["suggest"]["keep_days"], live["suggest"]["leaves_device"]) == (30, False)
    assert live["suggest"]["collectors"] == []
    assert [each["name"] for each in live["learn"]["collectors"]] == ["The report"]
    assert live["learn"]["collectors"][0]["kept"]
    draft = {each["purpose"]: each for each in told["draft"]["purposes"]}
    assert Purpose.SUGGEST.value in draft
    assert draft["suggest"]["rests"]["slots"] == ["hero"]
    assert told["draft"]["since"] == NOW


def test_since_when_is_told_by_the_bundles_before(api: Api) -> None:
    """Words that stayed the same are as old as the first bundle that had them."""
    sights = api.town.sights
    previous = None
    for at, title in ((1, "Old"), (2, "New"), (3, "New"), (4, "New")):
        sights.devices.publish(SITE, live_files(title), at=at, previous=previous)
        assert sights.devices.live is not None
        raw = sights.devices.live.to_bytes()
        previous = hashlib.sha256(raw).hexdigest()
        sights.log.served[hashlib.sha256(raw).digest()] = raw
    assert api(ALICE, "GET", f"{HERE}/purposes").json["live"]["since"] == 2


def test_a_site_of_nothing_shows_nothing(api: Api) -> None:
    """Before the first bundle and the first draft there is nothing, and no failure."""
    empty = Api(Town())
    assert empty(ALICE, "GET", f"{HERE}/purposes").json == {"live": None, "draft": None}
    for kind in ("models", "releases"):
        assert empty(ALICE, "GET", f"{HERE}/{kind}").json == {"items": [], "next": None}
