"""The OpenAPI document of the agency API, printed from the routes of its functions."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

from lambdas.agency_acts.routes import make_resolver as make_acts
from lambdas.agency_drafts.routes import make_resolver as make_drafts
from lambdas.agency_imports.routes import make_resolver as make_imports
from lambdas.agency_team.routes import make_resolver as make_team
from lambdas.agency_views.routes import make_resolver as make_views
from lambdas.shared.agency.described import SCHEME
from lambdas.shared.agency.models import PROBLEMS
from lambdas.shared.agency.resolver import AgencyResolver
from nearside.agency_routes import for_printing

_OF_POWERTOOLS = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
_TITLE = "Nearside agency API"
_ABOUT = "Drafts, proposals and what goes live, for those who work for an agency (docs/agency-api.md)."


def openapi() -> str:
    """Return the document (OpenAPI 3.1) as JSON text with its keys sorted, ending in a newline."""
    makers = (make_drafts, make_imports, make_acts, make_team, make_views)
    documents = [_document(make(_nobody)) for make in makers]
    paths = {path: methods for each in documents for path, methods in each["paths"].items()}
    schemas = {name: made for each in documents for name, made in each["components"]["schemas"].items()}
    for name in _OF_POWERTOOLS:
        schemas.pop(name, None)
    for operation in (each for methods in paths.values() for each in methods.values()):
        # Powertools puts a schema of its own for its answer to answers that are not valid; it is never sent.
        operation["responses"]["500"] = operation["responses"]["400"] | {"description": PROBLEMS[500]}
    components = {**documents[0]["components"], "schemas": schemas}
    merged = {**documents[0], "paths": paths, "components": components}
    return json.dumps(merged, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _document(app: AgencyResolver) -> dict[str, Any]:
    text = for_printing(app).get_openapi_json_schema(
        title=_TITLE,
        version="1",
        description=_ABOUT,
        security_schemes={
            SCHEME: HTTPBearer(bearerFormat="JWT", description="An access token of the issuer")
        },
    )
    document: dict[str, Any] = json.loads(text)
    return document


def _nobody() -> Any:
    raise AssertionError("openapi: nothing is asked for while routes are printed")
