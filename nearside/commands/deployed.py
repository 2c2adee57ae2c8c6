"""How a command names the deployment on this machine that it speaks to."""

from __future__ import annotations

from pathlib import Path

import click

from consent_ledger.note import VerifierKey

state_option = click.option(
    "--state",
    default=Path(".nearside"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the deployment, running or not.",
)
controller_option = click.option(
    "--controller",
    help="Agency that decides the purposes.  [default: that of what runs, or of template.yaml]",
)

approver_option = click.option(
    "--approver",
    "approvers",
    multiple=True,
    help="Verifier key of somebody who decides on models; may be given again.  [default: those of what runs]",
)


def parameters_of(site: str, controller: str | None) -> dict[str, str]:
    """Return the parameters of the root template that the options name."""
    return {"Site": site} if controller is None else {"Site": site, "Controller": controller}


def approver_parameters(approvers: tuple[str, ...]) -> dict[str, str]:
    """Return the parameter that names those who decide on models. Raises `Malformed` for what is no key."""
    return {"ApproverKeys": ",".join(str(VerifierKey.parse(key)) for key in approvers)} if approvers else {}
