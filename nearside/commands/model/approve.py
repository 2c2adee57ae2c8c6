"""`nearside model approve`: judge a proposal."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import Deployed, key_option, on_deployment, proposal_argument


@click.command("approve")
@proposal_argument
@key_option
@on_deployment
def approve(deployment: Deployed, proposal: str, *, key: Path) -> None:
    """Approve the PROPOSAL whose hash begins so; nothing changes on devices until somebody else tries it."""
    statement = deployment.decide(Step.APPROVED, proposal, key=key)
    click.echo(f"{Step.APPROVED.value}: statement {statement}")
