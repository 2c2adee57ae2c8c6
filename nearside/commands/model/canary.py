"""`nearside model canary`: try an approved model on a share of devices."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import Deployed, key_option, on_deployment, proposal_argument, roll
from nearside.commands.numbers import FiniteRange


@click.command("canary")
@proposal_argument
@click.option(
    "--share",
    required=True,
    type=FiniteRange(0.001, 1),
    help="Share of devices, 0.001 to 1. Said again with another share, it grows or shrinks the trial.",
)
@key_option
@on_deployment
def canary(deployment: Deployed, proposal: str, *, share: float, key: Path) -> None:
    """Put the model of PROPOSAL into the bundle beside the live one, with another key than approved it.

    What was decided last is published first, if that failed. Every device fetches both models, and draws by
    itself which of them it uses; nobody is told.
    """
    roll(Step.CANARY, proposal, key=key, deployment=deployment, share_milli=round(share * 1000))
