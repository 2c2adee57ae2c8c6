"""`nearside model`: from a proposed model to the one that devices use, and back."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "approve": "Approve a proposed model.",
    "canary": "Try an approved model on a share of devices.",
    "history": "Print what was proposed and decided, in its order.",
    "key": "Make a key that decides on models.",
    "promote": "Make the model that is on trial the live one.",
    "propose": "Train on the logged releases and propose a model.",
    "reject": "Reject a proposed model.",
    "rollback": "End a trial, or bring back the model before.",
    "show": "Print a proposal and its evidence.",
}


@click.group(cls=lazy_group("nearside.commands.model", _COMMANDS))
def model() -> None:
    """Learn from released aggregates, and decide what devices use.

    Every decision is a statement signed with the key of somebody who may decide (ApproverKeys of
    template.yaml), logged in public by its hash. Approving a model takes one key, bringing it to devices
    another, stopping it any.
    """
