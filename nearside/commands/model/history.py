"""`nearside model history`: what was proposed and decided."""

from __future__ import annotations

import click

from nearside.commands.model.deployed import Deployed, on_deployment, tell


@click.command("history")
@click.option(
    "--apply", "should_apply", is_flag=True, help="Publish what was decided, if that failed before."
)
@on_deployment
def history(deployment: Deployed, *, should_apply: bool) -> None:
    """Print every proposal with its judgement, the steps of the rollout in their order, and what counts for
    nothing."""
    for line in lines_of(deployment):
        click.echo(line)
    if should_apply:
        tell(deployment.apply())


def lines_of(deployment: Deployed) -> list[str]:
    """One line a proposal, one a step; then what counts for nothing, and why."""
    learning = deployment.learning()
    lines = []
    for name, proposal in sorted(learning.proposals.items(), key=lambda each: (each[1].held_out, each[0])):
        judged = learning.judged.get(name)
        said = "waits to be judged" if proposal.verdict == "proposed" else "refused by the gate"
        lines.append(f"{name}  {said if judged is None else judged.said.step.value}")
    for signed in learning.rollout.steps:
        share = signed.said.share_milli
        tried = "" if share is None else f"  on {share / 10:g} % of devices"
        lines.append(f"{signed.said.step.value}  {signed.said.proposal}{tried}")
    lines += [f"not in the log  {name}" for name in sorted(learning.unlogged)]
    lines += [f"set aside  {name}: {why}" for name, why in learning.set_aside.items()]
    return lines or ["nothing was proposed yet"]
