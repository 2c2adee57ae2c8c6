"""What the agency API takes and answers about people, for whoever calls it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, Strict

from lambdas.shared.agency.models import Sent
from lambdas.shared.agency.roles import Role


class Roles(Sent):
    """The roles that somebody is to have, and no others."""

    # A role is a text in JSON.
    roles: list[Annotated[Role, Strict(strict=False)]] = Field(min_length=1, max_length=len(Role))


class MemberAnswer(BaseModel):
    """Somebody of the agency; `state` is invited, active or shut-out."""

    person: str
    roles: list[str]
    state: str


class TeamAnswer(BaseModel):
    """Some people of the agency; `next` leads to the page after this one."""

    items: list[MemberAnswer]
    next: str | None


class ChangeAnswer(BaseModel):
    """A change of somebody's roles, and where it stands: waiting, confirmed, done, withdrawn or lapsed.

    `person` is "" for somebody new until they are there; no `roles` take them out. `login` and `password` are
    told once, to whoever confirmed somebody new; times are in Unix seconds.
    """

    id: str = ""
    person: str
    roles: list[str] = []
    asked_by: str = ""
    asked_at: int = 0
    state: str
    decided_by: str = ""
    decided_at: int = 0
    login: str = ""
    password: str = ""


class ChangesAnswer(BaseModel):
    """Some changes, the oldest first; `next` leads to the page after this one."""

    items: list[ChangeAnswer]
    next: str | None
