"""How a command names the key of a log that is kept in a folder."""

from __future__ import annotations

from pathlib import Path

import click

key_option = click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of the log's signing key.  [default: FOLDER.key, beside the folder]",
)


def key_file(folder: Path, key: Path | None) -> Path:
    """The file of the signing key of the log in `folder`."""
    if key is not None:
        return key
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}.key")
