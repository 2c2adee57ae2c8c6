"""`nearside model reject`: judge a proposal."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import Deployed, key_option, on_deployment, proposal_argument


@click.command("reject")
@proposal_argument
@key_option
@on_deployment
def reject(deployment: Deployed, proposal: str, *, key: Path) -> None:
    """Reject the PROPOSAL whose hash begins so, for good."""
    statement = deployment.decide(Step.REJECTED, proposal, key=key)
    click.echo(f"{Step.REJECTED.value}: statement {statement}")
