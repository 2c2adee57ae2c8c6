"""Gathers what functions import into one folder for `sam build`: no other code reaches a server.

Of the device's code only the wire formats are copied, so that a function could not import the rest.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import click

from nearside.publisher_package import package_publisher
from nearside.settings import Settings
from nearside.trainer_package import package_trainer

_PACKAGES: Final = ("consent_ledger", "lambdas", "edge_client/wire")


def package(project: Path, out: Path, requirements: str = "runtime") -> int:
    """Copy the functions' source and their locked requirements to `out`; return the number of files.

    `requirements` names the lock: `importer` has the parsers of others' files beside what all functions have.
    """
    shutil.rmtree(out, ignore_errors=True)
    for name in _PACKAGES:
        shutil.copytree(
            project / name, out / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"), symlinks=False
        )
    shutil.copyfile(project / "edge_client/__init__.py", out / "edge_client/__init__.py")
    shutil.copyfile(project / "requirements" / f"{requirements}.txt", out / "requirements.txt")
    return sum(1 for path in out.rglob("*") if path.is_file())


@click.command()
def main() -> None:
    """Fill the folders of build/ where the templates expect the functions' code."""
    project = Settings.read().project
    for name, requirements in (("functions", "runtime"), ("importer", "importer")):
        click.echo(f"build/{name}: {package(project, project / 'build' / name, requirements)} files")
    click.echo(f"build/trainer: {package_trainer(project, project / 'build' / 'trainer')} files")
    click.echo(f"build/publisher: {package_publisher(project, project / 'build' / 'publisher')} files")


if __name__ == "__main__":
    main()
