"""The addresses of an agency's people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consent_ledger.canonical import Json
from lambdas.agency_team.change import State
from lambdas.agency_team.service import TeamService
from lambdas.shared.agency.described import Cursor, Key, Limit, described, next_page
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import Nothing
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope
from lambdas.shared.agency.team_models import ChangeAnswer, ChangesAnswer, MemberAnswer, Roles, TeamAnswer

_TEAM = "/agency/team"
_PERSON = f"{_TEAM}/people/<person>"
_CHANGE = f"{_TEAM}/changes/<change>"


def make_resolver(service: Callable[[], TeamService]) -> AgencyResolver:
    """Return the routes; `service` is asked for at each request."""
    app = AgencyResolver()
    _add_reads(app, service)
    _add_asking(app, service)
    _add_deciding(app, service)
    return app.made_ready()


def _add_reads(app: AgencyResolver, service: Callable[[], TeamService]) -> None:
    @app.get(
        _TEAM,
        **described(
            "listTeam", "Who works for the agency", Scope.READ, answers={200: TeamAnswer}, headers=("link",)
        ),
    )
    def list_team(limit: Limit = 50, cursor: Cursor = None) -> Response[TeamAnswer]:
        found, more = service().members(caller(), cursor=cursor, limit=limit)
        items = [
            MemberAnswer(person=each.sub, roles=sorted(map(str, each.roles)), state=each.standing)
            for each in found
        ]
        return json_reply(TeamAnswer(items=items, next=more), headers=next_page(_TEAM, more, limit))

    @app.get(
        f"{_TEAM}/changes",
        **described(
            "listTeamChanges",
            "What was asked for and decided about roles, the oldest first",
            Scope.READ,
            answers={200: ChangesAnswer},
            headers=("link",),
        ),
    )
    def list_team_changes(limit: Limit = 50, cursor: Cursor = None) -> Response[ChangesAnswer]:
        found, more = service().changes(caller(), cursor=cursor, limit=limit)
        items = [ChangeAnswer.model_validate(each) for each in found]
        address = f"{_TEAM}/changes"
        return json_reply(ChangesAnswer(items=items, next=more), headers=next_page(address, more, limit))


def _add_asking(app: AgencyResolver, service: Callable[[], TeamService]) -> None:
    @app.post(_TEAM, **_asking("invite", "Ask for somebody new, whom another one confirms"))
    def invite(idempotency_key: Key, body: Roles) -> Response[ChangeAnswer]:
        return _answered(service().invite(caller(), frozenset(body.roles), key=idempotency_key))

    @app.put(f"{_PERSON}/roles", **_asking("changeRoles", "Say which roles somebody is to have"))
    def change_roles(person: str, body: Roles) -> Response[ChangeAnswer]:
        return _answered(service().change(caller(), person, frozenset(body.roles)))

    @app.delete(_PERSON, **_asking("removePerson", "Take somebody out"))
    def remove_person(person: str) -> Response[ChangeAnswer]:
        return _answered(service().remove(caller(), person))


def _add_deciding(app: AgencyResolver, service: Callable[[], TeamService]) -> None:
    @app.post(
        f"{_CHANGE}/confirmation",
        **_deciding("confirmTeamChange", "Confirm what somebody else asked for, and have it done"),
    )
    def confirm_team_change(change: str, body: Nothing) -> Response[ChangeAnswer]:
        return json_reply(ChangeAnswer.model_validate(service().confirm(caller(), change)))

    @app.post(f"{_CHANGE}/withdrawal", **_deciding("withdrawTeamChange", "Take back what waits, or failed"))
    def withdraw_team_change(change: str, body: Nothing) -> Response[ChangeAnswer]:
        return json_reply(ChangeAnswer.model_validate(service().withdraw(caller(), change)))


def _asking(operation: str, summary: str) -> dict[str, Any]:
    answers = {200: ChangeAnswer, 202: ChangeAnswer}
    return described(operation, summary, Scope.PEOPLE, answers=answers, headers=("location",), writes=True)


def _deciding(operation: str, summary: str) -> dict[str, Any]:
    return described(operation, summary, Scope.TEAM, answers={200: ChangeAnswer}, writes=True)


def _answered(change: dict[str, Json]) -> Response[ChangeAnswer]:
    waits = change["state"] in {State.WAITING.value, State.CONFIRMED.value}
    headers = {"location": f"{_TEAM}/changes"} if waits else {}
    return json_reply(ChangeAnswer.model_validate(change), status=202 if waits else 200, headers=headers)
