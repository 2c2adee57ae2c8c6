"""The attacker works for another agency of the same deployment, has every role there, knows every name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.agency_drafts.routes import make_resolver
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.roles import Caller, Role
from lambdas.shared.agency.rows import AgencyId, Place, Row, Write
from tests.support.agency_api import Answer, Api, event_of, resolvers
from tests.support.drafting import ALICE, CAROL, DEV, FORM, OTHER_SITE, SITE, STRANGER, Town, person

SPY = person("spy", Role.PRIVACY_OFFICER, agency="lakeside.example")
BODIES: dict[str, Any] = {
    "proposals": FORM,
    "imports": {
        "kind": "csv",
        "content": "cGF0aCx0aXRsZSx0b3BpYyxraW5kLGxhbmcKL2EsQSx0LGluZm9ybWF0aW9uLGVuCg==",
    },
    "approvals": {"snapshot": "{snapshot}"},
    "lift": {"documents": None},
    "veto": {"reason": "x"},
    "pause": {"reason": "x"},
    "resume": {},
    "bundles": {"proposal": "{proposal}"},
    "rollback": {"version": 1},
    "canary": {"model": "a" * 64},
    "kill": {"slots": None},
    "revive": {},
}


def operations() -> Iterator[tuple[str, str]]:
    """Every method and address of all functions, as they are registered."""
    for app in resolvers():
        for route in app.routes:
            yield route.method, route.path.replace("<", "{").replace(">", "}")


class Spied(MemoryRows):
    """Rows that remember whose were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[AgencyId] = set()

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        self.asked.add(agency)
        return super().read(agency, place, name)

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        self.asked.add(agency)
        return super().page(agency, place, after=after, limit=limit)

    def page_back(self, agency: AgencyId, place: Place, *, before: str | None, limit: int) -> tuple[Row, ...]:
        self.asked.add(agency)
        return super().page_back(agency, place, before=before, limit=limit)

    def last(self, agency: AgencyId, place: Place) -> Row | None:
        self.asked.add(agency)
        return super().last(agency, place)

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        self.asked.add(agency)
        return super().write(agency, *writes)


@pytest.fixture
def rows() -> Spied:
    return Spied()


@pytest.fixture
def api(rows: Spied) -> Api:
    """A city with drafts, a proposal and a job of its own."""
    town = Town(rows)
    town.fill()
    return Api(town)


@pytest.fixture
def names(api: Api) -> dict[str, str]:
    """What the attacker has been told: the name of everything that there is."""
    made = api(ALICE, "POST", f"/agency/sites/{SITE}/proposals", FORM, key="ours").json
    read = {"snapshot": made["snapshot"]}
    api(CAROL, "POST", f"/agency/sites/{SITE}/proposals/{made['id']}/approvals", read)
    queued = api(DEV, "POST", f"/agency/sites/{SITE}/bundles", {"proposal": made["id"]}).json
    etag = api(ALICE, "GET", f"/agency/sites/{SITE}/drafts/slots/hero").headers["etag"]
    cursor = api(ALICE, "GET", f"/agency/sites/{SITE}/drafts/settings?limit=1").json["next"] or "x"
    known = {"proposal": made["id"], "job": queued["job"], "snapshot": made["snapshot"]}
    return {**known, **api.town.sights.fill(), "etag": etag, "cursor": cursor, "name": "hero"}


def send(api: Api, who: Caller, method: str, template: str, site: str, names: dict[str, str]) -> Answer:
    path = template.replace("{site}", site).replace("{collection}", "slots")
    path = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path)
    body = BODIES.get(template.rpartition("/")[2], {"slot": "hero"})
    raw = json.dumps(body).replace("{proposal}", names["proposal"]).replace("{snapshot}", names["snapshot"])
    headers = {"if-match": names["etag"]} if method in ("PUT", "DELETE") else {}
    return api(who, method, path, raw=raw, headers=headers, key=f"{who.sub}-{site}"[:20] + template[-40:])


