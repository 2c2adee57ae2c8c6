"""The addresses of what became of decisions: jobs, bundles, and the audit trail."""

from __future__ import annotations

from collections.abc import Callable

from lambdas.agency_acts.services import Services
from lambdas.shared.agency.described import Cursor, Limit, described, next_page
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import BundlesAnswer, JobAnswer, JobsAnswer, TrailAnswer
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope

_SITE = "/agency/sites/<site>"


def add_published_reads(app: AgencyResolver, services: Callable[[], Services]) -> None:
    """Add the routes; `services` are asked for at each request."""

    @app.get(
        f"{_SITE}/jobs",
        **described(
            "listJobs",
            "What was asked of the publisher, the newest first",
            Scope.READ,
            answers={200: JobsAnswer},
            headers=("link",),
        ),
    )
    def list_jobs(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[JobsAnswer]:
        found, more = services().published.jobs(caller(), site, cursor=cursor, limit=limit)
        answer = JobsAnswer.model_validate({"items": list(found), "next": more})
        return json_reply(answer, headers=next_page(f"/agency/sites/{site}/jobs", more, limit))

    @app.get(
        f"{_SITE}/jobs/<job>",
        **described("getJob", "What became of a job", Scope.READ, answers={200: JobAnswer}),
    )
    def get_job(site: str, job: str) -> Response[JobAnswer]:
        return json_reply(JobAnswer.model_validate(services().bundles.job(caller(), site, job)))

    @app.get(
        f"{_SITE}/bundles",
        **described(
            "listBundles",
            "The versions that were published here, the newest first",
            Scope.READ,
            answers={200: BundlesAnswer},
            headers=("link",),
        ),
    )
    def list_bundles(site: str, limit: Limit = 50, cursor: Cursor = None) -> Response[BundlesAnswer]:
        found, more = services().published.bundles(caller(), site, cursor=cursor, limit=limit)
        answer = BundlesAnswer.model_validate({"items": list(found), "next": more})
        return json_reply(answer, headers=next_page(f"/agency/sites/{site}/bundles", more, limit))

    @app.get(
        "/agency/audit",
        **described(
            "readTrail",
            "The audit trail of the caller's agency",
            Scope.READ,
            answers={200: TrailAnswer},
            headers=("link",),
        ),
    )
    def read_trail(limit: Limit = 50, cursor: Cursor = None) -> Response[TrailAnswer]:
        found, more = services().proposals.trail(caller(), cursor=cursor, limit=limit)
        answer = TrailAnswer.model_validate({"items": [each.to_json() for each in found], "next": more})
        return json_reply(answer, headers=next_page("/agency/audit", more, limit))
