"""`nearside model promote`: a step of the rollout, decided and published."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import deployed, key_option, proposal_argument, roll, site_options


@click.command("promote")
@proposal_argument
@key_option
@site_options
def promote(
    proposal: str,
    *,
    key: Path,
    site: str,
    state: Path,
    controller: str | None,
    approvers: tuple[str, ...],
) -> None:
    """Make the model of PROPOSAL, which is on trial, the live one."""
    with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
        roll(Step.LIVE, proposal, key=key, deployment=deployment)
