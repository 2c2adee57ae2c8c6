"""POST /agency/sites/{site}/imports: translate the request, and wire the service to AWS."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, Final

from lambdas.agency_imports.routes import make_resolver
from lambdas.agency_imports.service import ImportsService
from lambdas.shared import clients
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.http import respond
from lambdas.shared.agency.resolver import AgencyResolver
from lambdas.shared.agency.sites import Sites
from lambdas.shared.settings import AwsSettings, variable

# Lambda takes no event of more than six megabytes; base64 in JSON leaves four for the files.
MOST_BYTES: Final = 5_700_000


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return respond(
        "agency-imports",
        event,
        answer=lambda read: routes().resolve(read, context),
        most_bytes=MOST_BYTES,
    )


@cache
def routes() -> AgencyResolver:
    """Make the routes once for each process; whose table they lead to is told at each request."""
    return make_resolver(
        lambda: compose(AwsSettings.read(), variable("AGENCY_TABLE"), variable("AGENCY_SITES"))
    )


@cache
def compose(aws: AwsSettings, table: str, sites: str) -> ImportsService:
    """Wire the service."""
    return ImportsService(
        Desk(DynamoRows(clients.dynamodb(aws), table), Sites.parse(sites), lambda: int(time.time()))
    )
