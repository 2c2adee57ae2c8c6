"""`nearside model show`: a proposal and its evidence."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from lambdas.shared.learning.proposal import Check, Proposal
from nearside.commands.model.deployed import Deployed, on_deployment, proposal_argument

_SHARES = ("hit", "ndcg", "difference", "low", "high")


@click.command("show")
@proposal_argument
@on_deployment
def show(deployment: Deployed, proposal: str) -> None:
    """Print the PROPOSAL whose hash begins so: what it was made from, and what the gate found."""
    print_proposal(deployment.proposal(proposal), Console(width=110))


def print_proposal(found: Proposal, console: Console) -> None:
    """Print one proposal."""
    facts = Table(show_header=False)
    facts.add_row("proposal", found.digest.hex())
    facts.add_row("verdict", found.verdict.value)
    facts.add_row("model", f"{found.model.sha256} ({found.model.size_bytes:,} bytes)")
    facts.add_row("instead of", found.live.model)
    facts.add_row("trained on", "\n".join(found.trained_on))
    facts.add_row("judged by", "\n".join(found.held_out))
    facts.add_row("asked by", "the schedule" if found.asked_by is None else str(found.asked_by))
    facts.add_row("may decide", "\n".join(str(key) for key in found.approvers) or "nobody")
    console.print(facts)
    table = Table("check", "held", "figures")
    for check in found.checks:
        table.add_row(check.name, "yes" if check.held else "no", figures_of(check))
    console.print(table)
    if found.pushed:
        gains = Table("named among the first five more often", "after pages now", "after pages then")
        for push in found.pushed:
            gains.add_row(push.page, f"{push.before:,}", f"{push.after:,}")
        console.print(gains)


def figures_of(check: Check) -> str:
    """The figures behind a check, shares in fractions and counts as they are."""
    return ", ".join(
        f"{name} {value / 1_000_000:.4f}" if name.rpartition("_")[2] in _SHARES else f"{name} {value:,}"
        for name, value in check.figures.items()
    )
