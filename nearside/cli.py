"""The command line: one module a command, imported when its command is run."""

from __future__ import annotations

from typing import Final

import click

from nearside.commands.lazy import lazy_group

_COMMANDS: Final = {
    "aggregate": "Turn a web server's log, or a table of counts, into a release of aggregates.",
    "demo": "Play a fictional city on this machine, from its pages to a verified receipt.",
    "ledger": "Keep, copy, check and audit the consent ledger.",
    "publish": "Publish a bundle, signed and logged.",
    "release": "Close a week's batch of contributions and fetch its release.",
    "train": "Train a model on a release and export it to ONNX.",
    "up": "Serve the whole product on this machine.",
}


@click.group(
    cls=lazy_group("nearside.commands", _COMMANDS), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="nearside")
def main() -> None:
    """Nearside: privacy-first personalisation for public services."""
