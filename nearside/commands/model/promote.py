"""`nearside model promote`: a step of the rollout, decided and published."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import Deployed, key_option, on_deployment, proposal_argument, roll


@click.command("promote")
@proposal_argument
@key_option
@on_deployment
def promote(deployment: Deployed, proposal: str, *, key: Path) -> None:
    """Make the model of PROPOSAL, which is on trial, the live one, with another key than approved it.

    What was decided last is published first, if that failed.
    """
    roll(Step.LIVE, proposal, key=key, deployment=deployment)
