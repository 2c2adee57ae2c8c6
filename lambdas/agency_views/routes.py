"""The addresses of models, releases and purposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from consent_ledger.canonical import Json
from lambdas.agency_views.service import ViewsService
from lambdas.shared.agency.described import Cursor, Limit, described, next_page
from lambdas.shared.agency.document import etag_of
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.params import header
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope
from lambdas.shared.agency.view_models import (
    ModelAnswer,
    ModelsAnswer,
    PurposesAnswer,
    ReleaseAnswer,
    ReleasesAnswer,
)

_SITE = "/agency/sites/<site>"
IfNoneMatch: TypeAlias = Annotated[
    str | None, header("If-None-Match", description="The etags that the caller has")
]


def make_resolver(service: Callable[[], ViewsService]) -> AgencyResolver:
    """Return the routes; `service` is asked for at each request."""
    app = AgencyResolver()
    _add_models(app, service)
    _add_releases(app, service)
    _add_purposes(app, service)
    return app.made_ready()


def _add_models(app: AgencyResolver, service: Callable[[], ViewsService]) -> None:
    @app.get(
        f"{_SITE}/models",
        **described(
            "listModels",
            "Models that were proposed, and what became of them, the oldest first",
            Scope.READ,
            answers={200: ModelsAnswer},
            headers=("link",),
        ),
    )
    def list_models(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[ModelsAnswer]:
        found, more = service().list_models(caller(), site, cursor=cursor, limit=limit)
        headers = next_page(f"/agency/sites/{site}/models", more, limit)
        return json_reply(ModelsAnswer.model_validate({"items": found, "next": more}), headers=headers)

    @app.get(f"{_SITE}/models/<model>", **_one("getModel", "A model with its card", ModelAnswer))
    def get_model(site: str, model: str, if_none_match: IfNoneMatch = None) -> Response[Any]:
        return _tagged(service().get_model(caller(), site, model), if_none_match)


def _add_releases(app: AgencyResolver, service: Callable[[], ViewsService]) -> None:
    @app.get(
        f"{_SITE}/releases",
        **described(
            "listReleases",
            "What was counted and released, by task and week; a page may have fewer than `limit`",
            Scope.READ,
            answers={200: ReleasesAnswer},
            headers=("link",),
        ),
    )
    def list_releases(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[ReleasesAnswer]:
        found, more = service().list_releases(caller(), site, cursor=cursor, limit=limit)
        headers = next_page(f"/agency/sites/{site}/releases", more, limit)
        return json_reply(ReleasesAnswer.model_validate({"items": found, "next": more}), headers=headers)

    @app.get(
        f"{_SITE}/releases/<task>/<period>",
        **_one("getRelease", "What a release says of itself", ReleaseAnswer),
    )
    def get_release(site: str, task: str, period: str, if_none_match: IfNoneMatch = None) -> Response[Any]:
        return _tagged(service().get_release(caller(), site, task, period), if_none_match)


def _add_purposes(app: AgencyResolver, service: Callable[[], ViewsService]) -> None:
    @app.get(
        f"{_SITE}/purposes",
        **_one(
            "getPurposes",
            "What consent is asked for, live and in the draft, and what rests on it",
            PurposesAnswer,
            503,
        ),
    )
    def get_purposes(site: str, if_none_match: IfNoneMatch = None) -> Response[Any]:
        return _tagged(service().purposes(caller(), site), if_none_match)


def _one(operation: str, summary: str, answer: Any, *more: int) -> dict[str, Any]:
    answers = {200: answer, 304: None}
    return described(operation, summary, Scope.READ, answers=answers, headers=("etag",), more=more)


def _tagged(body: dict[str, Json], if_none_match: str | None) -> Response[Any]:
    etag = etag_of(body)
    if if_none_match is not None and etag in [each.strip() for each in if_none_match.split(",")]:
        return Response(status_code=304, headers={"etag": etag})
    return json_reply(body, headers={"etag": etag})
