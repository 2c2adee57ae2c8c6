"""The command line: one module a command, imported when its command is run."""

from __future__ import annotations

import importlib
from typing import Final

import click

_COMMANDS: Final = {
    "aggregate": "Turn a web server's log, or a table of counts, into a release of aggregates.",
    "demo": "Play a fictional city on this machine, from its pages to a verified receipt.",
    "ledger": "Verify receipts and audit a copy of the consent ledger.",
    "publish": "Publish a bundle, signed and logged.",
    "release": "Close a week's batch of contributions and fetch its release.",
    "train": "Train a model on a release and export it to ONNX.",
    "up": "Serve the whole product on this machine.",
}


class _Lazy(click.Group):
    """A group whose commands cost nothing until one of them is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"nearside.commands.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"nearside.commands.{cmd_name}: {cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The list is written here so that asking for help imports no command.
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nearside")
def main() -> None:
    """Nearside: privacy-first personalisation for public services."""
