"""`nearside model rollback`: a step of the rollout, decided and published."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import deployed, key_option, proposal_argument, roll, site_options


@click.command("rollback")
@proposal_argument
@key_option
@site_options
def rollback(
    proposal: str,
    *,
    key: Path,
    site: str,
    state: Path,
    controller: str | None,
    approvers: tuple[str, ...],
) -> None:
    """End the trial of PROPOSAL's model, or bring back the model before it, byte for byte."""
    with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
        roll(Step.ROLLED_BACK, proposal, key=key, deployment=deployment)
