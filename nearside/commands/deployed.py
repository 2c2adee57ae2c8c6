"""How a command names the deployment on this machine that it speaks to."""

from __future__ import annotations

from pathlib import Path

import click

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


def parameters_of(site: str, controller: str | None) -> dict[str, str]:
    """Return the parameters of the root template that the options name."""
    return {"Site": site} if controller is None else {"Site": site, "Controller": controller}
