"""The addresses of drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from lambdas.agency_drafts.service import Condition, DraftsService
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.described import Cursor, Limit, described, next_page
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import (
    EntriesAnswer,
    Entry,
    Fault,
    FullEntry,
    LintAnswer,
    SitesAnswer,
    WholeDraftAnswer,
)
from lambdas.shared.agency.params import body as sent
from lambdas.shared.agency.params import header
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope

IfMatch: TypeAlias = Annotated[str | None, header("If-Match", description="The etag of what is changed")]
IfNoneMatch: TypeAlias = Annotated[
    str | None, header("If-None-Match", description="`*` to create; of a GET, what the caller has")
]
_DOCUMENT = "/agency/sites/<site>/drafts/<collection>/<name>"


def make_resolver(service: Callable[[], DraftsService]) -> AgencyResolver:
    """Return the routes; `service` is asked for at each request."""
    app = AgencyResolver()
    _add_lists(app, service)
    _add_documents(app, service)
    return app.made_ready()


def _add_lists(app: AgencyResolver, service: Callable[[], DraftsService]) -> None:
    @app.get(
        "/agency/sites",
        **described("listSites", "The sites of the caller's agency", Scope.READ, answers={200: SitesAnswer}),
    )
    def list_sites() -> Response[SitesAnswer]:
        return json_reply(SitesAnswer(sites=list(service().sites(caller()))))

    @app.get(
        "/agency/sites/<site>/drafts",
        **described(
            "getWholeDraft",
            "Every document of a draft with its body; a page may have fewer than `limit`",
            Scope.READ,
            answers={200: WholeDraftAnswer},
            headers=("link",),
        ),
    )
    def get_whole_draft(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[WholeDraftAnswer]:
        page = service().whole(caller(), site, cursor=cursor, limit=limit)
        items = [
            FullEntry(
                collection=collection.value,
                name=each.name,
                etag=each.etag,
                revision=each.revision,
                author=each.author,
                changed_at=each.changed_at,
                body=dict(each.body or {}),
            )
            for collection, each in page.documents
        ]
        address = f"/agency/sites/{site}/drafts"
        return json_reply(
            WholeDraftAnswer(items=items, next=page.cursor, entry=page.entry),
            headers=next_page(address, page.cursor, limit),
        )

    @app.get(
        "/agency/sites/<site>/drafts/<collection>",
        **described(
            "listDrafts",
            "The documents of a collection, by name",
            Scope.READ,
            answers={200: EntriesAnswer},
            headers=("link",),
        ),
    )
    def list_drafts(
        site: str, collection: Collection, limit: Limit = 50, cursor: Cursor = None
    ) -> Response[EntriesAnswer]:
        page = service().page(caller(), site, collection, cursor=cursor, limit=limit)
        items = [
            Entry(
                name=each.name,
                etag=each.etag,
                revision=each.revision,
                author=each.author,
                changed_at=each.changed_at,
            )
            for each in page.documents
        ]
        address = f"/agency/sites/{site}/drafts/{collection}"
        return json_reply(
            EntriesAnswer(items=items, next=page.cursor), headers=next_page(address, page.cursor, limit)
        )

    @app.get(
        "/agency/sites/<site>/lint",
        **described(
            "lintSite",
            "Everything that is wrong with a draft",
            Scope.READ,
            answers={200: LintAnswer},
            more=(503,),
        ),
    )
    def lint_site(site: str) -> Response[LintAnswer]:
        found = service().lint(caller(), site)
        return json_reply(
            LintAnswer(
                problems=[
                    Fault(where=each.where, what=each.what, fix=each.fix, fatal=each.is_fatal)
                    for each in found
                ]
            )
        )


def _add_documents(app: AgencyResolver, service: Callable[[], DraftsService]) -> None:
    @app.get(
        _DOCUMENT,
        **described("getDraft", "A document", Scope.READ, answers={200: None, 304: None}, headers=("etag",)),
    )
    def get_draft(
        site: str, collection: Collection, name: str, if_none_match: IfNoneMatch = None
    ) -> Response[Any]:
        document = service().get(caller(), site, collection, name)
        headers = {"etag": document.etag}
        if if_none_match is not None and document.etag in [each.strip() for each in if_none_match.split(",")]:
            return Response(status_code=304, headers={"etag": document.etag})
        return json_reply(dict(document.body or {}), headers=headers)

    @app.put(
        _DOCUMENT,
        **described(
            "putDraft",
            "Create or change a document",
            Scope.EDIT,
            answers={200: Entry, 201: Entry},
            headers=("etag",),
            more=(412, 428),
            writes=True,
        ),
    )
    def put_draft(
        site: str,
        collection: Collection,
        name: str,
        body: Annotated[dict[str, Any], sent(description="As docs/agency-api.md says for its collection")],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[Entry]:
        document, is_new = service().put(
            caller(), site, collection, name, body, condition=Condition(if_match, if_none_match)
        )
        entry = Entry(
            name=document.name,
            etag=document.etag,
            revision=document.revision + 1,
            author=document.author,
            changed_at=document.changed_at,
        )
        return json_reply(entry, status=201 if is_new else 200, headers={"etag": document.etag})

    @app.delete(
        _DOCUMENT,
        **described(
            "deleteDraft",
            "Delete a document",
            Scope.EDIT,
            answers={204: None},
            more=(409, 412, 428, 503),
        ),
    )
    def delete_draft(site: str, collection: Collection, name: str, if_match: IfMatch = None) -> Response[Any]:
        service().delete(caller(), site, collection, name, condition=Condition(if_match, None))
        return Response(status_code=204)
