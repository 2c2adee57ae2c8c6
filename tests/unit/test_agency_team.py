"""Who may change who may do what: one asks, another confirms, nobody for themselves, and nobody elsewhere."""

from __future__ import annotations

import pytest

from lambdas.agency_team.change import TAKES_S, WAITS_S
from lambdas.agency_team.people import Standing
from lambdas.agency_team.service import TeamService
from lambdas.shared.agency.audit import verify_chain
from lambdas.shared.agency.roles import SCOPES, Caller, Role, Scope, group
from lambdas.shared.agency.rows import AgencyId
from tests.support.agency_acting import US, trail
from tests.support.agency_api import Answer, Api
from tests.support.at_issuer import Killed, at_issuer
from tests.support.drafting import ALICE, BOTH, CAROL, DEV, OFFICER, Town, person

ADA, ADAM = person("ada", Role.ADMINISTRATOR), person("adam", Role.ADMINISTRATOR)
THERE = AgencyId("lakeside.example")
LIAM = person("liam", Role.ADMINISTRATOR, agency=str(THERE))
TEAM = "/agency/team"


@pytest.fixture
def api() -> Api:
    """Two agencies with people."""
    town = Town()
    for each in (ADA, ADAM, OFFICER, ALICE, CAROL, DEV, BOTH):
        town.people.add(US, each.sub, *each.roles)
    town.people.add(THERE, LIAM.sub, *LIAM.roles)
    town.people.add(THERE, "lena", Role.APPROVER)
    return Api(town)


def roles_of(api: Api, sub: str, agency: AgencyId = US) -> set[Role]:
    return {role for each in api.town.people.members(agency) if each.sub == sub for role in each.roles}


def put(api: Api, who: Caller, sub: str, *roles: Role) -> Answer:
    return api(who, "PUT", f"{TEAM}/people/{sub}/roles", {"roles": list(roles)})


def confirm(api: Api, who: Caller, change: str) -> Answer:
    return api(who, "POST", f"{TEAM}/changes/{change}/confirmation", {})


def withdraw(api: Api, who: Caller, change: str) -> Answer:
    return api(who, "POST", f"{TEAM}/changes/{change}/withdrawal", {})


def state_of(api: Api, change: str) -> str:
    items = api(CAROL, "GET", f"{TEAM}/changes").json["items"]
    return next(str(each["state"]) for each in items if each["id"] == change)


def failed(api: Api, sub: str, *roles: Role) -> str:
    """A change that Ada asked for and the officer confirmed, and that the issuer did not do."""
    name = str(put(api, ADA, sub, *roles).json["id"])
    at_issuer(api, "assign" if roles else "remove", lambda: None, fails=TimeoutError())
    assert confirm(api, OFFICER, name).status == 500
    assert state_of(api, name) == "confirmed"
    return name


def invited(api: Api, *roles: Role) -> str:
    answer = api(ADA, "POST", TEAM, {"roles": list(roles)})
    assert answer.status == 202, answer.text
    name: str = answer.json["id"]
    return name


def test_somebody_new_comes_when_a_second_person_says_so(api: Api) -> None:
    """Nobody is there before; who confirms is told once how they log in, and the trail has both, with neither
    a password nor a name."""
    before = api.town.people.members(US)
    name = invited(api, Role.AUTHOR, Role.ANALYST)
    assert api.town.people.members(US) == before
    done = confirm(api, OFFICER, name)
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "done", "officer")
    assert roles_of(api, done.json["person"]) == {Role.AUTHOR, Role.ANALYST}
    assert done.json["login"] == f"riverton-{name}"
    assert done.json["password"]
    listed = api(CAROL, "GET", f"{TEAM}/changes")
    kept = str(api.town.rows._rows)  # type: ignore[attr-defined]  # rows in memory
    for told in (listed.text, kept):
        assert done.json["password"] not in told
        assert done.json["login"] not in told.replace(f'"{name}"', "")
    acts = [(entry.sub, entry.deed.act.value, entry.deed.about) for entry in trail(api)]
    assert acts == [("ada", "roles-asked", f"team/{name}"), ("officer", "roles-changed", f"team/{name}")]
    assert verify_chain(trail(api)) is not None


