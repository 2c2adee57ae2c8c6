"""An agency's people at work: what tests of proposals and of bundles ask the API for."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.shared.agency.audit import AuditEntry, read_entry
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.roles import Caller
from lambdas.shared.agency.rows import AgencyId, Kind, Place, all_rows
from tests.support.agency_api import Answer, Api
from tests.support.drafting import (
    ALICE,
    CAROL,
    DEV,
    FORM,
    SITE,
    Town,
)

HERE = f"/agency/sites/{SITE}"
US = AgencyId("riverton")


@pytest.fixture
def api() -> Api:
    town = Town()
    town.fill()
    return Api(town)


def propose(api: Api, who: Caller = ALICE, **changes: Any) -> Answer:
    return api(who, "POST", f"{HERE}/proposals", {**FORM, **changes})


def decide(api: Api, who: Caller, name: str, act: str, body: Any = None) -> Answer:
    """Decide on a proposal; whoever approves one has read its hash, unless another body is given."""
    if body is None and act == "approvals":
        body = {"snapshot": api(who, "GET", f"{HERE}/proposals/{name}").json.get("snapshot", "0" * 64)}
    return api(who, "POST", f"{HERE}/proposals/{name}/{act}", body if body is not None else {})


def publish(api: Api, name: str, who: Caller = DEV) -> Answer:
    return api(who, "POST", f"{HERE}/bundles", {"proposal": name})


def live(api: Api) -> str:
    """A proposal that was approved and published, and that devices have."""
    name = ordered(api)
    api.town.outcomes[api.town.sent[-1].id] = Outcome(version=len(api.town.sent))
    return name


def ordered(api: Api) -> str:
    """A proposal that was approved, and that the publisher was asked for."""
    name: str = propose(api).json["id"]
    assert decide(api, CAROL, name, "approvals").status == 200
    assert publish(api, name).status == 202
    return name


def trail(api: Api) -> list[AuditEntry]:
    rows = all_rows(api.town.rows, US, Place(Kind.AUDIT))
    return [read_entry(row.body) for row in rows]
