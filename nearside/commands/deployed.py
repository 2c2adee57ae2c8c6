"""How a command names the deployment on this machine that it speaks to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consent_ledger.note import VerifierKey

if TYPE_CHECKING:
    from nearside.local.stack import Stack

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


@contextmanager
def open_set_up(state: Path, *, parameters: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Join or run a deployment as `open_stack` does. Raises `Refused` where none was set up before."""
    # What a deployment needs is slow to load, and asking for help should not be.
    from nearside.local import stack
    from nearside.local.claims import check_set_up

    check_set_up(state)
    with stack.open_stack(state, parameters=parameters) as opened:
        yield opened


def parameters_of(site: str, controller: str | None) -> dict[str, str]:
    """Return the parameters of the root template that the options name."""
    return {"Site": site} if controller is None else {"Site": site, "Controller": controller}


def approver_parameters(approvers: tuple[str, ...]) -> dict[str, str]:
    """Return the parameter that names those who decide on models. Raises `Malformed` for what is no key."""
    return {"ApproverKeys": ",".join(str(VerifierKey.parse(key)) for key in approvers)} if approvers else {}