@pytest.mark.parametrize("who", [ADA, ALICE, CAROL, DEV])
def test_nobody_confirms_alone_or_without_the_right(api: Api, who: Caller) -> None:
    """Not who asked, who has the right otherwise, and not who has another role."""
    name = invited(api, Role.APPROVER)
    answer = confirm(api, who, name)
    assert answer.status == (409 if who is ADA else 403)
    assert api(who, "GET", f"{TEAM}/changes").json["items"][0]["state"] == "waiting"


def test_nobody_gives_themselves_a_role_that_they_have_not(api: Api) -> None:
    """Neither by asking nor by confirming what another asked for them; giving one up is their own matter."""
    assert put(api, ADA, "ada", Role.APPROVER).status == 409
    asked = put(api, ADA, "adam", Role.PRIVACY_OFFICER).json["id"]
    assert confirm(api, ADAM, asked).status == 409
    assert roles_of(api, "adam") == {Role.ADMINISTRATOR}
    assert api(ADA, "DELETE", f"{TEAM}/people/ada").status == 200
    assert roles_of(api, "ada") == set()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_ask(api: Api, role: Role) -> None:
    """Whatever scopes a token of another role has: the roles decide."""
    who = Caller("x", "riverton", frozenset({role}), frozenset(Scope))
    for answer in (
        api(who, "POST", TEAM, {"roles": ["author"]}),
        put(api, who, "alice", Role.APPROVER),
        api(who, "DELETE", f"{TEAM}/people/alice"),
    ):
        assert answer.status == 403
    assert trail(api) == []


def test_taking_a_right_away_takes_one_person(api: Api) -> None:
    """At once, and entered; giving it back takes two again."""
    assert put(api, ADA, "both", Role.AUTHOR).json["state"] == "done"
    assert roles_of(api, "both") == {Role.AUTHOR}
    back = put(api, ADA, "both", Role.AUTHOR, Role.APPROVER)
    assert (back.status, back.json["state"]) == (202, "waiting")
    assert roles_of(api, "both") == {Role.AUTHOR}
    assert confirm(api, ADAM, back.json["id"]).status == 200
    assert roles_of(api, "both") == {Role.AUTHOR, Role.APPROVER}


def test_who_watches_is_not_sent_away_by_one_person(api: Api) -> None:
    """The privacy officer goes, or becomes something else, when somebody else agrees; not by their own word
    either."""
    for answer in (
        api(ADA, "DELETE", f"{TEAM}/people/officer"),
        api(ADA, "DELETE", f"{TEAM}/people/officer"),
    ):
        assert (answer.status, answer.json["state"]) == (202, "waiting")
    assert len(trail(api)) == 1
    assert confirm(api, OFFICER, answer.json["id"]).status == 409
    assert roles_of(api, "officer") == {Role.PRIVACY_OFFICER}
    assert confirm(api, ADAM, answer.json["id"]).json["state"] == "done"
    assert roles_of(api, "officer") == set()


def test_what_was_asked_for_before_does_not_give_back_what_was_taken_since(api: Api) -> None:
    """A change that waits is taken back with it."""
    waits = put(api, ADA, "both", Role.AUTHOR, Role.APPROVER, Role.ANALYST).json["id"]
    assert put(api, ADAM, "both", Role.AUTHOR).json["state"] == "done"
    assert confirm(api, OFFICER, waits).status == 409
    assert roles_of(api, "both") == {Role.AUTHOR}
    assert [entry.deed.act.value for entry in trail(api)] == [
        "roles-asked",
        "roles-withdrawn",
        "roles-changed",
    ]


