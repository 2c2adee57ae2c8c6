"""The addresses of what is read before somebody decides: proposals, their files, and what they change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from lambdas.agency_acts.reading import Since
from lambdas.agency_acts.services import Services
from lambdas.shared.agency.answer_parts import Part
from lambdas.shared.agency.described import Cursor, Limit, described, next_page
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import ProposalAnswer, ProposalsAnswer
from lambdas.shared.agency.params import query
from lambdas.shared.agency.reading_models import (
    FilesAnswer,
    PreviewAnswer,
    ProposedChangesAnswer,
    StopsAnswer,
)
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope

_SITE = "/agency/sites/<site>"
_PROPOSAL = f"{_SITE}/proposals/<proposal>"
PartOf: TypeAlias = Annotated[
    int, query(ge=1, le=1000, description="Of a file that is too long for one answer, which part, from 1 on")
]
Against: TypeAlias = Annotated[
    Since, query(description="Beside what is live, or beside what was approved last and stands")
]
Named: TypeAlias = Annotated[
    str | None, query(max_length=100, description="A proposal; without one, the draft as it is")
]


def add_proposal_reads(app: AgencyResolver, services: Callable[[], Services]) -> None:
    """Add the routes; `services` are asked for at each request."""
    _add_lists(app, services)
    _add_files(app, services)
    _add_previews(app, services)


def _add_lists(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.get(
        f"{_SITE}/proposals",
        **described(
            "listProposals",
            "The proposals of a site",
            Scope.READ,
            answers={200: ProposalsAnswer},
            headers=("link",),
        ),
    )
    def list_proposals(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[ProposalsAnswer]:
        found, more = services().proposals.page(caller(), site, cursor=cursor, limit=limit)
        items = [ProposalAnswer.model_validate(each) for each in found]
        return json_reply(
            ProposalsAnswer(items=items, next=more),
            headers=next_page(f"/agency/sites/{site}/proposals", more, limit),
        )

    @app.get(_PROPOSAL, **described("getProposal", "A proposal", Scope.READ, answers={200: ProposalAnswer}))
    def get_proposal(site: str, proposal: str) -> Response[ProposalAnswer]:
        return json_reply(ProposalAnswer.model_validate(services().proposals.get(caller(), site, proposal)))

    @app.get(
        f"{_SITE}/stops",
        **described(
            "listStops",
            "What was stopped, and may not be proposed again",
            Scope.READ,
            answers={200: StopsAnswer},
            headers=("link",),
        ),
    )
    def list_stops(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[StopsAnswer]:
        found, more = services().stops.page(caller(), site, cursor=cursor, limit=limit)
        return json_reply(
            StopsAnswer.model_validate({"items": list(found), "next": more}),
            headers=next_page(f"/agency/sites/{site}/stops", more, limit),
        )


def _add_files(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.get(
        f"{_PROPOSAL}/files",
        **described(
            "listProposedFiles",
            "The files of a proposal, and what made them",
            Scope.READ,
            answers={200: FilesAnswer},
        ),
    )
    def list_files(site: str, proposal: str) -> Response[FilesAnswer]:
        return json_reply(FilesAnswer.model_validate(services().reading.files(caller(), site, proposal)))

    @app.get(
        f"{_PROPOSAL}/files/<name>",
        **described(
            "getProposedFile",
            "A file of a proposal, byte for byte",
            Scope.READ,
            answers={200: None},
            headers=("etag", "link"),
        ),
    )
    def get_file(site: str, proposal: str, name: str, part: PartOf = 1) -> Response[Any]:
        found = services().reading.file(caller(), site, proposal, name, part=part)
        return _file(found, f"/agency/sites/{site}/proposals/{proposal}/files/{name}")

    @app.get(
        f"{_PROPOSAL}/changes",
        **described(
            "listChanges",
            "The documents that a proposal adds, changes and removes",
            Scope.READ,
            answers={200: ProposedChangesAnswer},
            headers=("link",),
        ),
    )
    def list_changes(
        site: str, proposal: str, since: Against = Since.LIVE, limit: Limit = 50, cursor: Cursor = None
    ) -> Response[ProposedChangesAnswer]:
        found = services().reading.changes(caller(), site, proposal, since=since, cursor=cursor, limit=limit)
        answer = ProposedChangesAnswer.model_validate(found)
        address = f"/agency/sites/{site}/proposals/{proposal}/changes"
        return json_reply(answer, headers=next_page(address, answer.next, limit, since=since.value))


def _add_previews(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.get(
        f"{_SITE}/preview",
        **described(
            "previewSite",
            "What a draft or a proposal would be as a bundle",
            Scope.READ,
            answers={200: PreviewAnswer},
            more=(503,),
        ),
    )
    def preview(site: str, proposal: Named = None) -> Response[PreviewAnswer]:
        return json_reply(PreviewAnswer.model_validate(services().preview.preview(caller(), site, proposal)))

    @app.get(
        f"{_SITE}/preview/files/<name>",
        **described(
            "getPreviewFile",
            "A file that the draft makes",
            Scope.READ,
            answers={200: None},
            headers=("etag", "link"),
            more=(503,),
        ),
    )
    def preview_file(site: str, name: str, part: PartOf = 1) -> Response[Any]:
        found = services().preview.file(caller(), site, name, part=part)
        return _file(found, f"/agency/sites/{site}/preview/files/{name}")


def _file(found: Part, address: str) -> Response[Any]:
    """A file as it is; of one that is too long a part, which is no JSON by itself."""
    headers = {"etag": f'"{hashlib.sha256(found.text.encode()).hexdigest()}"'}
    if found.number < found.count:
        headers["link"] = f'<{address}?part={found.number + 1}>; rel="next"'
    kind = "application/json" if found.is_whole else "text/plain; charset=utf-8"
    return Response(status_code=200, content_type=kind, body=found.text, headers=headers)
