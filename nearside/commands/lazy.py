"""Groups whose commands cost nothing until one of them is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click


def lazy_group(package: str, commands: Mapping[str, str]) -> type[click.Group]:
    """The class of a group of `commands`, each with its line of help.

    A command lies in the module of its name in `package`, under its own name.
    """

    class Lazy(click.Group):
        """Loads the module of a command when it is run."""

        def list_commands(self, ctx: click.Context) -> list[str]:
            return sorted(commands)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in commands:
                return None
            command = getattr(importlib.import_module(f"{package}.{cmd_name}"), cmd_name)
            if not isinstance(command, click.Command):
                raise TypeError(f"{package}.{cmd_name}: {cmd_name} is not a command")
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            # The list is written by whoever makes the group, so that asking for help imports no command.
            with formatter.section("Commands"):
                formatter.write_dl(sorted(commands.items()))

    return Lazy