def test_a_change_waits_for_two_weeks_and_can_be_taken_back(api: Api) -> None:
    """What nobody looked at in that time is not done later."""
    first, second = invited(api, Role.AUTHOR), invited(api, Role.DEVELOPER)
    withdrawn = api(OFFICER, "POST", f"{TEAM}/changes/{second}/withdrawal", {})
    assert (withdrawn.status, withdrawn.json["state"]) == (200, "withdrawn")
    assert confirm(api, ADAM, second).status == 409
    api.town.now += WAITS_S
    assert confirm(api, ADAM, first).status == 409
    states = [each["state"] for each in api(ADA, "GET", f"{TEAM}/changes").json["items"]]
    assert states == ["lapsed", "withdrawn"]


def test_nobody_of_another_agency_is_seen_added_or_moved(api: Api) -> None:
    """By their subject, by a group's name in place of a subject, by a change's name: as if they were not."""
    ours = invited(api, Role.AUTHOR)
    before = api.town.people.members(US)
    made_up = api(LIAM, "DELETE", f"{TEAM}/people/nobody")
    for sub in ("alice", "ada", group("riverton", Role.AUTHOR), "riverton"):
        for answer in (put(api, LIAM, sub, Role.ANALYST), api(LIAM, "DELETE", f"{TEAM}/people/{sub}")):
            assert (answer.status, answer.text, answer.headers) == (404, made_up.text, made_up.headers)
    for act in ("confirmation", "withdrawal"):
        found = api(LIAM, "POST", f"{TEAM}/changes/{ours}/{act}", {})
        assert (found.status, found.text) == (404, made_up.text)
    told = api(LIAM, "GET", TEAM).json
    assert {each["person"] for each in told["items"]} == {"liam", "lena"}
    assert api(LIAM, "GET", f"{TEAM}/changes").json == {"items": [], "next": None}
    assert api.town.people.members(US) == before


def test_an_agency_in_the_body_or_the_role_changes_nothing(api: Api) -> None:
    """A role of another agency is none, and a field of that name is refused."""
    for body in (
        {"roles": ["riverton:approver"]},
        {"roles": ["author"], "agency": "riverton"},
        {"roles": []},
        {"roles": ["root"]},
        {},
    ):
        assert api(LIAM, "POST", TEAM, body).status == 422
    both = api(LIAM, "POST", TEAM, {"roles": ["author", "privacy-officer"]})
    assert (both.status, both.json["detail"]) == (400, "team: a privacy officer with another role")


def test_a_lost_answer_is_asked_for_again(api: Api) -> None:
    """The same change is there once, whoever sends it twice; what failed at the issuer is done by asking once
    more, and a change that is done is not done again."""
    first = put(api, ADA, "alice", Role.DEVELOPER)
    assert put(api, ADA, "alice", Role.DEVELOPER).json == first.json
    sent = [api(ADA, "POST", TEAM, {"roles": ["author"]}, key="once").json["id"] for _ in range(2)]
    assert sent[0] == sent[1]
    at_issuer(api, "invite", lambda: None, fails=TimeoutError())
    assert confirm(api, OFFICER, sent[0]).status == 500
    assert confirm(api, ADA, sent[0]).status == 409
    again = confirm(api, OFFICER, sent[0])
    assert (again.status, again.json["state"]) == (200, "done")
    assert confirm(api, OFFICER, sent[0]).status == 409
    assert len([entry for entry in trail(api) if entry.deed.about == f"team/{sent[0]}"]) == 2


def test_what_failed_does_not_give_back_later_what_was_taken_since(api: Api) -> None:
    """Taking a role takes back what was confirmed and not done, and so does saying that all stays as it is;
    the trail has both."""
    first = failed(api, "both", Role.AUTHOR, Role.APPROVER, Role.ANALYST)
    assert put(api, ADAM, "both", Role.AUTHOR).json["state"] == "done"
    assert [entry.deed.act.value for entry in trail(api)][-2:] == ["roles-withdrawn", "roles-changed"]
    second = failed(api, "alice", Role.AUTHOR, Role.APPROVER)
    assert put(api, ADAM, "alice", Role.AUTHOR).json["state"] == "done"
    for name in (first, second):
        assert state_of(api, name) == "withdrawn"
        assert confirm(api, OFFICER, name).status == 409
    assert (roles_of(api, "both"), roles_of(api, "alice")) == ({Role.AUTHOR}, {Role.AUTHOR})


