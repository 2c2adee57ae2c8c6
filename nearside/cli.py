"""The command line: one module a command, imported when its command is run."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "advise": "Say what to mend on a site, with evidence from releases and catalogue.",
    "aggregate": "Turn a web server's log, or a table of counts, into a release of aggregates.",
    "alerts": "Publish alerts, which each device matches with its own place.",
    "archetypes": "Find groups of pages that the same visitors look at, in releases.",
    "budget": "Keep account of what releases of a log cost its visitors' privacy.",
    "catalogue": "Make a catalogue of what a site already says of its pages.",
    "demo": "Play a fictional city on this machine, from its pages to a verified receipt.",
    "doctor": "Say whether this machine can run a deployment, and what to do where it cannot.",
    "export": "Write everything that this machine keeps into one folder, to leave with.",
    "flows": "Check branching questions for mistakes; make some of other formats.",
    "index": "Make what a site's search looks words up in on each device.",
    "ledger": "Keep, copy, check and audit the consent ledger.",
    "logs": "Print what functions logged: names, counts, durations.",
    "model": "Propose models from releases, decide on them, try them, go live, go back.",
    "preview": "Print a link that shows a page as somebody else would see it.",
    "publish": "Publish a bundle, signed and logged.",
    "release": "Close a week's batch of contributions and fetch its release.",
    "reset": "Forget the deployment on this machine.",
    "restore": "Make a deployment of an export.",
    "rules": "Compile rules, and look for mistakes in them.",
    "team": "Say who works for which agency on this machine, and sign tokens for them.",
    "status": "Say how the deployment on this machine is.",
    "train": "Train a model on a release and export it to ONNX.",
    "up": "Serve the whole product on this machine.",
}


@click.group(
    cls=lazy_group("nearside.commands", _COMMANDS), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="nearside")
def main() -> None:
    """Nearside: privacy-first personalisation for public services."""
