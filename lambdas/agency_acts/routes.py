"""The addresses of what is decided: proposals, stops and bundles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from lambdas.agency_acts.office import Sent
from lambdas.agency_acts.proposal_reads import add_proposal_reads
from lambdas.agency_acts.published_reads import add_published_reads
from lambdas.agency_acts.services import Services
from lambdas.shared.agency.described import Key, described
from lambdas.shared.agency.http import caller
from lambdas.shared.agency.models import (
    Approval,
    Canary,
    Kill,
    Lift,
    Nothing,
    ProposalAnswer,
    Proposed,
    Publish,
    QueuedAnswer,
    RollBack,
    Stopping,
)
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply
from lambdas.shared.agency.roles import Scope

_SITE = "/agency/sites/<site>"
_PROPOSAL = f"{_SITE}/proposals/<proposal>"


def make_resolver(services: Callable[[], Services]) -> AgencyResolver:
    """Return the routes; `services` are asked for at each request."""
    app = AgencyResolver()
    _add_proposals(app, services)
    _add_decisions(app, services)
    _add_bundles(app, services)
    add_proposal_reads(app, services)
    add_published_reads(app, services)
    return app.made_ready()


def _add_proposals(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.post(
        f"{_SITE}/proposals",
        **described(
            "propose",
            "Propose the draft as it is, with all that has to be said",
            Scope.EDIT,
            answers={201: ProposalAnswer},
            headers=("location",),
            writes=True,
        ),
    )
    def propose(site: str, idempotency_key: Key, body: Proposed) -> Response[ProposalAnswer]:
        made = services().proposals.propose(caller(), site, _sent(idempotency_key, body))
        location = f"/agency/sites/{site}/proposals/{made['id']}"
        return json_reply(ProposalAnswer.model_validate(made), status=201, headers={"location": location})


def _add_decisions(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.post(f"{_PROPOSAL}/approvals", **_decision("approve", "Approve a proposal of others", Scope.APPROVE))
    def approve(site: str, proposal: str, idempotency_key: Key, body: Approval) -> Response[ProposalAnswer]:
        found = services().proposals.approve(caller(), site, proposal, _sent(idempotency_key, body))
        return json_reply(ProposalAnswer.model_validate(found))

    @app.post(f"{_PROPOSAL}/veto", **_decision("veto", "Stop a proposal for good", Scope.VETO))
    def veto(site: str, proposal: str, idempotency_key: Key, body: Stopping) -> Response[ProposalAnswer]:
        found = services().stops.veto(caller(), site, proposal, _sent(idempotency_key, body))
        return json_reply(ProposalAnswer.model_validate(found))

    @app.post(f"{_PROPOSAL}/pause", **_decision("pause", "Stop a proposal for now", Scope.VETO))
    def pause(site: str, proposal: str, idempotency_key: Key, body: Stopping) -> Response[ProposalAnswer]:
        found = services().stops.pause(caller(), site, proposal, _sent(idempotency_key, body))
        return json_reply(ProposalAnswer.model_validate(found))

    @app.post(f"{_PROPOSAL}/resume", **_decision("resume", "Take a pause back", Scope.VETO))
    def resume(site: str, proposal: str, idempotency_key: Key, body: Nothing) -> Response[ProposalAnswer]:
        found = services().stops.resume(caller(), site, proposal, _sent(idempotency_key, body))
        return json_reply(ProposalAnswer.model_validate(found))

    @app.post(
        f"{_PROPOSAL}/lift",
        **_decision("lift", "Let what was stopped with a proposal be proposed again", Scope.VETO),
    )
    def lift(site: str, proposal: str, idempotency_key: Key, body: Lift) -> Response[ProposalAnswer]:
        found = services().stops.lift(caller(), site, proposal, _sent(idempotency_key, body))
        return json_reply(ProposalAnswer.model_validate(found))


def _add_bundles(app: AgencyResolver, services: Callable[[], Services]) -> None:
    @app.post(f"{_SITE}/bundles", **_command("publish", "Publish an approved proposal", Scope.PUBLISH))
    def publish(site: str, idempotency_key: Key, body: Publish) -> Response[QueuedAnswer]:
        return _queued(site, services().bundles.publish(caller(), site, _sent(idempotency_key, body)))

    @app.post(
        f"{_SITE}/bundles/rollback", **_command("rollBack", "Go back to an earlier version", Scope.PUBLISH)
    )
    def roll_back(site: str, idempotency_key: Key, body: RollBack) -> Response[QueuedAnswer]:
        return _queued(site, services().bundles.roll_back(caller(), site, _sent(idempotency_key, body)))

    @app.post(
        f"{_SITE}/bundles/canary",
        **_command("bringModel", "Bring the model to what was decided about it", Scope.PUBLISH),
    )
    def canary(site: str, idempotency_key: Key, body: Canary) -> Response[QueuedAnswer]:
        return _queued(site, services().bundles.canary(caller(), site, _sent(idempotency_key, body)))

    @app.post(
        f"{_SITE}/bundles/kill",
        **_command("kill", "Let slots or the whole site fall silent", Scope.PUBLISH, Scope.VETO),
    )
    def kill(site: str, idempotency_key: Key, body: Kill) -> Response[QueuedAnswer]:
        return _queued(site, services().bundles.kill(caller(), site, _sent(idempotency_key, body)))

    @app.post(f"{_SITE}/bundles/revive", **_command("revive", "Bring back what fell silent", Scope.PUBLISH))
    def revive(site: str, idempotency_key: Key, body: Nothing) -> Response[QueuedAnswer]:
        return _queued(site, services().bundles.revive(caller(), site, _sent(idempotency_key, body)))


def _decision(operation: str, summary: str, scope: Scope) -> dict[str, Any]:
    return described(operation, summary, scope, answers={200: ProposalAnswer}, writes=True)


def _command(operation: str, summary: str, *scopes: Scope) -> dict[str, Any]:
    return described(
        operation, summary, *scopes, answers={202: QueuedAnswer}, headers=("location",), writes=True
    )


def _queued(site: str, answer: dict[str, Any]) -> Response[QueuedAnswer]:
    location = f"/agency/sites/{site}/jobs/{answer['job']}"
    return json_reply(QueuedAnswer.model_validate(answer), status=202, headers={"location": location})


def _sent(key: str, body: BaseModel) -> Sent:
    return Sent(key, body.model_dump(exclude_unset=True))
