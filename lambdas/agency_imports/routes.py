"""The address of imports."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import ItemKind
from lambdas.agency_imports.parts import Upload
from lambdas.agency_imports.service import ImportsService
from lambdas.shared.agency.described import described
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import Fault, TakenAnswer
from lambdas.shared.agency.models import Upload as UploadBody
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.uploads import SourceKind


def make_resolver(service: Callable[[], ImportsService]) -> AgencyResolver:
    """Return the routes; `service` is asked for at each request."""
    app = AgencyResolver()

    @app.post(
        "/agency/sites/<site>/imports",
        **described(
            "importPages",
            "Take pages of a site's own files into the draft, part by part; sent again, it changes nothing",
            Scope.EDIT,
            answers={200: TakenAnswer},
            writes=True,
        ),
    )
    def import_pages(site: str, body: UploadBody) -> Response[TakenAnswer]:
        taken = service().take(caller(), site, lambda: _upload(body), cursor=body.cursor)
        return json_reply(
            TakenAnswer(
                created=list(taken.created),
                changed=list(taken.changed),
                kept=list(taken.kept),
                unchanged=taken.unchanged,
                unfinished=list(taken.unfinished),
                problems=[
                    Fault(where=each.where, what=each.what, fix=each.fix, fatal=each.is_fatal)
                    for each in taken.problems
                ],
                pages=taken.pages,
                left=taken.left,
                faults=taken.faults,
                next=taken.cursor,
            )
        )

    return app.made_ready()


def _upload(body: UploadBody) -> Upload:
    try:
        raw = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("upload: content is not base64") from error
    kind = None if body.page_kind is None else ItemKind(body.page_kind)
    asked = Asked(host=body.host, lang=body.lang, kind=kind, by_section=body.by_section)
    return Upload(SourceKind(body.kind), raw, asked, body.replaces)