@pytest.mark.parametrize(("method", "template"), [each for each in operations() if "{site}" in each[1]])
def test_no_operation_reaches_another_agency(
    api: Api, rows: Spied, names: dict[str, str], method: str, template: str
) -> None:
    """Of a site that is another's each says what it says of a site that nobody has, byte for byte: nothing is
    there; and no row of the other agency is so much as asked for."""
    before = {place: dict(found) for place, found in rows._rows.items()}
    rows.asked.clear()
    sent = len(api.town.sent)
    for who in (STRANGER, SPY):
        theirs = send(api, who, method, template, SITE, names)
        nobodys = send(api, who, method, template, "nowhere", names)
        assert theirs.status == 404
        assert (theirs.status, theirs.headers, theirs.text) == (
            nobodys.status,
            nobodys.headers,
            nobodys.text,
        )
    assert AgencyId("riverton") not in rows.asked
    assert rows._rows == before
    assert len(api.town.sent) == sent


@pytest.mark.parametrize(("method", "template"), [each for each in operations() if "{site}" in each[1]])
def test_names_of_another_agency_lead_nowhere_in_one_s_own(
    api: Api, rows: Spied, names: dict[str, str], method: str, template: str
) -> None:
    """A proposal, a job, an etag or a cursor of another, sent to the attacker's own site, is as good as one
    that was made up; what the attacker's own agency gets written is the attacker's own."""
    rows.asked.clear()
    made_up = {**names, "proposal": "01795600000-ffffffffffffffff", "job": "01795600000-ffffffffffffffff"}
    for who in (STRANGER, SPY):
        answers = [send(api, who, method, template, OTHER_SITE, each) for each in (names, made_up)]
        assert answers[0].status == answers[1].status
        for known in (names["proposal"], names["job"], names["etag"]):
            assert all(known not in answer.text.replace(f"/{known}", "") for answer in answers)
    assert rows.asked <= {AgencyId("lakeside.example")}


def test_a_cursor_of_another_agency_is_forged(api: Api, names: dict[str, str]) -> None:
    """400, as for any other text."""
    found = api(STRANGER, "GET", f"/agency/sites/{OTHER_SITE}/drafts/settings?cursor={names['cursor']}")
    made_up = api(STRANGER, "GET", f"/agency/sites/{OTHER_SITE}/drafts/settings?cursor=AAAA")
    assert (found.status, found.text) == (400, made_up.text)


def test_a_key_of_another_agency_is_free(api: Api, names: dict[str, str]) -> None:
    """Somebody of the same name, with the same key, is answered for what they asked themselves."""
    twin = person("alice", Role.AUTHOR, agency="lakeside.example")
    answer = api(twin, "POST", f"/agency/sites/{OTHER_SITE}/proposals", FORM, key="ours")
    assert answer.status == 422
    assert answer.json["type"] == "urn:nearside:problem:unfit"


def test_everybody_reads_their_own_trail(api: Api, names: dict[str, str]) -> None:
    """The trail and the sites have no name in their address: whose they are comes from the token alone."""
    assert api(STRANGER, "GET", "/agency/audit").json == {"items": [], "next": None}
    assert api(STRANGER, "GET", "/agency/sites").json == {"sites": [OTHER_SITE]}


def test_the_agency_is_the_token_s_whatever_else_is_said(api: Api, names: dict[str, str]) -> None:
    """A header, a query and a body that name another agency change nothing."""
    address = f"/agency/sites/{SITE}/drafts/slots?agency=riverton"
    assert api(STRANGER, "GET", address, headers={"x-agency": "riverton"}).status == 404
    event = event_of(STRANGER, "GET", f"/agency/sites/{SITE}/drafts/slots", "", {})
    event |= {"agency": "riverton", "pathParameters": {"agency": "riverton", "site": SITE}}
    resolve = make_resolver(lambda: api.town.drafts).resolve
    assert respond("test", event, answer=lambda read: resolve(read, None))["statusCode"] == 404