def test_what_failed_is_done_by_another_second_person(api: Api) -> None:
    """Not by who asked for it, in whichever way they ask again, nor by whom it is about; the trail names who
    it was."""
    name = failed(api, "adam", Role.DEVELOPER)
    api.town.people.add(US, "agnes", Role.ADMINISTRATOR)
    again = put(api, ADA, "adam", Role.DEVELOPER)
    assert (again.status, again.json["state"]) == (202, "confirmed")
    for who in (ADA, ADAM):
        assert confirm(api, who, name).status == 409
    assert roles_of(api, "adam") == {Role.ADMINISTRATOR}
    done = confirm(api, person("agnes", Role.ADMINISTRATOR), name)
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "done", "agnes")
    assert roles_of(api, "adam") == {Role.DEVELOPER}
    assert [entry.sub for entry in trail(api)] == ["ada", "officer", "agnes"]


def test_what_failed_can_be_taken_back_and_lapses(api: Api) -> None:
    """So that something else can be asked for; whom others decided about takes nothing back, either way."""
    name = failed(api, "adam", Role.DEVELOPER)
    assert put(api, ADA, "adam", Role.AUTHOR).status == 409
    assert withdraw(api, ADAM, name).status == 409
    assert put(api, ADAM, "adam", Role.ADMINISTRATOR).status == 200
    assert state_of(api, name) == "confirmed"
    assert withdraw(api, ADA, name).json["state"] == "withdrawn"
    later = failed(api, "adam", Role.AUTHOR)
    api.town.now += WAITS_S
    assert state_of(api, later) == "lapsed"
    assert confirm(api, OFFICER, later).status == 409
    assert put(api, ADA, "adam", Role.ANALYST).status == 202
    assert roles_of(api, "adam") == {Role.ADMINISTRATOR}


def test_nothing_is_decided_of_somebody_while_the_issuer_is_asked(api: Api) -> None:
    """Neither that a role is taken, which would come back, nor the same, nor that it is taken back; once it
    is done all is as before."""
    met: list[Answer] = []
    name = put(api, ADA, "both", Role.AUTHOR, Role.APPROVER, Role.ANALYST).json["id"]

    def happens() -> None:
        met.append(put(api, ADAM, "both", Role.AUTHOR))
        met.append(api(ADAM, "DELETE", f"{TEAM}/people/both"))
        met.append(confirm(api, OFFICER, name))
        met.append(confirm(api, ADAM, name))
        met.append(withdraw(api, ADAM, name))

    at_issuer(api, "assign", happens, fails=None)
    assert confirm(api, OFFICER, name).json["state"] == "done"
    assert [(each.status, each.json["type"]) for each in met] == [(503, "urn:nearside:problem:busy")] * 5
    assert put(api, ADAM, "both", Role.AUTHOR).json["state"] == "done"
    assert roles_of(api, "both") == {Role.AUTHOR}


def test_two_who_take_a_role_at_once_leave_one(api: Api) -> None:
    """Each would leave another one, and both together none: whoever is in no group is found by nobody."""
    met: list[Answer] = []
    at_issuer(api, "withdraw", lambda: met.append(put(api, ADAM, "both", Role.APPROVER)), fails=None)
    assert put(api, ADA, "both", Role.AUTHOR).json["state"] == "done"
    assert met[0].status == 503
    assert roles_of(api, "both") == {Role.AUTHOR}


def test_a_function_that_ended_in_between_is_waited_for(api: Api) -> None:
    """What it asked of the issuer may come to pass until then; afterwards one person takes what it gave."""
    name = put(api, ADA, "alice", Role.AUTHOR, Role.APPROVER).json["id"]
    at_issuer(api, "assign", lambda: None, fails=Killed())
    with pytest.raises(Killed):
        confirm(api, OFFICER, name)
    api.town.now += TAKES_S - 1
    assert api(ADAM, "DELETE", f"{TEAM}/people/alice").status == 503
    api.town.now += 1
    assert api(ADAM, "DELETE", f"{TEAM}/people/alice").json["state"] == "done"
    assert confirm(api, OFFICER, name).status == 409
    assert roles_of(api, "alice") == set()


