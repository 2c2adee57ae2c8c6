"""`nearside model rollback`: a step of the rollout, decided and published."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import Deployed, key_option, on_deployment, proposal_argument, roll


@click.command("rollback")
@proposal_argument
@key_option
@on_deployment
def rollback(deployment: Deployed, proposal: str, *, key: Path) -> None:
    """End the trial of PROPOSAL's model, or bring back the model before it, byte for byte."""
    roll(Step.ROLLED_BACK, proposal, key=key, deployment=deployment)
