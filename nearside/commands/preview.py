"""`nearside preview`: a link that shows a page as somebody else would see it."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from consent_ledger.errors import Refused
from edge_client.canary import ModelName
from edge_client.preview.persona import Persona
from edge_client.preview.token import Preview, sorted_codes
from nearside.commands.files import read_file, unusable
from nearside.persona_file import parse_personas
from nearside.signing_key import read_key, write_key

_FILE = click.Path(path_type=Path, dir_okay=False)
_HOUR_S = 60 * 60


@click.command("preview")
@click.argument("page", required=False)
@click.option("--key", required=True, type=_FILE, help="File of the key that signs links.")
@click.option(
    "--new-key", metavar="NAME", help="Make the key file, and print what the script tag has to name."
)
@click.option("--site", help="Name of the site, as its script tag has it.")
@click.option("--personas", type=_FILE, help="personas.json: who may be looked through.")
@click.option("--persona", default="nobody", show_default=True, help="Name of one of them.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Minute on the reader's clock.  [default: now]"
)
@click.option("--place", multiple=True, help="Code of an area, such as ward:north; may be given again.")
@click.option(
    "--variant",
    type=click.Choice([each.value for each in ModelName]),
    help="Model to use, where one is on trial.",
)
@click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, 24 * 90), help="How long it opens."
)
def preview(
    page: str | None,
    *,
    key: Path,
    new_key: str | None,
    site: str | None,
    personas: Path | None,
    persona: str,
    at: datetime | None,
    place: tuple[str, ...],
    variant: str | None,
    hours: int,
) -> None:
    """Print the link that shows PAGE, an address of your site, as a persona would see it.

    What the link says stands behind its #, which no server is sent. Whoever has it may look until it ends;
    it shows a made-up citizen alone, and neither counts, keeps nor sends anything.

    \b
    Example:
      nearside preview --key editors.key --new-key riverton.example/previews
      nearside preview https://riverton.example/ --key editors.key --site riverton \\
        --personas personas.json --persona business --at 2027-04-05T09:00
    """
    with unusable():
        if new_key is not None:
            made = write_key(key, new_key, seed=secrets.token_bytes(32))
            click.echo(f'data-preview-key="{made.key}"')
            return
        if page is None or site is None:
            raise Refused("preview: PAGE and --site are needed for a link")
        address = urlsplit(page)
        if address.fragment or address.scheme not in ("http", "https"):
            raise Refused("preview: PAGE is an address with http or https, and nothing behind a #")
        said = Preview(
            site=site,
            expires=int(time.time()) + hours * _HOUR_S,
            persona=_persona(persona, personas),
            at=None if at is None else at.strftime("%Y-%m-%dT%H:%M"),
            codes=sorted_codes(place),
            variant=None if variant is None else ModelName(variant),
        )
        # What a page would not read is not printed.
        Preview.parse(str(said))
        click.echo(page + said.signed(read_key(key)))


def _persona(name: str, file: Path | None) -> Persona:
    if file is None:
        if name != "nobody":
            raise Refused("preview: --personas says who that is")
        return Persona("nobody")
    known = read_file(file, parse_personas, named="--personas")
    if name not in known:
        raise Refused(f"preview: personas are {', '.join(sorted(known))}")
    return known[name]
