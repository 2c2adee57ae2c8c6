"""`nearside model reject`: judge a proposal."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import deployed, key_option, proposal_argument, site_options


@click.command("reject")
@proposal_argument
@key_option
@site_options
def reject(
    proposal: str,
    *,
    key: Path,
    site: str,
    state: Path,
    controller: str | None,
    approvers: tuple[str, ...],
) -> None:
    """Reject the PROPOSAL whose hash begins so, for good."""
    with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
        statement = deployment.decide(Step.REJECTED, proposal, key=key)
    click.echo(f"{Step.REJECTED.value}: statement {statement}")