@pytest.mark.parametrize(
    ("verb", "by_now"),
    [
        ("withdraw", {Role.DEVELOPER}),
        ("withdraw", {Role.AUTHOR, Role.PRIVACY_OFFICER}),
        ("remove", {Role.PRIVACY_OFFICER}),
    ],
)
def test_what_one_person_decided_is_done_as_things_are(api: Api, verb: str, by_now: set[Role]) -> None:
    """Where it failed, and a deployer changed them since: it neither leaves them in no group nor takes what
    takes two; it says so, and is taken back."""

    def ask() -> Answer:
        if verb == "remove":
            return api(ADA, "DELETE", f"{TEAM}/people/both")
        return put(api, ADA, "both", Role.AUTHOR)

    at_issuer(api, verb, lambda: None, fails=TimeoutError())
    assert ask().status == 500
    api.town.people.add(US, "both", *by_now)
    refused = ask()
    assert (refused.status, "other roles by now" in refused.json["detail"]) == (409, True)
    assert roles_of(api, "both") == by_now
    (change,) = api(ADA, "GET", f"{TEAM}/changes").json["items"]
    assert withdraw(api, ADAM, change["id"]).status == 200


def test_what_takes_one_person_is_begun_again_by_them(api: Api) -> None:
    """Where the issuer did not do it; it is one change, entered once."""
    at_issuer(api, "remove", lambda: None, fails=TimeoutError())
    assert api(ADA, "DELETE", f"{TEAM}/people/alice").status == 500
    assert api(ADA, "DELETE", f"{TEAM}/people/alice").json["state"] == "done"
    assert (roles_of(api, "alice"), len(trail(api))) == (set(), 1)


def test_only_one_thing_is_asked_for_somebody_at_a_time(api: Api) -> None:
    """What would be confirmed second would undo the first."""
    assert put(api, ADA, "alice", Role.APPROVER).status == 202
    assert put(api, ADAM, "alice", Role.DEVELOPER).status == 409


def test_lists_come_in_pages_and_show_what_all_may_know(api: Api) -> None:
    """Everybody of the agency sees who has which role; a cursor leads on, and is good for its own list."""
    found, cursor = [], ""
    while cursor is not None:
        page = api(ALICE, "GET", f"{TEAM}?limit=3{cursor and f'&cursor={cursor}'}").json
        assert len(page["items"]) <= 3
        found += page["items"]
        cursor = page["next"]
    assert [each["person"] for each in found] == sorted(
        ["ada", "adam", "officer", "alice", "carol", "dev", "both"]
    )
    assert found[3] == {"person": "both", "roles": ["approver", "author"], "state": Standing.ACTIVE}
    other = api(LIAM, "GET", f"{TEAM}?limit=1").json["next"]
    assert api(ALICE, "GET", f"{TEAM}?cursor={other}").status == 400


def test_with_another_issuer_it_is_said_where_people_are(api: Api) -> None:
    """Nothing is kept of what was asked for here."""
    api.town.team = TeamService(api.town.team.desk, None, api.town.team.new_id)
    answer = api(ADA, "POST", TEAM, {"roles": ["author"]})
    assert (answer.status, answer.json["type"]) == (404, "urn:nearside:problem:elsewhere")
    assert "docs/identity.md" in answer.json["detail"]
    assert trail(api) == []


def test_an_agency_without_a_site_has_no_people_here(api: Api) -> None:
    """Its groups may be somebody else's matter."""
    who = Caller("x", "nowhere", frozenset({Role.ADMINISTRATOR}), SCOPES[Role.ADMINISTRATOR])
    assert api(who, "GET", TEAM).status == 404
