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
_FILES: Final = {
    "edge_client/__init__.py": "edge_client/__init__.py",
    "requirements/runtime.txt": "requirements.txt",
}


def package(project: Path, out: Path) -> int:
    """Copy the functions' source and their locked requirements to `out`; return the number of files."""
    shutil.rmtree(out, ignore_errors=True)
    for name in _PACKAGES:
        shutil.copytree(
            project / name, out / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"), symlinks=False
        )
    for source, target in _FILES.items():
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / source, out / target)
    return sum(1 for path in out.rglob("*") if path.is_file())


@click.command()
def main() -> None:
    """Fill the folders of build/ where the templates expect the functions' code."""
    project = Settings.read().project
    click.echo(f"build/functions: {package(project, project / 'build' / 'functions')} files")
    click.echo(f"build/trainer: {package_trainer(project, project / 'build' / 'trainer')} files")
    click.echo(f"build/publisher: {package_publisher(project, project / 'build' / 'publisher')} files")


if __name__ == "__main__":
    main()
