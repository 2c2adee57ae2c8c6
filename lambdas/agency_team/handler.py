"""/agency/team: translate the request, and wire the service to AWS."""

from __future__ import annotations

import secrets
import time
from functools import cache
from typing import Any

from lambdas.agency_team.cognito import PoolPeople
from lambdas.agency_team.routes import make_resolver
from lambdas.agency_team.service import TeamService
from lambdas.shared import clients
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.resolver import AgencyResolver
from lambdas.shared.agency.sites import Sites
from lambdas.shared.settings import AwsSettings, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return respond("agency-team", event, answer=lambda read: routes().resolve(read, context))


@cache
def routes() -> AgencyResolver:
    """Make the routes once for each process; whose table they lead to is told at each request."""
    return make_resolver(
        lambda: compose(
            AwsSettings.read(),
            AwsSettings.read_for("COGNITO_IDENTITY_PROVIDER"),
            table=variable("AGENCY_TABLE"),
            sites=variable("AGENCY_SITES"),
            pool=variable("PEOPLE_POOL"),
        )
    )


@cache
def compose(aws: AwsSettings, issuer: AwsSettings, *, table: str, sites: str, pool: str) -> TeamService:
    """Wire the service; `pool` is "none" where tokens are another issuer's."""
    people = None if pool == "none" else PoolPeople(clients.cognito(issuer), pool, _password)
    desk = Desk(DynamoRows(clients.dynamodb(aws), table), Sites.parse(sites), lambda: int(time.time()))
    return TeamService(desk, people, lambda: secrets.token_hex(8))


def _password() -> str:
    """A first password, which holds for a day: 144 bits, and one of each kind that the pool asks for."""
    return f"aA1-{secrets.token_urlsafe(18)}"
