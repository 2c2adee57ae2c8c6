"""`nearside model canary`: try an approved model on a share of devices."""

from __future__ import annotations

from pathlib import Path

import click

from lambdas.shared.learning.statement import Step
from nearside.commands.model.deployed import deployed, key_option, proposal_argument, roll, site_options
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
@site_options
def canary(
    proposal: str,
    *,
    share: float,
    key: Path,
    site: str,
    state: Path,
    controller: str | None,
    approvers: tuple[str, ...],
) -> None:
    """Put the model of PROPOSAL into the bundle beside the live one.

    Every device fetches both, and draws by itself which of them it uses; nobody is told.
    """
    with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
        roll(Step.CANARY, proposal, key=key, deployment=deployment, share_milli=round(share * 1000))
