"""`nearside model propose`: train on the logged releases now, not when the schedule does."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.publishing.live_bundle import live_bundle
from nearside.commands.model.deployed import Deployed, on_deployment
from nearside.deployment import Deployment
from nearside.signing_key import read_key


@click.command("propose")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ask under your name; you then decide nothing on what this makes.",
)
@on_deployment
def propose(deployment: Deployed, *, key: Path | None) -> None:
    """Train on every logged release but the newest, and hold the model against the live one on that.

    The same releases give the same proposal, however often it is asked for.
    """
    event: dict[str, object] = {}
    if key is not None:
        joined = Deployment.of(deployment.stack)
        bundle = live_bundle(joined.shelf, deployment.site, log=joined.log, keys=joined.keys())
        live = None if bundle is None else bundle.manifest_hash.hex()
        asked = sign_statement(Statement(deployment.site, Step.ASKED, after=live), read_key(key))
        event = {"request": asked.to_bytes().decode()}
    answer = deployment.stack.invoke("propose_model", event)
    if answer["proposal"] is None:
        click.echo(f"nothing proposed: {answer['why']}")
        return
    click.echo(f"{answer['verdict']}: {answer['proposal']}{'' if answer['new'] else ' (as before)'}")
