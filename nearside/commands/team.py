"""`nearside team`: who works for which agency on this machine, and tokens for them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from lambdas.shared.agency.roles import Role, Scope
from nearside.commands.deployed import state_option
from nearside.commands.files import unusable

if TYPE_CHECKING:
    from nearside.local.issuer import Issuer

_id = click.argument("id_", metavar="ID")


@click.group("team")
def team() -> None:
    """Say who works for which agency on this machine, and sign tokens for them.

    On AWS this is the matter of Cognito or of your own OpenID issuer (docs/identity.md).
    """


@team.command("add")
@state_option
@click.option("--agency", required=True, help="Agency that they work for.")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([str(role) for role in Role]),
    help="What they are there; may be given again.",
)
def add(state: Path, *, agency: str, roles: tuple[str, ...]) -> None:
    """Add somebody, and print the id that they have from now on.

    No name is kept, nor anything else of theirs: who has which id, you know.
    """
    from nearside.local.issuer_people import Person

    with unusable():
        person = Person(str(uuid4()), agency, frozenset(map(Role, roles)))
        _issuer(state).people.add(person)
    click.echo(person.sub)


@team.command("list")
@state_option
def list_(state: Path) -> None:
    """List everybody: id, agency, roles."""
    with unusable():
        people = _issuer(state).people.all()
    for person in people:
        click.echo(f"{person.sub}  {person.agency}  {', '.join(sorted(person.roles))}")


@team.command("remove")
@state_option
@_id
def remove(state: Path, *, id_: str) -> None:
    """Take somebody out. A token that they have is good until its end, or until `rotate --end-tokens`."""
    with unusable():
        _issuer(state).people.remove(id_)


@team.command("token")
@state_option
@_id
@click.option(
    "--minutes", default=60, show_default=True, type=click.IntRange(1, 60), help="For how long it is good."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(scope) for scope in Scope]),
    help="What it is good for; may be given again.  [default: all that their roles give]",
)
def token(state: Path, *, id_: str, minutes: int, scopes: tuple[str, ...]) -> None:
    """Print an access token for somebody. Whoever has it acts as them until it ends."""
    with unusable():
        issuer = _issuer(state)
        signed = issuer.token(
            issuer.people.find(id_),
            now=int(time.time()),
            seconds=60 * minutes,
            scopes=frozenset(map(Scope, scopes)) if scopes else None,
        )
    click.echo(signed)


@team.command("rotate")
@state_option
@click.option(
    "--end-tokens", is_flag=True, help="End every token that is out, within five minutes: somebody has one."
)
def rotate(state: Path, *, end_tokens: bool) -> None:
    """Sign by a new key from now on. It happens by itself once a month."""
    with unusable():
        _issuer(state).keys.rotate(int(time.time()), at_once=end_tokens)


def _issuer(state: Path) -> Issuer:
    # What it stands on is slow to load, and asking for help should not be.
    from nearside.local.issuer import Issuer

    return Issuer.of(state)
