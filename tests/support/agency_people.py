"""People who work for an agency, on the machine of a test."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

from lambdas.shared.agency.roles import Role
from nearside.local.issuer import Issuer
from nearside.local.issuer_people import Person


def token_of(state: Path, *roles: Role, agency: str = "riverton") -> str:
    """Return a token, good for an hour, of somebody new with these roles."""
    issuer = Issuer.of(state)
    person = Person(str(uuid4()), agency, frozenset(roles))
    issuer.people.add(person)
    return issuer.token(person, now=int(time.time()), seconds=3600)
