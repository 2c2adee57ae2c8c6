"""`nearside model approve`: judge a proposal."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import deployed, key_option, proposal_argument, site_options


@click.command("approve")
@proposal_argument
@key_option
@site_options
def approve(
    proposal: str,
    *,
    key: Path,
    site: str,
    state: Path,
    controller: str | None,
    approvers: tuple[str, ...],
) -> None:
    """Approve the PROPOSAL whose hash begins so; nothing changes on any device yet."""
    with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
        statement = deployment.decide(Step.APPROVED, proposal, key=key)
    click.echo(f"{Step.APPROVED.value}: statement {statement}")
